package dev.dalang.train.data;

/**
 * Random numbers and orders that are the same on every machine and in every version of Java: SplitMix64 (Steele, Lea and
 * Flood 2014, "Fast splittable pseudorandom number generators").
 */
final class Shuffle {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    /** Starts from several numbers, each of which matters. */
    Shuffle(long... seeds) {
        for (long seed : seeds) state = mix(state + GOLDEN ^ mix(seed + GOLDEN));
    }

    /** A bijection on 64 bits in which every bit of the input changes half of the output's. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A number in {@code 0 .. bound-1}; some are likelier than others by less than 2⁻³². */
    int below(int bound) {
        state += GOLDEN;
        return (int) Math.unsignedMultiplyHigh(mix(state), bound);
    }

    /** {@code 0 .. count-1} in random order (Fisher and Yates). */
    int[] order(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    void shuffle(int[] items) {
        for (int i = items.length - 1; i > 0; i--) {
            int j = below(i + 1);
            int t = items[i];
            items[i] = items[j];
            items[j] = t;
        }
    }
}
