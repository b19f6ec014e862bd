package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokens by id with their types and scores, and the ids by token. */
final class Vocabulary {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final String[] tokens;
    private final TokenType[] types;
    private final double[] scores;
    private final Map<String, Integer> ids;
    private final BitSet outsideModel;

    Vocabulary(String[] tokens, TokenType[] types, double @Nullable [] scores) {
        this(tokens, types, scores, new BitSet());
    }

    /**
     * @param scores log probabilities or, for merges, priorities; null for all zero
     * @param outsideModel the tokens that were added to the model's own and are found before it sees the text
     */
    Vocabulary(String[] tokens, TokenType[] types, double @Nullable [] scores, BitSet outsideModel) {
        this.outsideModel = outsideModel;
        this.tokens = tokens;
        this.types = types;
        this.scores = scores == null ? new double[tokens.length] : scores;
        this.ids = HashMap.newHashMap(tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            if (!tokens[id].isEmpty()) ids.putIfAbsent(tokens[id], id);
        }
    }

    int size() {
        return tokens.length;
    }

    String token(int id) {
        return tokens[check(id)];
    }

    TokenType type(int id) {
        return types[check(id)];
    }

    void setType(int id, TokenType type) {
        types[id] = type;
    }

    boolean isOutsideModel(int id) {
        return outsideModel.get(id);
    }

    double score(int id) {
        return scores[id];
    }

    int idOf(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** The id of a token that ordinary text may become, or -1. */
    int textIdOf(String token) {
        int id = ids.getOrDefault(token, -1);
        return id >= 0 && matchesText(id) ? id : -1;
    }

    /** Whether ordinary text may become the token by the model's own doing. */
    boolean matchesText(int id) {
        return types[id].matchesText() && !outsideModel.get(id);
    }

    Map<String, Integer> ids() {
        return ids;
    }

    /** The ids of {@code <0x00> … <0xFF>} where they are; -1 where not. */
    int[] byteTokens() {
        int[] bytes = new int[256];
        for (int b = 0; b < 256; b++) bytes[b] = idOf(byteToken(b));
        return bytes;
    }

    static String byteToken(int b) {
        return "<0x" + HEX.toHexDigits((byte) b) + ">";
    }

    /** The byte of a token {@code <0xNN>}, or -1 when it is none. */
    static int byteOf(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') return -1;
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    int check(int id) {
        if (id < 0 || id >= tokens.length) {
            throw DalangException.invalidRequest(
                    "token id " + id + " is outside this vocabulary's 0.." + (tokens.length - 1), "tokens");
        }
        return id;
    }
}
