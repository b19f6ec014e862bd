package dev.dalang.train.tokenizer;

/** A piece of text as the tokens that it consists of so far, and how often it occurs. */
final class Word {

    /** Told by how much the occurrences of a pair change within one word. */
    @FunctionalInterface
    interface Change {
        void of(int left, int right, int by);
    }

    private final int[] ids;
    private int length;
    final long count;

    Word(int[] ids, long count) {
        this.ids = ids;
        this.length = ids.length;
        this.count = count;
    }

    /** Every pair of neighbours, as a change from none. */
    void pairs(Change change) {
        for (int i = 0; i + 1 < length; i++) change.of(ids[i], ids[i + 1], 1);
    }

    /** Joins each occurrence of a pair, from left to right, to {@code joined}. */
    void merge(int left, int right, int joined, Change change) {
        int to = 0;
        int i = 0;
        while (i < length) {
            if (ids[i] != left || i + 1 == length || ids[i + 1] != right) {
                ids[to++] = ids[i++];
                continue;
            }
            change.of(left, right, -1);
            if (to > 0) {
                change.of(ids[to - 1], left, -1);
                change.of(ids[to - 1], joined, 1);
            }
            if (i + 2 < length) {
                change.of(right, ids[i + 2], -1);
                change.of(joined, ids[i + 2], 1);
            }
            ids[to++] = joined;
            i += 2;
        }
        length = to;
    }
}
