package dev.dalang.engine.generate;

import java.util.Arrays;

/**
 * Guesses that what followed the last words before will follow them again: prompt look-up decoding (Saxena 2023). It
 * needs no second model, and pays where an answer repeats its prompt: summaries, edits, code, extraction.
 */
final class PromptLookup implements Speculator {

    /** The longest run of tokens that must have occurred before. */
    private static final int LONGEST = 4;

    private static final int SHORTEST = 2;

    /** How far back is looked, so that a token of a long text costs no more than some microseconds. */
    private static final int REACH = 16_384;

    @Override
    public int[] guess(int[] ids, int length, int most) {
        for (int n = LONGEST; n >= SHORTEST; n--) {
            int at = before(ids, length, n);
            if (at >= 0) return Arrays.copyOfRange(ids, at, Math.min(length, at + most));
        }
        return new int[0];
    }

    /** Where the last place goes on that has the same {@code n} tokens as the end; -1 when there is none. */
    private static int before(int[] ids, int length, int n) {
        for (int end = length - 1; end >= n && end > length - REACH; end--) {
            if (Arrays.equals(ids, end - n, end, ids, length - n, length)) return end;
        }
        return -1;
    }
}
