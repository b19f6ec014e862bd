package dev.dalang.engine.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * How tokens become text again.
 *
 * @param spelling the bytes of an ordinary token
 * @param added the bytes of an added token and, where it is to be seen, of a control token
 * @param stripStart how many spaces are taken away at the very start of a text
 * @param stripEnd how many spaces are taken away at its very end
 * @param skipRepeats whether the same id twice in a row counts once (CTC)
 */
record Detokenizer(Spelling spelling, Spelling added, int stripStart, int stripEnd, boolean skipRepeats) {

    /** The bytes of a token; {@code first} says that it begins the text. */
    @FunctionalInterface
    interface Spelling {
        byte[] bytes(String token, boolean first);
    }

    static final Spelling VERBATIM = (token, first) -> token.getBytes(StandardCharsets.UTF_8);

    /** Letters of the {@link ByteAlphabet}; a token with other characters is spelled as it is. */
    static final Spelling BYTE_LEVEL = (token, first) -> {
        byte[] bytes = ByteAlphabet.decode(token);
        return bytes != null ? bytes : token.getBytes(StandardCharsets.UTF_8);
    };

    /** U+2581 for a space. */
    static final Spelling SPACE_MARKS =
            (token, first) -> token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);

    static final Detokenizer OF_BYTE_LEVEL = new Detokenizer(BYTE_LEVEL, VERBATIM, 0, 0, false);

    static Detokenizer ofSpaceMarks(int stripStart) {
        return new Detokenizer(SPACE_MARKS, VERBATIM, stripStart, 0, false);
    }
}
