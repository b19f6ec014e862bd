package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/** A normalisation over groups of {@code size} elements. */
public sealed interface Norm {

    int size();

    /** Normalises group {@code g} of {@code x} into the same of {@code out}. */
    void group(Kernels k, Floats x, int g, Floats out);

    /** Normalises {@code groups} successive groups of {@code x} into {@code out}, which may be {@code x}. */
    default void forward(Step step, Floats x, int groups, Floats out) {
        Kernels k = step.compute().kernels();
        // One token's norms are not worth waking anybody for.
        if (step.tokens() == 1) for (int g = 0; g < groups; g++) group(k, x, g, out);
        else step.compute().forEach(groups, (g, worker) -> group(k, x, g, out));
    }

    /** By root mean square; no weight means all ones. */
    record Rms(int size, @Nullable Floats weight, @Nullable Floats bias, float epsilon) implements Norm {

        /** The usual form, without a bias. */
        public Rms(int size, @Nullable Floats weight, float epsilon) {
            this(size, weight, null, epsilon);
        }

        @Override
        public void group(Kernels k, Floats x, int g, Floats out) {
            k.rmsNorm(x, g * size, size, weight, epsilon, out, g * size);
            if (bias != null) k.addScaled(out, g * size, bias, 0, size, 1);
        }
    }

    /**
     * By root mean square with another weight for each of {@code groups} successive groups: heads, or the groups of a
     * Mamba-2 output.
     */
    record GroupedRms(int size, int groups, Floats weights, float epsilon) implements Norm {
        @Override
        public void group(Kernels k, Floats x, int g, Floats out) {
            Floats weight = weights.slice(g % groups * size, size);
            k.rmsNorm(x, g * size, size, weight, epsilon, out, g * size);
        }
    }

    /** By mean and variance. */
    record Layer(
            int size, @Nullable Floats weight, @Nullable Floats bias, float epsilon) implements Norm {
        @Override
        public void group(Kernels k, Floats x, int g, Floats out) {
            k.layerNorm(x, g * size, size, weight, bias, epsilon, out, g * size);
        }
    }

    /** By mean and variance with another weight for each of {@code groups} successive heads (StableLM 2, Command R+). */
    record PerHead(int size, int groups, Floats weights, float epsilon) implements Norm {
        @Override
        public void group(Kernels k, Floats x, int g, Floats out) {
            Floats weight = weights.slice(g % groups * size, size);
            k.layerNorm(x, g * size, size, weight, null, epsilon, out, g * size);
        }
    }
}
