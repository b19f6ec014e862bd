package dev.dalang.engine.sample;

import java.util.Arrays;

/**
 * Which tokens may come next, one bit a token, lowest bit of word 0 first: what constrained decoding hands to the
 * sampler. Mutable, so that one mask is filled again for every token.
 */
public final class TokenMask {

    private final int size;
    private final long[] words;

    /** Allows nothing yet. */
    public TokenMask(int vocabularySize) {
        this.size = vocabularySize;
        this.words = new long[(vocabularySize + 63) >>> 6];
    }

    public int size() {
        return size;
    }

    public void allow(int token) {
        words[token >>> 6] |= 1L << token;
    }

    public void forbid(int token) {
        words[token >>> 6] &= ~(1L << token);
    }

    public boolean allows(int token) {
        return (words[token >>> 6] & (1L << token)) != 0;
    }

    public void clear() {
        Arrays.fill(words, 0);
    }

    /** The number of tokens allowed. */
    public int cardinality() {
        int n = 0;
        for (long word : words) n += Long.bitCount(word);
        return n;
    }

    /** The bits themselves, for writers that fill whole words; bits at and above {@link #size()} must stay 0. */
    public long[] words() {
        return words;
    }
}
