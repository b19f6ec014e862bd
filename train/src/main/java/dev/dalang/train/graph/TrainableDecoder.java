package dev.dalang.train.graph;

import dev.dalang.api.DalangException;
import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Documents.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder that learns: the twin of an engine's {@link Decoder}, made by walking over its parts, which computes the
 * same logits and the way back. Every family of attention with a feed-forward network works without code of its own.
 *
 * <p>One pass at a time. Results have the same bits on any number of threads.
 */
public final class TrainableDecoder implements Network {

    private final Workspace workspace;
    private final Pass pass;
    private final GraphSettings settings;
    private final List<Parameter> parameters;
    private final boolean embeddingLearns;
    private final EmbeddingNode embedding;
    private final List<BlockNode> blocks;
    private final HeadNode head;
    private final int width;

    private TrainableDecoder(
            Decoder decoder,
            Compute compute,
            Trained trained,
            GraphSettings settings,
            Workspace workspace,
            boolean blank) {
        this.settings = settings;
        this.workspace = workspace;
        width = decoder.embedding();
        Tensors tensors = new Tensors(decoder, compute, workspace, trained, blank);
        Assembly assembly = new Assembly(decoder, tensors, trained);
        embedding = assembly.embedding();
        blocks = assembly.blocks();
        head = assembly.head();
        parameters = tensors.parameters();
        embeddingLearns = trained instanceof Trained.All;
        if (parameters.isEmpty()) {
            throw DalangException.invalidRequest(
                    "none of the model's matrices is among the targets; there are "
                            + String.join(
                                    ", ",
                                    decoder.adaptable().keySet().stream()
                                            .sorted()
                                            .limit(8)
                                            .toList())
                            + ", …",
                    "targets");
        }
        pass = new Pass(compute, settings.exact(), workspace);
    }

    /**
     * A model that exists, to be trained on. What does not learn is used where it is: the decoder's source must stay
     * open as long as this.
     *
     * @param compute belongs to the caller
     * @throws DalangException if the model has a part without a derivative, or no target of the adapters
     */
    public static TrainableDecoder of(Decoder decoder, Compute compute, Trained trained, GraphSettings settings) {
        Workspace workspace = new Workspace();
        try {
            return new TrainableDecoder(decoder, compute, trained, settings, workspace, false);
        } catch (RuntimeException | Error e) {
            workspace.close();
            throw e;
        }
    }

    /**
     * A new model. Matrices are normal with deviation 0.02, those that write to the residual stream smaller by
     * 1/√(2·layers) (Radford et al. 2019), norms 1.
     *
     * @param seed decides every number
     */
    public static TrainableDecoder fresh(Shape shape, long seed, Compute compute, GraphSettings settings) {
        TrainableDecoder network = blank(shape, compute, settings);
        for (int i = 0; i < network.parameters.size(); i++) {
            initialise(network.parameters.get(i), shape, new Random(seed * 1_000_003 + i));
        }
        return network;
    }

    /**
     * A model with the weights of one that exists, all of which learn; of weights in blocks, what they stand for. The
     * source is not needed any more afterwards.
     *
     * @throws DalangException as {@link Shape#of}
     */
    public static TrainableDecoder pretrained(ModelSource model, Compute compute, GraphSettings settings) {
        TrainableDecoder network = blank(Shape.of(model), compute, settings);
        try {
            for (Parameter p : network.parameters) {
                TensorInfo tensor = Objects.requireNonNull(model.tensors().get(p.name()));
                float[] values = new float[p.count()];
                tensor.type().dequantizer().dequantize(model.data(tensor), 0, values, 0, values.length);
                for (int i = 0; i < values.length; i++) p.value().set(i, values[i]);
            }
            return network;
        } catch (RuntimeException | Error e) {
            network.close();
            throw e;
        }
    }

    private static TrainableDecoder blank(Shape shape, Compute compute, GraphSettings settings) {
        Workspace workspace = new Workspace();
        // The decoder's own numbers are only there to be counted: memory that nobody writes to takes no room.
        try (Workspace unused = new Workspace()) {
            LiveModel model = new LiveModel(shape.metadata(), null);
            shape.tensors()
                    .forEach((name, lengths) -> model.with(
                            name, lengths, unused.keep(lengths.stream().reduce(1, Math::multiplyExact))));
            Decoder decoder = Families.assemble(model, shape.context());
            return new TrainableDecoder(decoder, compute, new Trained.All(), settings, workspace, true);
        } catch (RuntimeException | Error e) {
            workspace.close();
            throw e;
        }
    }

