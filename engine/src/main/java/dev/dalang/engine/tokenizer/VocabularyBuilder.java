package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Puts a vocabulary together from a file's map of tokens to ids and the tokens added to it. */
final class VocabularyBuilder {

    private static final int MAX_ID = 1 << 22;

    private final String file;
    private final List<String> tokens = new ArrayList<>();
    private final List<TokenType> types = new ArrayList<>();
    private final List<Double> scores = new ArrayList<>();
    /** What was added to the tokens that the model itself knows. */
    private final BitSet outsideModel = new BitSet();

    private final List<AddedTokens.Added> added = new ArrayList<>();
    private final List<AddedTokens.Added> normalizedAdded = new ArrayList<>();

    VocabularyBuilder(String file) {
        this.file = file;
    }

    void put(int id, String token, TokenType type, double score) {
        if (id < 0 || id > MAX_ID) {
            throw DalangException.badModelFile(
                    file + ": the id of token '" + shown(token) + "' is " + id + ", outside 0.." + MAX_ID,
                    file,
                    "vocab");
        }
        while (tokens.size() <= id) {
            tokens.add("");
            types.add(TokenType.UNUSED);
            scores.add(0.0);
        }
        tokens.set(id, token);
        types.set(id, type);
        scores.set(id, score);
    }

    void put(Map<String, Json> vocabulary) {
        vocabulary.forEach((token, id) -> put(id.integer(0, MAX_ID), token, TokenType.NORMAL, 0));
    }

    /** A token that is cut out of the text before the model sees it. */
    void add(AddedTokens.Added token, boolean normalized) {
        boolean known = token.id() >= 0 && token.id() < tokens.size();
        double score = known ? scores.get(token.id()) : 0;
        if (token.id() >= 0 && !(known && tokens.get(token.id()).equals(token.text()))) outsideModel.set(token.id());
        put(token.id(), token.text(), token.control() ? TokenType.CONTROL : TokenType.USER_DEFINED, score);
        if (normalized) normalizedAdded.add(token);
        else added.add(token);
    }

    /** Whether a token is one of control by its looks, though its file may not say so: {@code <|end|>}. */
    static boolean looksControl(String token) {
        return token.length() > 4
                && ((token.startsWith("<|") && token.endsWith("|>"))
                        || (token.startsWith("<｜") && token.endsWith("｜>")));
    }

    /** Gives the tokens {@code <0x00> … <0xFF>} their type. */
    void markBytes() {
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == TokenType.NORMAL && Vocabulary.byteOf(tokens.get(id)) >= 0) {
                types.set(id, TokenType.BYTE);
            }
        }
    }

    void setType(String token, TokenType type) {
        int id = tokens.indexOf(token);
        if (id >= 0) types.set(id, type);
    }

    int idOf(String token) {
        return tokens.indexOf(token);
    }

    List<AddedTokens.Added> added() {
        return added;
    }

    List<AddedTokens.Added> normalizedAdded() {
        return normalizedAdded;
    }

    /** The tokens that are looked for in normalised text, normalised as well. */
    AddedTokens normalizedAdded(UnaryOperator<String> normalizer) {
        return new AddedTokens(normalizedAdded.stream()
                .map(token -> token.withText(normalizer.apply(token.text())))
                .toList());
    }

    AddedTokens normalizedControls() {
        return new AddedTokens(
                normalizedAdded.stream().filter(AddedTokens.Added::control).toList());
    }

    Vocabulary build() {
        if (tokens.isEmpty()) throw DalangException.badModelFile(file + ": the vocabulary is empty", file, "vocab");
        double[] all = new double[scores.size()];
        for (int id = 0; id < all.length; id++) all[id] = scores.get(id);
        return new Vocabulary(tokens.toArray(String[]::new), types.toArray(TokenType[]::new), all, outsideModel);
    }

    private static String shown(String token) {
        return token.length() <= 40 ? token : token.substring(0, 40) + "…";
    }
}
