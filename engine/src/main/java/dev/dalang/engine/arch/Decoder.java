package dev.dalang.engine.arch;

import dev.dalang.engine.adapter.AdapterTarget;
import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole model as a composition: token embeddings, blocks, a final norm and the output matrix.
 *
 * <p>Immutable and shared by all sequences; what a pass writes is in its {@link Step} and in the {@link Sequence}s.
 */
public final class Decoder {

    /** Looks at the residual stream on its way: {@code embd}, {@code l_out-0} …, {@code result_norm}. */
    @FunctionalInterface
    public interface Probe {
        Probe NONE = (name, rows, width, x) -> {};

        /** @param x {@code [rows][width]}, valid during the call only */
        void saw(String name, int rows, int width, Floats x);
    }

    /** What happens between the token embeddings and the first block, beyond a factor. */
    @FunctionalInterface
    public interface Input {
        /**
         * Changes the embeddings, or sets something aside by {@link Step#keep}; buffers taken stay for the pass.
         *
         * @param x the embeddings, scaled, {@code [tokens][embedding]}
         */
        void prepare(Step step, Floats x);
    }

    private final int embedding;
    private final Matrix tokens;
    private final float embeddingScale;
    private final List<Input> inputs;
    private final List<Block> blocks;
    private final @Nullable Norm outputNorm;
    private final @Nullable Linear output;
    private final boolean bidirectional;
    private final int maxPositions;
    private final float logitScale;
    private final float logitSoftcap;
    private Map<String, AdapterTarget> adaptable = Map.of();
    private IdentityHashMap<Object, String> names = new IdentityHashMap<>();
    private String architecture = "?";

    private Decoder(Builder b) {
        embedding = b.tokens.columns();
        tokens = b.tokens;
        embeddingScale = b.embeddingScale;
        inputs = List.copyOf(b.inputs);
        blocks = List.copyOf(b.blocks);
        outputNorm = b.outputNorm;
        output = b.output;
        bidirectional = b.bidirectional;
        maxPositions = b.maxPositions;
        logitScale = b.logitScale;
        logitSoftcap = b.logitSoftcap;
    }

    /** What a family puts together. */
    public static final class Builder {
        private final Matrix tokens;
        private final List<Block> blocks;
        private final @Nullable Norm outputNorm;
        private final @Nullable Linear output;
        private boolean bidirectional;
        private int maxPositions = Integer.MAX_VALUE;
        private final List<Input> inputs = new ArrayList<>();
        private float embeddingScale = 1;
        private float logitScale = 1;
        private float logitSoftcap;

        /**
         * @param tokens {@code [vocabulary][embedding]}
         * @param outputNorm null where the last block ends with a norm of its own
         * @param output {@code [vocabulary][embedding]}, or null for an encoder, whose result is the normed stream
         */
        public Builder(Matrix tokens, List<Block> blocks, @Nullable Norm outputNorm, @Nullable Linear output) {
            this.tokens = tokens;
            this.blocks = blocks;
            this.outputNorm = outputNorm;
            this.output = output;
        }

        public Builder embeddingScale(float factor) {
            embeddingScale = factor;
            return this;
        }

        /** Steps between the scaled embeddings and the first block, in order. */
        public Builder input(Input input) {
            inputs.add(input);
            return this;
        }

        /** Tokens see what comes after them, so that an input must be evaluated in one pass. */
        public Builder bidirectional() {
            bidirectional = true;
            return this;
        }

        /** How many positions there can be, where they are rows of a table. */
        public Builder maxPositions(int count) {
            maxPositions = count;
            return this;
        }

        /** Factor on the logits. */
        public Builder logitScale(float factor) {
            logitScale = factor;
            return this;
        }

        /** c in c·tanh(logit/c); 0 for none. */
        public Builder logitSoftcap(float cap) {
            logitSoftcap = cap;
            return this;
        }

        public Decoder build() {
            return new Decoder(this);
        }
    }

    /** The width of the residual stream. */
    public int embedding() {
        return embedding;
    }

    /** How many numbers a result row has: the vocabulary, or the embedding for an encoder. */
    public int outputs() {
        return output == null ? embedding : output.outputs();
    }

    public int vocabulary() {
        return tokens.rows();
    }

    public int layers() {
        return blocks.size();
    }

    /** Whether tokens see what comes after them, so that an input must be evaluated in one pass. */
    public boolean bidirectional() {
        return bidirectional;
    }