    private static void initialise(Parameter p, Shape shape, Random random) {
        if (p.shape().size() == 1) {
            p.value().fill(1);
            return;
        }
        boolean writes = p.name().endsWith("attn_output.weight") || p.name().endsWith("ffn_down.weight");
        double deviation = writes ? 0.02 / Math.sqrt(2.0 * shape.layers()) : 0.02;
        for (int i = 0; i < p.count(); i++) p.value().set(i, (float) (deviation * random.nextGaussian()));
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public double forwardBackward(Batch batch, float scale) {
        float[] scales = new float[batch.count()];
        Arrays.fill(scales, scale);
        return sum(run(batch, scales));
    }

    @Override
    public double loss(Batch batch) {
        return sum(run(batch, null));
    }

    /** For each document of the batch, in order, the sum of the log-probabilities of its targets. */
    public double[] logProbabilities(Batch batch) {
        double[] losses = run(batch, null);
        return Documents.of(batch).stream()
                .mapToDouble(d -> {
                    double sum = 0;
                    for (int t = d.first(); t < d.first() + d.count(); t++) sum += losses[t];
                    return -sum;
                })
                .toArray();
    }

    /**
     * Adds to the gradients {@code Σ weight · ∇ log p} over the batch's documents.
     *
     * @param weights the derivative of the loss by each of {@link #logProbabilities}
     */
    public void backwardLogProbabilities(Batch batch, float[] weights) {
        List<Document> documents = Documents.of(batch);
        if (weights.length != documents.size()) {
            throw new IllegalArgumentException(weights.length + " weights for " + documents.size() + " documents");
        }
        float[] scales = new float[batch.count()];
        for (int i = 0; i < weights.length; i++) {
            Document d = documents.get(i);
            Arrays.fill(scales, d.first(), d.first() + d.count(), -weights[i]);
        }
        run(batch, scales);
    }

    /** Whether low-rank additions take part; without them this is the base model, bit for bit. */
    public void adapters(boolean on) {
        pass.adapted(on);
    }

    /** Decides, with the seed, which inputs of low-rank additions the next passes drop. */
    public void atStep(long step) {
        pass.step(step);
    }

    /**
     * The model as it is at any moment, without a copy, for the engine to run or a file to be written from. Valid until
     * {@link #close}.
     *
     * @param metadata the keys of a GGUF file
     */
    public ModelSource source(Metadata metadata) {
        return source(metadata, null);
    }

    /** As {@link #source(Metadata)}, with the keys of another model, and those of its tensors that do not learn. */
    public ModelSource source(ModelSource base) {
        return source(base.metadata(), base);
    }

    private ModelSource source(Metadata metadata, @Nullable ModelSource base) {
        LiveModel model = new LiveModel(metadata, base);
        for (Parameter p : parameters) model.with(p.name(), p.shape(), p.value());
        return model;
    }

    /**
     * What batches of this size need.
     *
     * @param batchTokens of a batch
     * @param longest tokens of its longest document
     */
    public MemoryEstimate memory(int batchTokens, int longest) {
        long values = parameters.stream()
                .mapToLong(p -> 2 * Workspace.bytes(p.count()))
                .sum();
        long tokens = Math.min(batchTokens, Math.max(settings.groupTokens(), longest));
        long inLayers = 0;
        long temporary = Math.max(head.temporary(tokens), tokens * embedding.temporary());
        for (BlockNode b : blocks) {
            inLayers = settings.checkpointing() ? Math.max(inLayers, b.saved()) : inLayers + b.saved();
            long workers = pass.threads() * b.attention().perWorker(longest);
            temporary = Math.max(temporary, tokens * b.temporary() + workers);
        }
        long saved = tokens * ((blocks.size() + 1L) * width + inLayers);
        return new MemoryEstimate(values, Workspace.bytes(saved + tokens * width + temporary));
    }

    /** As {@link #memory(int, int)}, for a model that is not there yet. */
    public static MemoryEstimate memory(
            Shape shape, Compute compute, GraphSettings settings, int batchTokens, int longest) {
        // Memory that is not written to takes no room.
        try (TrainableDecoder blank = blank(shape, compute, settings)) {
            return blank.memory(batchTokens, longest);
        }
    }

    /** Bytes that were in use at most so far. */
    public long peakBytes() {
        return workspace.peakBytes();
    }

    @Override
    public void close() {
        workspace.close();
    }

    private static double sum(double[] losses) {
        double sum = 0;
        for (double l : losses) sum += l;
        return sum;
    }

    /**
     * All documents, group by group.
     *
     * @param scales factor on the derivative of each token's loss; null for no way back
     * @return each token's loss; 0 without a target
     */
    private double[] run(Batch batch, float @Nullable [] scales) {
        check(batch);
        double[] losses = new double[batch.count()];
        pass.drops(scales != null);
        for (List<Document> group : Documents.groups(Documents.of(batch), settings.groupTokens())) {
            pass.begin(batch, group);
            int first = pass.firstOfBatch();
            int[] rows = IntStream.range(0, pass.tokens())
                    .filter(t -> batch.targets()[first + t] != Batch.IGNORED)
                    .toArray();
            int[] targets =
                    Arrays.stream(rows).map(t -> batch.targets()[first + t]).toArray();
            double[] found = new double[rows.length];
            var saved = workspace.saved().mark();
            var temporary = pass.mark();
            try {
                if (scales == null) {
                    head.losses(pass, forward(), rows, targets, found);
                } else {
                    float[] factors = new float[rows.length];
                    for (int i = 0; i < rows.length; i++) factors[i] = scales[first + rows[i]];
                    forwardBackward(rows, targets, factors, found);
                }
            } finally {
                workspace.saved().release(saved);
                pass.release(temporary);
            }
            for (int i = 0; i < rows.length; i++) losses[first + rows[i]] = found[i];
        }
        return losses;
    }

    /** The stream after the last layer. */
    private Floats forward() {
        Floats x = pass.saved(width);
        Floats out = pass.saved(width);
        embedding.forward(pass, x);
        for (BlockNode b : blocks) {
            var mark = workspace.saved().mark();
            b.forward(pass, x, out);
            workspace.saved().release(mark);
            Floats swapped = x;
            x = out;
            out = swapped;
        }
        return x;
    }

    private void forwardBackward(int[] rows, int[] targets, float[] scales, double[] losses) {
        List<Floats> streams = new ArrayList<>();
        List<BlockNode.StreamBackward> back = new ArrayList<>();
        streams.add(pass.saved(width));
        embedding.forward(pass, streams.getFirst());
        for (BlockNode b : blocks) {
            Floats out = pass.saved(width);
            var mark = workspace.saved().mark();
            back.add(b.forward(pass, streams.getLast(), out));
            if (settings.checkpointing()) workspace.saved().release(mark);
            streams.add(out);
        }
        var mark = pass.mark();
        Floats d = pass.temporaryRows(width);
        head.lossesAndBackward(pass, streams.getLast(), rows, targets, scales, losses, d);
        for (int i = blocks.size() - 1; i >= 0; i--) {
            var inLayer = workspace.saved().mark();
            // The stream after the layer is not needed any more, and becomes what it was.
            BlockNode.StreamBackward b = settings.checkpointing()
                    ? blocks.get(i).forward(pass, streams.get(i), streams.get(i + 1))
                    : back.get(i);
            b.run(d);
            workspace.saved().release(inLayer);
        }
        if (embeddingLearns) embedding.backward(pass, d);
        pass.release(mark);
    }

    /** The logits of every token, {@code [count][vocabulary]}. */
    void logits(Batch batch, Floats out) {
        check(batch);
        pass.drops(false);
        int vocabulary = embedding.vocabulary();
        for (List<Document> group : Documents.groups(Documents.of(batch), settings.groupTokens())) {
            pass.begin(batch, group);
            var saved = workspace.saved().mark();
            int[] rows = IntStream.range(0, pass.tokens()).toArray();
            int start = pass.firstOfBatch();
            head.logits(
                    pass,
                    forward(),
                    rows,
                    (first, count, logits) -> out.copy((start + first) * vocabulary, logits, 0, count * vocabulary));
            workspace.saved().release(saved);
        }
    }

    private void check(Batch batch) {
        int vocabulary = embedding.vocabulary();
        for (int t = 0; t < batch.count(); t++) {
            int id = batch.tokens()[t];
            int target = batch.targets()[t];
            if (id < 0 || id >= vocabulary || target != Batch.IGNORED && (target < 0 || target >= vocabulary)) {
                throw DalangException.invalidRequest(
                        "token " + t + " of the batch is " + id + " before " + target + ", outside the vocabulary of "
                                + vocabulary,
                        "tokens");
            }
        }
    }
}
