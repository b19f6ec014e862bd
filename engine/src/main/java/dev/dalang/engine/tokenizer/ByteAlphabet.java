package dev.dalang.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The printable letters that byte-level vocabularies write bytes with: a byte that is a visible character of Latin-1
 * stands for itself, the others are U+0100 and up in order (GPT-2, Radford et al. 2019, {@code bytes_to_unicode}).
 */
final class ByteAlphabet {

    private static final char[] LETTERS = new char[256];
    private static final int[] BYTES = new int[256 + 68];

    static {
        Arrays.fill(BYTES, -1);
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean visible = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            LETTERS[b] = visible ? (char) b : next++;
            BYTES[LETTERS[b]] = b;
        }
    }

    private ByteAlphabet() {}

    static char letter(int b) {
        return LETTERS[b & 0xFF];
    }

    /** The UTF-8 bytes of a text, each as its letter. */
    static String encode(String text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) > ' ' && text.charAt(i) < 0x7F) i++;
        if (i == text.length()) return text;
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        char[] letters = new char[utf8.length];
        for (int j = 0; j < utf8.length; j++) letters[j] = LETTERS[utf8[j] & 0xFF];
        return new String(letters);
    }

    /** The bytes that a token's letters stand for, or null when one of them is no letter of this alphabet. */
    static byte @Nullable [] decode(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            int b = c < BYTES.length ? BYTES[c] : -1;
            if (b < 0) return null;
            bytes[i] = (byte) b;
        }
        return bytes;
    }
}
