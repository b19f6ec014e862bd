package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding (Su et al. 2021): pair {@code i} of a head's first {@code dimensions} elements is turned by
 * the angle position·θᵢ, θᵢ = base^(-2i/dimensions), stretched for contexts longer than the model was trained on.
 */
public final class Rope {

    /** Which two elements are a pair. */
    public enum Pairs {
        /** Neighbours 2i and 2i+1, as in the paper. */
        ADJACENT,
        /** i and i + dimensions/2, as in GPT-NeoX. */
        HALVES
    }

    /**
     * How positions beyond the trained context are handled.
     *
     * @param factor how many times longer the context is; 1 for no stretching
     * @param yarn whether by YaRN (Peng et al. 2023), which stretches slow rotations only; else all alike (Chen et al.
     *     2023, position interpolation)
     * @param originalContext the trained context, for YaRN
     * @param betaFast rotations over the trained context above which a pair is left alone
     * @param betaSlow rotations below which it is stretched in full
     * @param magnitude factor on the rotated values
     */
    public record Scaling(
            double factor, boolean yarn, int originalContext, double betaFast, double betaSlow, double magnitude) {
        public static final Scaling NONE = new Scaling(1, false, 0, 32, 1, 1);

        /** The same without its stretching. */
        Scaling unstretched() {
            return NONE;
        }
    }

    /**
     * Cosines and sines of a pass's positions, magnitude included, {@code [token][angles]} in the order that
     * {@link dev.dalang.engine.kernel.Kernels#rotate} reads. Kept from pass to pass for its buffers.
     */
    static final class Table {
        private Floats cos = Floats.allocate(Arena.ofAuto(), 0);
        private Floats sin = cos;
        private long pass = -1;
    }

    private final Pairs pairs;
    private final int dimensions;
    private final float step;
    private final float squeeze;
    private final float[] keep;
    private final float @Nullable [] factors;
    private final double magnitude;

    /**
     * @param dimensions how many elements of a head are rotated; even
     * @param factors divisors of each pair's frequency (Llama 3's and LongRoPE's, as stored in the file), or null
     */
    public Rope(Pairs pairs, int dimensions, double base, Scaling scaling, float @Nullable [] factors) {
        this.pairs = pairs;
        this.dimensions = dimensions;
        this.magnitude = scaling.magnitude;
        this.factors = factors == null ? null : factors.clone();
        this.step = (float) Math.pow((float) base, -2f / dimensions);
        this.squeeze = (float) (1 / scaling.factor);
        this.keep = new float[dimensions / 2];
        if (scaling.yarn) for (int i = 0; i < keep.length; i++) keep[i] = keep(i, base, scaling);
    }

    /** YaRN's ramp: 1 for a pair that turns often within the trained context, 0 for one that hardly turns. */
    private float keep(int pair, double base, Scaling s) {
        float low = (float) Math.max(0, Math.floor(pairOfRotations(s.betaFast, base, s.originalContext)));
        float high = (float) Math.min(dimensions - 1, Math.ceil(pairOfRotations(s.betaSlow, base, s.originalContext)));
        float ramp = (pair - low) / Math.max(0.001f, high - low);
        return 1 - Math.clamp(ramp, 0f, 1f);
    }

    /** The (fractional) pair that turns so many times over {@code context} positions. */
    private double pairOfRotations(double rotations, double base, int context) {
        return dimensions * Math.log(context / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
    }

    public int dimensions() {
        return dimensions;
    }

    /**
     * Computes the angles of a pass's positions, unless the table has them already.
     *
     * <p>They are computed in 32 bits, each pair's from the one before it, as the programs do that models are published
     * for: at far positions, or with factors that speed a pair up, their rounding is part of the result.
     */
    void fill(Table table, Step pass) {
        if (table.pass == pass.number()) return;
        int width = width();
        int length = Math.multiplyExact(pass.tokens(), width);
        if (table.cos.length() < length) {
            table.cos = Floats.allocate(Arena.ofAuto(), length);
            table.sin = Floats.allocate(Arena.ofAuto(), length);
        }
        for (int t = 0; t < pass.tokens(); t++) angles(pass.position(t), table.cos, table.sin, t * width);
        table.pass = pass.number();
    }

    /**
     * The cosines and sines of one position, magnitude included, in the order that
     * {@link dev.dalang.engine.kernel.Kernels#rotate} reads.
     *
     * @param at where the {@link #width} numbers go, in both
     */
    public void angles(int position, Floats cos, Floats sin, int at) {
        float turn = position;
        for (int i = 0; i < keep.length; i++) {
            float plain = factors == null ? turn : turn / factors[i];
            float stretched = squeeze * plain;
            float angle = keep[i] == 0 ? stretched : Math.fma(stretched, 1 - keep[i], plain * keep[i]);
            float c = (float) (Math.cos(angle) * magnitude);
            float s = (float) (Math.sin(angle) * magnitude);
            if (pairs == Pairs.HALVES) {
                cos.set(at + i, c);
                sin.set(at + i, s);
            } else {
                cos.set(at + 2 * i, c);
                cos.set(at + 2 * i + 1, c);
                sin.set(at + 2 * i, -s);
                sin.set(at + 2 * i + 1, s);
            }
            turn *= step;
        }
    }

    public Pairs pairs() {
        return pairs;
    }

    /** How many cosines, and as many sines, a position has. */
    public int width() {
        return pairs == Pairs.ADJACENT ? 2 * keep.length : keep.length;
    }

    /**
     * Rotates every head of every token in place.
     *
     * @param x {@code [tokens][heads][headDim]}
     * @param offset where in a head the rotated elements begin
     */
    void apply(Step step, Floats x, int heads, int headDim, int offset) {
        Table table = step.rotation(this);
        Kernels k = step.compute().kernels();
        if (step.tokens() == 1) rotate(k, table, 0, x, heads, headDim, offset);
        else step.forEachToken((t, worker) -> rotate(k, table, t, x, heads, headDim, offset));
    }

    private void rotate(Kernels k, Table table, int t, Floats x, int heads, int headDim, int offset) {
        boolean adjacent = pairs == Pairs.ADJACENT;
        int at = t * heads * headDim + offset;
        k.rotate(x, at, heads, headDim, keep.length, adjacent, table.cos, table.sin, t * width());
    }
}
