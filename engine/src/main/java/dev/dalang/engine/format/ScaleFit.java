package dev.dalang.engine.format;

/**
 * Scales for {@code x ~ scale * level}.
 *
 * <p>For given codes the best scale is a weighted least-squares solution; for a given scale the best codes are the nearest
 * levels. The search alternates the two from several starting points, as the error has many local minima in the scale.
 */
final class ScaleFit {

    /** A larger half-precision number would be infinite. */
    private static final float MAX_HALF = 65504f;

    private static final int STARTS = 16;
    private static final int ROUNDS = 3;
    private static final int SUPER_ROUNDS = 4;

    private ScaleFit() {}

    /** What to divide by to get codes: 1/scale, or 0 for the scale 0, whose codes are those of 0. */
    static float inverse(float scale) {
        float inverse = 1 / scale;
        return scale == 0 || Float.isInfinite(inverse) ? 0 : inverse;
    }

    /** The best scale found, of either sign, not rounded; 0 if all elements are. */
    static float fit(float[] x, float[] w, int from, int n, Levels levels) {
        float extreme = 0;
        for (int i = from; i < from + n; i++) if (Math.abs(x[i]) > Math.abs(extreme)) extreme = x[i];
        if (extreme == 0) return 0;
        boolean even = levels.least() == -levels.greatest();
        Trial best = new Trial();
        for (int start = 0; start < (even ? STARTS : 2 * STARTS); start++) {
            float end = start < STARTS ? levels.least() : levels.greatest();
            float stretch = 0.9f + start % STARTS * (reach(levels) - 0.9f) / (STARTS - 1);
            float scale = extreme / (end * stretch);
            for (int round = 0; round < ROUNDS && best.improve(x, w, from, n, levels, scale); round++) {
                scale = best.scale;
            }
        }
        return best.scale;
    }

    /** The best scale so far, and by how much the squared error with it is below that of all zeros. */
    private static final class Trial {
        private float scale;
        private double gain = -1;

        boolean improve(float[] x, float[] w, int from, int n, Levels levels, float start) {
            float inverse = inverse(start);
            double xl = 0;
            double ll = 0;
            for (int i = from; i < from + n; i++) {
                float level = levels.value(levels.code(x[i] * inverse));
                float wl = w[i] * level;
                xl += (double) wl * x[i];
                ll += (double) wl * level;
            }
            if (ll == 0 || xl * xl / ll <= gain) return false;
            scale = (float) (xl / ll);
            gain = xl * xl / ll;
            return true;
        }
    }

    /** How far beyond the last level the largest element may lie: the fewer levels, the more clipping pays. */
    private static float reach(Levels levels) {
        int n = levels.count();
        return n <= 4 ? 4f : n <= 8 ? 2.5f : n <= 16 ? 1.8f : n <= 32 ? 1.4f : 1.05f;
    }

    /** As {@link #fit}, rounded to the half-precision number of least error nearby. */
    static float fitHalf(float[] x, float[] w, int from, int n, Levels levels) {
        float scale = fit(x, w, from, n, levels);
        float best = 0;
        double bestError = Double.MAX_VALUE;
        for (int step = -2; step <= 2; step++) {
            float candidate = half(scale, step);
            double error = error(x, w, from, n, levels, candidate);
            if (error < bestError) {
                bestError = error;
                best = candidate;
            }
        }
        return best;
    }

    /** The nearest finite half-precision number, or the one {@code steps} beside it. */
    static float half(float v, int steps) {
        short nearest = Float.floatToFloat16(Math.clamp(v, -MAX_HALF, MAX_HALF));
        float beside = Float.float16ToFloat((short) (nearest + steps));
        return Float.isFinite(beside) && (nearest & 0x7fff) + steps >= 0 ? beside : Float.float16ToFloat(nearest);
    }

    /** The weighted squared error of the nearest codes. */
    static double error(float[] x, float[] w, int from, int n, Levels levels, float scale) {
        float inverse = inverse(scale);
        double sum = 0;
        for (int i = from; i < from + n; i++) {
            double e = x[i] - scale * levels.value(levels.code(x[i] * inverse));
            sum += w[i] * e * e;
        }
        return sum;
    }

    /**
     * Scales of a super-block whose groups have the scale {@code scale * multiplier}.
     *
     * @param multipliers takes one integer a group, within {@code least..greatest}
     * @return the super-block's scale, a half-precision number
     */
    static float superBlock(
            float[] x, float[] w, int groupSize, Levels levels, int[] multipliers, int least, int greatest) {
        int groups = multipliers.length;
        float[] wanted = new float[groups];
        float extreme = 0;
        for (int g = 0; g < groups; g++) {
            wanted[g] = fit(x, w, g * groupSize, groupSize, levels);
            if (Math.abs(wanted[g]) > Math.abs(extreme)) extreme = wanted[g];
        }
        float best = 0;
        double bestError = Double.MAX_VALUE;
        int[] tried = new int[groups];
        float scale = half(extreme / least, 0);
        for (int round = 0; round < SUPER_ROUNDS; round++) {
            double error = 0;
            for (int g = 0; g < groups; g++) {
                int near = Math.round(wanted[g] * inverse(scale));
                double groupError = Double.MAX_VALUE;
                for (int m = near - 1; m <= near + 1; m++) {
                    int multiplier = Math.clamp(m, least, greatest);
                    double e = error(x, w, g * groupSize, groupSize, levels, scale * multiplier);
                    if (e < groupError) {
                        groupError = e;
                        tried[g] = multiplier;
                    }
                }
                error += groupError;
            }
            if (error < bestError) {
                bestError = error;
                best = scale;
                System.arraycopy(tried, 0, multipliers, 0, groups);
            }
            // Least squares first, then the neighbours of what it found.
            scale = round == 0 ? half(refit(x, w, groupSize, levels, tried, scale), 0) : half(best, round * 2 - 3);
        }
        return best;
    }

    /** The super-block's scale by least squares, multipliers and codes as they are. */
    private static float refit(float[] x, float[] w, int groupSize, Levels levels, int[] multipliers, float scale) {
        double xl = 0;
        double ll = 0;
        for (int i = 0; i < x.length; i++) {
            int multiplier = multipliers[i / groupSize];
            float level = multiplier * levels.value(levels.code(x[i] * inverse(scale * multiplier)));
            xl += (double) w[i] * x[i] * level;
            ll += (double) w[i] * level * level;
        }
        return ll == 0 ? scale : (float) (xl / ll);
    }
}
