package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.Activation;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * A small embedding of each token for each layer, from a table and from the token's main embedding:
 * {@code (table[token]·√size + norm(W·x / √width)) / √2}, {@code [tokens][layers][size]}.
 */
record PerLayerInputs(int size, int layers, Matrix table, Linear projection, Norm norm) implements Decoder.Input {

    private static final int MAX_SIZE = 1 << 16;

    /**
     * The table of a file, or null where it has none.
     *
     * @param fallback of the size where the file does not say; 0 for no table
     */
    static @Nullable PerLayerInputs orNull(Hyper h, Weights w, int fallback) {
        int size = h.integer("embedding_length_per_layer_input", 0, MAX_SIZE, fallback);
        if (size == 0) return null;
        int all = Math.multiplyExact(size, h.layers());
        return new PerLayerInputs(
                size,
                h.layers(),
                w.matrix("per_layer_token_embd.weight", all, h.vocabulary()),
                w.linear("per_layer_model_proj", h.embedding(), all),
                w.rmsNorm("per_layer_proj_norm", size, h.rmsEpsilon()));
    }

    @Override
    public void prepare(Step step, Floats x) {
        Kernels k = step.compute().kernels();
        int n = step.tokens();
        int all = size * layers;
        Floats kept = step.rows(all);
        int mark = step.mark();
        Floats row = step.floats(all);
        projection.forward(step, x, kept);
        k.scale(kept, 0, n * all, (float) (1 / Math.sqrt(projection.inputs())));
        norm.forward(step, kept, n * layers, kept);
        for (int t = 0; t < n; t++) {
            k.row(table, step.id(t), row, 0, step.compute().scratch(0));
            k.addScaled(kept, t * all, row, 0, all, (float) Math.sqrt(size));
        }
        k.scale(kept, 0, n * all, (float) (1 / Math.sqrt(2)));
        step.release(mark);
        step.keep(this, kept);
    }

    /** What a layer makes of the stream and its own input: {@code norm(W·(gelu(V·x) · input))}. */
    record Projection(int layer, PerLayerInputs inputs, Linear gate, Linear output, Norm norm) {

        static Projection of(LayerParts layer, PerLayerInputs inputs) {
            Weights w = layer.weights();
            return new Projection(
                    layer.index(),
                    inputs,
                    w.linear(layer.name("inp_gate"), layer.width(), inputs.size),
                    w.linear(layer.name("proj"), inputs.size, layer.width()),
                    layer.rmsNorm("post_norm"));
        }

        void forward(Step step, Floats x, Floats out) {
            int mark = step.mark();
            int n = step.tokens();
            int size = inputs.size;
            Floats all = step.kept(inputs);
            Floats open = step.rows(size);
            gate.forward(step, x, open);
            Kernels k = step.compute().kernels();
            for (int t = 0; t < n; t++) {
                k.gate(Activation.GELU, open, t * size, all, (t * inputs.layers + layer) * size, size);
            }
            output.forward(step, open, out);
            norm.forward(step, out, n, out);
            step.release(mark);
        }
    }
}