    /** Whether a layer keeps a state that cannot be wound back to an earlier token. */
    public boolean isRecurrent() {
        return memory().stream().anyMatch(m -> m instanceof LayerMemory.Recurrent || m instanceof LayerMemory.Hybrid);
    }

    /** How many positions there can be. */
    public int maxPositions() {
        return maxPositions;
    }

    /** Says of what tensors this is made; once, where the model is put together. */
    Decoder madeOf(String family, Weights weights) {
        architecture = family;
        adaptable = weights.adaptable();
        names = weights.names();
        return this;
    }

    /** Its name in {@code general.architecture}. */
    public String architecture() {
        return architecture;
    }

    /** Token embeddings, {@code [vocabulary][embedding]}. */
    public Matrix tokens() {
        return tokens;
    }

    /** Factor on the embeddings. */
    public float embeddingScale() {
        return embeddingScale;
    }

    /** See {@link Builder#input}. */
    public List<Input> inputs() {
        return inputs;
    }

    public List<Block> blocks() {
        return blocks;
    }

    public @Nullable Norm outputNorm() {
        return outputNorm;
    }

    /** The output matrix; null for an encoder. */
    public @Nullable Linear output() {
        return output;
    }

    public float logitScale() {
        return logitScale;
    }

    /** See {@link Builder#logitSoftcap}. */
    public float logitSoftcap() {
        return logitSoftcap;
    }

    /** The name of the tensor that a {@link Matrix} or a {@link Floats} of this model's parts is. */
    public String tensorOf(Object part) {
        return Objects.requireNonNull(names.get(part), "not a tensor of this model");
    }

    /** The tensors that adapters can change, by name. */
    public Map<String, AdapterTarget> adaptable() {
        return adaptable;
    }

    /** What a sequence must hold for each layer. */
    public List<LayerMemory> memory() {
        return blocks.stream().map(Block::memory).toList();
    }

    /**
     * Runs tokens through the model and advances their sequences.
     *
     * @param ids the tokens, each below {@link #vocabulary}
     * @param spans whose rows they are
     * @param wanted rows whose logits are wanted, ascending
     * @param out {@code [wanted.length][outputs]}
     */
    public void forward(Step step, int[] ids, List<Step.Span> spans, int[] wanted, Floats out, Probe probe) {
        step.begin(ids, spans);
        for (Step.Span s : spans) s.sequence().reserve(s.count());
        Kernels k = step.compute().kernels();
        int n = ids.length;
        Floats x = step.rows(embedding);
        step.forEachToken((t, worker) ->
                k.row(tokens, ids[t], x, t * embedding, step.compute().scratch(worker)));
        if (embeddingScale != 1) k.scale(x, 0, n * embedding, embeddingScale);
        for (Input input : inputs) input.prepare(step, x);
        probe.saw("embd", n, embedding, x);
        for (int i = 0; i < blocks.size(); i++) {
            step.checkCancelled();
            blocks.get(i).forward(step, x);
            if (probe != Probe.NONE) probe.saw("l_out-" + i, n, embedding, x);
        }
        Floats normed = step.rows(embedding);
        if (wanted.length == n || probe != Probe.NONE) {
            if (outputNorm == null) normed.copy(0, x, 0, n * embedding);
            else outputNorm.forward(step, x, n, normed);
            probe.saw("result_norm", n, embedding, normed);
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i] != i) normed.copy(i * embedding, normed, wanted[i] * embedding, embedding);
            }
        } else {
            for (int i = 0; i < wanted.length; i++) normed.copy(i * embedding, x, wanted[i] * embedding, embedding);
            if (outputNorm != null) outputNorm.forward(step, normed, wanted.length, normed);
        }
        if (wanted.length > 0) project(step, normed, wanted, out);
        for (Step.Span s : spans) s.sequence().advance(s.count());
    }

    private void project(Step step, Floats normed, int[] wanted, Floats out) {
        int rows = wanted.length;
        if (output == null) {
            out.copy(0, normed, 0, rows * embedding);
            return;
        }
        Kernels k = step.compute().kernels();
        output.forwardAsAnswers(step, normed, wanted, out);
        if (logitScale != 1) k.scale(out, 0, rows * output.outputs(), logitScale);
        if (logitSoftcap != 0) {
            int width = output.outputs();
            step.compute().forEach(rows, (row, worker) -> k.softcap(out, row * width, width, logitSoftcap));
        }
    }
}
