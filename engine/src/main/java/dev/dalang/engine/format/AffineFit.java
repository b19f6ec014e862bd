package dev.dalang.engine.format;

import static dev.dalang.engine.format.ScaleFit.half;
import static dev.dalang.engine.format.ScaleFit.inverse;

/**
 * Scales and offsets for {@code x ~ scale * code + offset} with codes 0 up to a greatest one: least squares in both for
 * given codes and nearest codes for given scale and offset, in turns from several starting points.
 */
final class AffineFit {

    /** Starting points for either end of the range. */
    private static final int STARTS = 4;

    /** By how much of a code's width a starting point differs from the one before it. */
    private static final float CUT = 0.4f;

    private static final int ROUNDS = 3;
    private static final int SUPER_ROUNDS = 3;

    private float scale;
    private float offset;

    /** By how much the squared error is below that of all zeros. */
    private double gain;

    private final int[] multipliers;
    private final int[] minimums;

    private AffineFit(int groups) {
        multipliers = new int[groups];
        minimums = new int[groups];
    }

    /** The scale of the block or super-block, a half-precision number. */
    float scale() {
        return scale;
    }

    /** The block's offset, or what a super-block's {@link #minimum} counts in; a half-precision number. */
    float offset() {
        return offset;
    }

    /** A group's scale in units of the super-block's. */
    int multiplier(int group) {
        return multipliers[group];
    }

    /** What is taken off a group's elements, in units of {@link #offset}. */
    int minimum(int group) {
        return minimums[group];
    }

    /** The code nearest to {@code v}, for the {@link ScaleFit#inverse} of the scale. */
    static int code(float v, float inverse, float offset, int greatest) {
        return Math.max(0, Math.min((int) ((v - offset) * inverse + 0.5f), greatest));
    }

    /** One block with its own half-precision scale and offset. */
    static AffineFit block(float[] x, float[] w, int greatest) {
        AffineFit wanted = new AffineFit(0);
        wanted.fit(x, w, 0, x.length, greatest, false);
        AffineFit best = new AffineFit(0);
        double bestError = Double.MAX_VALUE;
        for (int s = -1; s <= 1; s++) {
            for (int o = -1; o <= 1; o++) {
                float scale = half(wanted.scale, s);
                float offset = half(wanted.offset, o);
                double error = error(x, w, 0, x.length, greatest, scale, offset);
                if (error < bestError) {
                    bestError = error;
                    best.scale = scale;
                    best.offset = offset;
                }
            }
        }
        return best;
    }

    /**
     * A super-block of groups {@code x ~ scale * multiplier * code - offset * minimum}, multipliers and minimums within
     * {@code 0..most}.
     */
    static AffineFit superBlock(float[] x, float[] w, int groupSize, int greatest, int most) {
        int groups = x.length / groupSize;
        float[] scales = new float[groups];
        float[] drops = new float[groups];
        float maxScale = 0;
        float maxDrop = 0;
        AffineFit group = new AffineFit(0);
        for (int g = 0; g < groups; g++) {
            group.fit(x, w, g * groupSize, groupSize, greatest, true);
            scales[g] = group.scale;
            drops[g] = -group.offset;
            maxScale = Math.max(maxScale, scales[g]);
            maxDrop = Math.max(maxDrop, drops[g]);
        }
        AffineFit best = new AffineFit(groups);
        AffineFit tried = new AffineFit(groups);
        tried.scale = maxScale / most;
        tried.offset = maxDrop / most;
        double bestError = Double.MAX_VALUE;
        for (int round = 0; round < SUPER_ROUNDS; round++) {
            tried.scale = half(tried.scale, 0);
            tried.offset = half(tried.offset, 0);
            double error = 0;
            for (int g = 0; g < groups; g++) {
                error += tried.chooseIntegers(x, w, g, groupSize, greatest, most, scales[g], drops[g]);
            }
            if (error < bestError) {
                bestError = error;
                best.copy(tried);
            }
            tried.refit(x, w, groupSize, greatest);
        }
        return best;
    }

