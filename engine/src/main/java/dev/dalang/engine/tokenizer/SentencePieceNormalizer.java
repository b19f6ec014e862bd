package dev.dalang.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** SentencePiece's normaliser: character rules, white space, the mark U+2581 for a space. */
final class SentencePieceNormalizer {

    private SentencePieceNormalizer() {}

    /**
     * @param charsmap the character rules, or null for none
     * @param asTheyAre the tokens that the rules leave alone
     * @param prefixed whether a space goes in front ({@code add_dummy_prefix})
     * @param mergeSpaces whether runs of spaces become one and those at the ends go
     * @param asSuffix whether the space goes behind instead of in front
     * @param marks whether spaces are written U+2581
     */
    static UnaryOperator<String> of(
            @Nullable Charsmap charsmap,
            AddedTokens asTheyAre,
            boolean prefixed,
            boolean mergeSpaces,
            boolean asSuffix,
            boolean marks) {
        return text -> {
            String mapped = charsmap == null ? text : mapAround(asTheyAre, charsmap, text);
            if (mergeSpaces) mapped = mergeSpaces(mapped, marks);
            if (mapped.isEmpty()) return mapped;
            String spaced = prefixed ? asSuffix ? mapped + " " : " " + mapped : mapped;
            return marks ? spaced.replace(' ', '▁') : spaced;
        };
    }

    private static String mapAround(AddedTokens asTheyAre, Charsmap charsmap, String text) {
        if (asTheyAre.isEmpty()) return map(charsmap, text);
        StringBuilder out = new StringBuilder(text.length());
        int[] end = {0};
        asTheyAre.split(text, AddedTokens.Trust.FULL, new AddedTokens.Sink() {
            @Override
            public void token(int id) {
                String token = asTheyAre.textAt(text, end[0]);
                out.append(token);
                end[0] += token.length();
            }

            @Override
            public void text(int from, int to) {
                out.append(map(charsmap, text.substring(from, to)));
                end[0] = to;
            }
        });
        return out.toString();
    }

    /** Every character, or run of them, by the rule for its longest prefix. */
    static String map(Charsmap charsmap, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(utf8.length);
        for (int pos = 0; pos < utf8.length; ) {
            Charsmap.Rule rule = charsmap.longest(utf8, pos);
            if (rule.length() > 0) {
                out.writeBytes(rule.replacement());
                pos += rule.length();
            } else {
                int length = lengthOf(utf8[pos]);
                out.write(utf8, pos, Math.min(length, utf8.length - pos));
                pos += length;
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static int lengthOf(byte lead) {
        int b = lead & 0xFF;
        return b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    }

    private static String mergeSpaces(String text, boolean marks) {
        StringBuilder out = new StringBuilder(text.length());
        boolean space = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ' ') {
                space = true;
            } else {
                if (space && !out.isEmpty()) out.append(' ');
                out.append(c);
                space = false;
            }
        }
        int end = out.length();
        while (marks && end > 0 && out.charAt(end - 1) == '▁') {
            // A mark that the text itself ends with counts as a space, and so does the space before it.
            end--;
            if (end > 0 && out.charAt(end - 1) == ' ') end--;
        }
        return out.substring(0, end);
    }
}
