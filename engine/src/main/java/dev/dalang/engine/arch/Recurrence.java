package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;

/** Small functions that recurrent layers share. */
final class Recurrence {

    private Recurrence() {}

    /** ln(1 + e^x), which is x in single precision from 20 on. */
    static float softplus(float x) {
        return x > 20 ? x : (float) Math.log1p(Math.exp(x));
    }

    static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    /**
     * Scales each group of {@code size} elements to the length {@code length}; one shorter than {@code epsilon} is
     * scaled as if it were that long.
     */
    static void unitLength(Floats x, int from, int groups, int size, float epsilon, float length) {
        for (int g = 0; g < groups; g++) {
            int at = from + g * size;
            double squares = 0;
            for (int i = 0; i < size; i++) squares += (double) x.get(at + i) * x.get(at + i);
            float factor = (float) (length / Math.max(Math.sqrt(squares), epsilon));
            for (int i = 0; i < size; i++) x.set(at + i, x.get(at + i) * factor);
        }
    }
}
