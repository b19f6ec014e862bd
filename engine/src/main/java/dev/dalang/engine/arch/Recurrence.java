package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;

/** Small functions that recurrent layers share. */
final class Recurrence {

    private Recurrence() {}

    /** ln(1 + e^x), which is x in single precision from 20 on. */
    static float softplus(float x) {
        return x > 20 ? x : (float) Math.log1p(Math.exp(x));
    }

    /** Scales each group of {@code size} elements to length 1, or divides it by {@code epsilon} where it is shorter. */
    static void unitLength(Floats x, int from, int groups, int size, float epsilon, float scale) {
        for (int g = 0; g < groups; g++) {
            int at = from + g * size;
            double squares = 0;
            for (int i = 0; i < size; i++) squares += (double) x.get(at + i) * x.get(at + i);
            float factor = (float) (scale / Math.max(Math.sqrt(squares), epsilon));
            for (int i = 0; i < size; i++) x.set(at + i, x.get(at + i) * factor);
        }
    }
}
