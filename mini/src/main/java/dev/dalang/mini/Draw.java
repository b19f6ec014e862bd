package dev.dalang.mini;

import java.util.List;
import java.util.random.RandomGenerator;

/** Small tools for drawing lots. */
final class Draw {

    private Draw() {}

    static <T> T from(List<T> list, RandomGenerator random) {
        return list.get(random.nextInt(list.size()));
    }

    /** True in so many of a hundred cases. */
    static boolean chance(int percent, RandomGenerator random) {
        return random.nextInt(100) < percent;
    }

    /** An index, as often as its weight says. */
    static int weighted(int[] weights, RandomGenerator random) {
        int sum = 0;
        for (int w : weights) sum += w;
        int at = random.nextInt(sum);
        for (int i = 0; i < weights.length; i++) {
            at -= weights[i];
            if (at < 0) return i;
        }
        throw new IllegalStateException("the weights changed");
    }
}
