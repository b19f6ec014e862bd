package dev.dalang.train.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Puts items of given lengths into batches of a given capacity, none cut and none left out.
 *
 * <p>Sorting all items by length would pack tightest, and give batches of long documents only and of short ones only.
 * So a batch takes the items in their random order for as long as they fit, and then fills its gap from the next few
 * hundred: of those the longest that fits, again and again (best fit, as in Ding et al. 2024, arXiv:2404.10830, within a
 * window). No item waits long: the oldest is always the first of the next batch.
 */
final class Packing {

    private static final int WINDOW = 512;

    private Packing() {}

    /**
     * @param lengths of the items in their order; each at least 1 and at most {@code capacity}
     * @return the items of each batch
     */
    static List<int[]> pack(int[] lengths, int capacity) {
        List<int[]> batches = new ArrayList<>();
        Queue queue = new Queue(lengths);
        int[] batch = new int[16];
        while (queue.first() >= 0) {
            int n = 0;
            int room = capacity;
            for (int item; (item = queue.next(room)) >= 0; room -= lengths[item]) {
                if (n == batch.length) batch = Arrays.copyOf(batch, 2 * n);
                batch[n++] = item;
            }
            batches.add(Arrays.copyOf(batch, n));
        }
        return batches;
    }

    /** The items not yet packed, in order, linked so that one may be taken from the middle. */
    private static final class Queue {
        private final int[] lengths;
        /** Item {@code i - 1}'s successor at {@code i}, as an item; at 0 the first; -1 after the last. */
        private final int[] next;

        Queue(int[] lengths) {
            this.lengths = lengths;
            next = new int[lengths.length + 1];
            for (int i = 0; i < lengths.length; i++) next[i] = i;
            next[lengths.length] = -1;
        }

        int first() {
            return next[0];
        }

        /** Takes the first item if it fits, else the longest in the window that does; -1 if none. */
        int next(int room) {
            int best = -1;
            int beforeBest = 0;
            int before = 0;
            int item = next[0];
            for (int seen = 0; item >= 0 && seen < WINDOW; seen++) {
                int length = lengths[item];
                if (length <= room && (best < 0 || length > lengths[best])) {
                    best = item;
                    beforeBest = before;
                    if (seen == 0 || length == room) break;
                }
                before = item + 1;
                item = next[before];
            }
            if (best >= 0) next[beforeBest] = next[best + 1];
            return best;
        }
    }
}
