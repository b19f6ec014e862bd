package dev.dalang.engine.arch;

import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.adapter.LowRank;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Matrix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@code y = W·x + b}, with what the adapters of each sequence add: {@code y += scale·B·(A·x)}. */
public final class Linear {

    /**
     * Where a matrix comes from, which is what adapters go by.
     *
     * @param part index of the matrix in a tensor that stacks several
     * @param firstRow of that matrix
     */
    record Place(String tensor, int part, int firstRow) {}

    private final Place place;
    private final Matrix weight;
    private final @Nullable Floats bias;

    Linear(Place place, Matrix weight, @Nullable Floats bias) {
        this.place = place;
        this.weight = weight;
        this.bias = bias;
    }

    public int inputs() {
        return weight.columns();
    }

    public int outputs() {
        return weight.rows();
    }

    /** The tensor that the matrix is, or is a part of. */
    public String tensor() {
        return place.tensor;
    }

    public Matrix weight() {
        return weight;
    }

    public @Nullable Floats bias() {
        return bias;
    }

    /** A part of the outputs, without the bias. */
    Linear rows(int from, int count) {
        Place part = new Place(place.tensor, place.part, place.firstRow + from);
        return new Linear(part, weight.rows(from, count), null);
    }

    /** From {@code [tokens][inputs]} to {@code [tokens][outputs]}. */
    void forward(Step step, Floats x, Floats out) {
        step.compute().multiply(weight, x, step.tokens(), step.promptTokens(), out);
        complete(step, x, out);
    }

    /** What comes to the product: the bias, and what adapters add. */
    private void complete(Step step, Floats x, Floats out) {
        addBias(step, step.tokens(), out);
        for (Step.Adapted a : step.adapted()) adapt(step, a.adapters(), x, a.firstRow(), a.count(), out);
    }

    /** Of several that read the same input, each into an {@code out} of its own: as one after the other, but sooner. */
    static void forward(Step step, Floats x, Linear[] linears, Floats[] outs) {
        Matrix[] weights = new Matrix[linears.length];
        for (int i = 0; i < weights.length; i++) weights[i] = linears[i].weight;
        step.compute().multiply(weights, x, step.tokens(), step.promptTokens(), outs);
        for (int i = 0; i < linears.length; i++) linears[i].complete(step, x, outs[i]);
    }

    /** Of some of the pass's tokens: row {@code i} of {@code x} and {@code out} is token {@code tokens[i]}, ascending. */
    void forward(Step step, Floats x, int[] tokens, Floats out) {
        forward(step, x, tokens, firstAtLeast(tokens, step.promptTokens()), out);
    }

    /**
     * As {@link #forward(Step, Floats, int[], Floats)}, all by the kernels for answers: what is computed for the last
     * token of a prompt and for every token of a text alike must not depend on which of the two was asked for.
     */
    void forwardAsAnswers(Step step, Floats x, int[] tokens, Floats out) {
        forward(step, x, tokens, 0, out);
    }

    private void forward(Step step, Floats x, int[] tokens, int prompt, Floats out) {
        step.compute().multiply(weight, x, tokens.length, prompt, out);
        addBias(step, tokens.length, out);
        for (Step.Adapted a : step.adapted()) {
            int from = firstAtLeast(tokens, a.firstRow());
            int to = firstAtLeast(tokens, a.firstRow() + a.count());
            if (from < to) adapt(step, a.adapters(), x, from, to - from, out);
        }
    }

    private static int firstAtLeast(int[] ascending, int value) {
        int at = Arrays.binarySearch(ascending, value);
        return at < 0 ? -at - 1 : at;
    }

    private void addBias(Step step, int tokens, Floats out) {
        if (bias == null) return;
        for (int t = 0; t < tokens; t++) {
            step.compute().kernels().addScaled(out, t * outputs(), bias, 0, outputs(), 1);
        }
    }

    private void adapt(Step step, AdapterMix adapters, Floats x, int firstRow, int rows, Floats out) {
        for (AdapterMix.Part part : adapters.parts()) {
            LowRank addition = part.adapter().addition(place.tensor, place.part);
            if (addition == null) continue;
            int mark = step.mark();
            Kernels k = step.compute().kernels();
            Floats low = step.floats(rows * addition.rank());
            step.compute().multiply(addition.a(), x.slice(firstRow * inputs(), rows * inputs()), rows, 0, low);
            Floats high = step.floats(rows * outputs());
            step.compute().multiply(addition.b(place.firstRow, outputs()), low, rows, 0, high);
            float factor = part.scale() * addition.scale();
            // Row by row, so that no row's bits depend on how many there are.
            step.compute()
                    .forEach(
                            rows,
                            (row, worker) -> k.addScaled(
                                    out, (firstRow + row) * outputs(), high, row * outputs(), outputs(), factor));
            step.release(mark);
        }
    }
}