    /** Multiplier and minimum of a group: the best of those around the wanted scale and drop. */
    private double chooseIntegers(
            float[] x, float[] w, int g, int n, int greatest, int most, float wantedScale, float wantedDrop) {
        int nearMultiplier = Math.clamp(Math.round(wantedScale * inverse(scale)), 0, most);
        int nearMinimum = Math.clamp(Math.round(wantedDrop * inverse(offset)), 0, most);
        double best = Double.MAX_VALUE;
        for (int s = Math.max(0, nearMultiplier - 1); s <= Math.min(most, nearMultiplier + 1); s++) {
            for (int m = Math.max(0, nearMinimum - 1); m <= Math.min(most, nearMinimum + 1); m++) {
                double error = error(x, w, g * n, n, greatest, scale * s, -offset * m);
                if (error < best) {
                    best = error;
                    multipliers[g] = s;
                    minimums[g] = m;
                }
            }
        }
        return best;
    }

    /** Scale and offset of the whole super-block by least squares, its integers and codes as they are. */
    private void refit(float[] x, float[] w, int n, int greatest) {
        Sums sums = new Sums();
        for (int i = 0; i < x.length; i++) {
            int g = i / n;
            int code = code(x[i], inverse(scale * multipliers[g]), -offset * minimums[g], greatest);
            sums.add(w[i], x[i], (double) multipliers[g] * code, -minimums[g]);
        }
        sums.solve();
        if (sums.first > 0) scale = (float) sums.first;
        if (sums.second >= 0) offset = (float) sums.second;
    }

    private void copy(AffineFit other) {
        scale = other.scale;
        offset = other.offset;
        System.arraycopy(other.multipliers, 0, multipliers, 0, multipliers.length);
        System.arraycopy(other.minimums, 0, minimums, 0, minimums.length);
    }

    /** Sets scale (at least 0) and offset for one run of elements, not rounded. */
    private void fit(float[] x, float[] w, int from, int n, int greatest, boolean offsetNotAboveZero) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + n; i++) {
            low = Math.min(low, x[i]);
            high = Math.max(high, x[i]);
        }
        if (offsetNotAboveZero) low = Math.min(low, 0);
        scale = 0;
        offset = low;
        gain = -1;
        for (int start = 0; start < STARTS * STARTS; start++) {
            float step = (high - low) * CUT / (greatest + 1);
            float o = low + (start % STARTS - 1) * step;
            float s = (high - (start / STARTS - 1) * step - o) / greatest;
            if (offsetNotAboveZero) o = Math.min(o, 0);
            for (int round = 0; round < ROUNDS; round++) {
                if (!improve(x, w, from, n, greatest, s, o, offsetNotAboveZero)) break;
                s = scale;
                o = offset;
            }
        }
    }

    private boolean improve(
            float[] x, float[] w, int from, int n, int greatest, float s, float o, boolean offsetNotAboveZero) {
        float inverse = inverse(s);
        Sums sums = new Sums();
        for (int i = from; i < from + n; i++) sums.add(w[i], x[i], code(x[i], inverse, o, greatest), 1);
        sums.solve();
        if (offsetNotAboveZero && sums.second > 0) sums.solveFirst();
        if (sums.first <= 0 || sums.gain() <= gain) return false;
        gain = sums.gain();
        scale = (float) sums.first;
        offset = (float) sums.second;
        return true;
    }

    private static double error(float[] x, float[] w, int from, int n, int greatest, float scale, float offset) {
        float inverse = inverse(scale);
        double sum = 0;
        for (int i = from; i < from + n; i++) {
            double e = x[i] - (scale * code(x[i], inverse, offset, greatest) + offset);
            sum += w[i] * e * e;
        }
        return sum;
    }

    /** The normal equations of {@code x ~ first * a + second * b}. */
    private static final class Sums {
        private double aa;
        private double ab;
        private double bb;
        private double ax;
        private double bx;
        private double first;
        private double second;

        void add(double w, double x, double a, double b) {
            aa += w * a * a;
            ab += w * a * b;
            bb += w * b * b;
            ax += w * a * x;
            bx += w * b * x;
        }

        void solve() {
            double determinant = aa * bb - ab * ab;
            if (determinant <= 1e-12 * aa * bb) {
                solveFirst();
                return;
            }
            first = (bb * ax - ab * bx) / determinant;
            second = (aa * bx - ab * ax) / determinant;
        }

        double gain() {
            return 2 * (first * ax + second * bx) - first * first * aa - 2 * first * second * ab - second * second * bb;
        }

        void solveFirst() {
            first = aa == 0 ? 0 : ax / aa;
            second = 0;
        }
    }
}
