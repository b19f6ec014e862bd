package dev.dalang.engine.sample;

import java.util.Arrays;

/**
 * The tokens still in the running, best first where it matters, without ever sorting a whole vocabulary for a few.
 *
 * <p>A candidate is one {@code long}: the logit, mapped to an integer that falls as the logit rises, above the token
 * id. Plain integer order is then "higher logit first, lower id on a tie", every key is distinct, and selection and
 * sorting work on one array. {@link #ordered} entries at the front are in final order; the others come after them, in
 * an order that depends on the input alone.
 */
final class Candidates {

    private long[] keys = {};
    private double[] weights = {};
    private int size;
    private int ordered;

    int size() {
        return size;
    }

    int id(int i) {
        return (int) keys[i];
    }

    float logit(int i) {
        return logitOf(keys[i]);
    }

    private static long key(float logit, int id) {
        // + 0f turns -0 into 0: the two must tie.
        int bits = Float.floatToRawIntBits(logit + 0f);
        int rising = bits ^ ((bits >> 31) & 0x7fffffff);
        return ((long) ~rising << 32) | id;
    }

    private static float logitOf(long key) {
        int rising = ~(int) (key >> 32);
        return Float.intBitsToFloat(rising ^ ((rising >> 31) & 0x7fffffff));
    }

    /** Takes every token whose logit is not -infinity. */
    void loadAll(float[] logits, int vocabulary) {
        if (keys.length < vocabulary) keys = new long[vocabulary];
        int n = 0;
        for (int id = 0; id < vocabulary; id++) {
            if (logits[id] != Float.NEGATIVE_INFINITY) keys[n++] = key(logits[id], id);
        }
        size = n;
        ordered = 0;
    }

    /**
     * Takes the {@code k} best, in order. One pass with a heap of k whose root is the worst one kept: after the first
     * few tokens nearly every logit fails the one comparison with the root.
     */
    void loadTop(float[] logits, int vocabulary, int k) {
        k = Math.min(k, vocabulary);
        if (keys.length < k) keys = new long[k];
        int n = 0;
        int id = 0;
        for (; id < vocabulary && n < k; id++) {
            if (logits[id] != Float.NEGATIVE_INFINITY) keys[n++] = key(logits[id], id);
        }
        for (int i = n / 2 - 1; i >= 0; i--) siftDown(i, n);
        if (n > 0) {
            float worst = logitOf(keys[0]);
            for (; id < vocabulary; id++) {
                // An equal logit has a higher id than every one seen, so it never displaces one.
                if (logits[id] > worst) {
                    keys[0] = key(logits[id], id);
                    siftDown(0, n);
                    worst = logitOf(keys[0]);
                }
            }
        }
        Arrays.sort(keys, 0, n);
        size = n;
        ordered = n;
    }

    private void siftDown(int i, int n) {
        long moved = keys[i];
        while (2 * i + 1 < n) {
            int child = 2 * i + 1;
            if (child + 1 < n && keys[child + 1] > keys[child]) child++;
            if (keys[child] <= moved) break;
            keys[i] = keys[child];
            i = child;
        }
        keys[i] = moved;
    }

    /** Puts the best {@code k} (or all) in order at the front. */
    void order(int k) {
        k = Math.min(k, size);
        if (k <= ordered) return;
        if (k < size) select(k);
        Arrays.sort(keys, ordered, k);
        ordered = k;
    }

    /** Hoare's quickselect on the part that is not in order: afterwards everything before {@code k} is better than the rest. */
    private void select(int k) {
        int low = ordered;
        int high = size - 1;
        while (low < high) {
            // Median of three: the keys often come sorted already, by id among equal logits.
            int middle = (low + high) >>> 1;
            if (keys[middle] < keys[low]) swap(middle, low);
            if (keys[high] < keys[low]) swap(high, low);
            if (keys[high] < keys[middle]) swap(high, middle);
            long pivot = keys[middle];
            int i = low;
            int j = high;
            while (i <= j) {
                while (keys[i] < pivot) i++;
                while (keys[j] > pivot) j--;
                if (i <= j) swap(i++, j--);
            }
            if (k - 1 <= j) {
                high = j;
            } else if (k - 1 >= i) {
                low = i;
            } else {
                return;
            }
        }
    }

    private void swap(int i, int j) {
        long t = keys[i];
        keys[i] = keys[j];
        keys[j] = t;
    }

    /** Keeps entries {@code from} to {@code to} (exclusive) of the ordered front, drops every other. */
    void keep(int from, int to) {
        order(to);
        System.arraycopy(keys, from, keys, 0, to - from);
        size = to - from;
        ordered = size;
    }

    /** Drops the first {@code n}, which must be in order. */
    void dropFirst(int n) {
        order(n);
        System.arraycopy(keys, n, keys, 0, size - n);
        size -= n;
        ordered -= n;
    }

    /** Keeps the candidates whose logit is at least {@code threshold}, and the best {@code minKeep} in any case. */
    void keepAtLeast(double threshold, int minKeep) {
        if (minKeep > 1) order(minKeep);
        int n = 0;
        int stillOrdered = 0;
        for (int i = 0; i < size; i++) {
            if ((i < minKeep && i < ordered) || logitOf(keys[i]) >= threshold) {
                if (i < ordered) stillOrdered = n + 1;
                keys[n++] = keys[i];
            }
        }
        size = n;
        ordered = stillOrdered;
    }

    /** The highest logit. */
    float max() {
        if (ordered > 0) return logitOf(keys[0]);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < size; i++) best = Math.min(best, keys[i]);
        return logitOf(best);
    }

    /**
     * The softmax numerators exp((logit - max) / temperature) of every candidate, to be read by {@link #weight}.
     *
     * @return their sum, at least 1
     */
    double weigh(double inverseTemperature) {
        if (weights.length < size) weights = new double[size];
        double max = max();
        double sum = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = Exponential.exp((logitOf(keys[i]) - max) * inverseTemperature);
            sum += weights[i];
        }
        return sum;
    }

    /**
     * Drops the candidates whose weight, as of the last {@link #weigh}, is below {@code threshold}, provided that at
     * least {@code minKeep} stay.
     */
    void dropLighter(double threshold, int minKeep) {
        int heavy = 0;
        for (int i = 0; i < size; i++) if (weights[i] >= threshold) heavy++;
        if (heavy < minKeep) return;
        int n = 0;
        int stillOrdered = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] >= threshold) {
                if (i < ordered) stillOrdered = n + 1;
                keys[n++] = keys[i];
            }
        }
        size = n;
        ordered = stillOrdered;
    }

    /** As of the last {@link #weigh}; valid until the order changes. */
    double weight(int i) {
        return weights[i];
    }

    /** The softmax numerator of one candidate, computed anew, so valid in any order. */
    double weightNow(int i, double max, double inverseTemperature) {
        return Exponential.exp((logitOf(keys[i]) - max) * inverseTemperature);
    }
}
