package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.adapter.LoraAdapter;
import dev.dalang.engine.arch.AttentionWatch;
import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.arch.Step;
import dev.dalang.engine.cache.CachePool;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Phase;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Token ids in, logits out: a loaded model with the threads and buffers to run it.
 *
 * <p>One pass at a time; callers on several threads take turns by themselves.
 */
public final class ModelRunner implements AutoCloseable {

    /** Told how far a prompt has come. */
    @FunctionalInterface
    public interface Progress {
        Progress NONE = (done, total) -> {};

        void at(int done, int total);
    }

    /** Receives the results of a pass. */
    @FunctionalInterface
    public interface Rows {
        /** @param row one result, valid during the call only */
        void row(int index, float[] row);
    }

    private static final int[] LAST_OF_ONE = {0};

    /** For a single result, which is where its reader finds it already. */
    private static final Rows STAYS = (index, result) -> {};

    /** Held for each pass and the reading of its results, so that answers and embeddings can share a model. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final ModelSource source;
    private final LoadOptions options;
    private final Decoder decoder;
    private final Compute compute;
    private final Step step;
    private final Map<String, LoraAdapter> adapters = new ConcurrentSkipListMap<>();
    private final int trainedLength;
    private final int contextLength;
    private final float[] row;
    private Floats results = Floats.allocate(Arena.ofAuto(), 0);
    private volatile boolean closed;

    /** Takes the source over: closing this closes it. */
    public ModelRunner(ModelSource source, LoadOptions options) {
        this.source = source;
        this.options = options;
        this.decoder = Families.assemble(source, options.contextLength());
        this.trainedLength = source.metadata()
                .integerIn(source.metadata().string("general.architecture") + ".context_length", 1, Integer.MAX_VALUE);
        int wanted = options.contextLength() == 0 ? trainedLength : options.contextLength();
        this.contextLength = Math.min(wanted, decoder.maxPositions());
        options.adapters().forEach(this::addAdapter);
        this.compute =
                new Compute(KernelTier.named(options.kernels(), options.cpuFeatures()), options.effectiveThreads());
        this.step = new Step(compute);
        this.row = new float[decoder.outputs()];
    }

    public ModelSource source() {
        return source;
    }

    public Decoder decoder() {
        return decoder;
    }

    public LoadOptions options() {
        return options;
    }

    /** One line about the kernels and threads in use. */
    public String description() {
        return compute.kernels().description() + ", " + compute.threads()
                + (compute.threads() == 1 ? " thread" : " threads");
    }

    /** Why slower kernels run than there are, in one line for a person; null when nothing was fallen back from. */
    public @Nullable String slower() {
        String refusals = compute.kernels().refusals();
        return refusals == null ? null : compute.kernels().name() + " kernels: " + refusals;
    }

    /** Whether a token's results are the same as part of a prompt and of an answer. */
    boolean phasesAgree() {
        return source.tensors().values().stream()
                .allMatch(t -> compute.kernels().phasesAgree(t.type()));
    }

    public String kernels() {
        return compute.kernels().name();
    }

    public int threads() {
        return compute.threads();
    }

    /** Positions that the model was trained for; {@link #contextLength} may be more, at the cost of sense. */
    public int trainedLength() {
        return trainedLength;
    }

    /** Positions that a sequence may take. */
    public int contextLength() {
        return contextLength;
    }

    /**
     * Loads an adapter: a PEFT folder or a GGUF file. May be called while other threads evaluate.
     *
     * @param name what requests call it
     * @throws DalangException if the name is taken, the adapter broken, or not for this model
     */
    public void addAdapter(String name, Path path) {
        if (name.isEmpty()) throw DalangException.invalidRequest("an adapter needs a name", "adapters");
        LoraAdapter adapter;
        try {
            adapter = LoraAdapter.open(name, path, source, decoder.adaptable());
        } catch (OutOfMemoryError e) {
            throw new DalangException(new Failure.DoesNotFit(path + ": out of memory for this adapter", 0, 0), e);
        }
        if (adapters.putIfAbsent(name, adapter) != null) {
            throw DalangException.invalidRequest("an adapter named " + name + " is loaded already", "adapters");
        }
    }

    /** The names of the adapters loaded. */
    public Set<String> adapterNames() {
        return Collections.unmodifiableSet(adapters.keySet());
    }

    /**
     * Loaded adapters by name, each with a factor.
     *
     * @throws DalangException if one is not loaded
     */
    public AdapterMix adapters(Map<String, Float> scales) {
        if (scales.isEmpty()) return AdapterMix.NONE;
        List<AdapterMix.Part> parts = new ArrayList<>();
        // In the order of their names, so that the same adapters give the same bits however a request lists them.
        new TreeMap<>(scales).forEach((name, scale) -> {
            LoraAdapter adapter = adapters.get(name);
            if (adapter == null) {
                String loaded = adapters.isEmpty() ? "none is" : "there are " + String.join(", ", adapters.keySet());
                throw DalangException.invalidRequest(
                        "no adapter named '" + name + "' is loaded (" + loaded + ")", "adapters");
            }
            parts.add(new AdapterMix.Part(adapter, scale));
        });
        return new AdapterMix(parts);
    }

    /** An empty sequence of the model as it is; close it before the runner. */
    public Sequence newSequence() {
        return newSequence(AdapterMix.NONE);
    }

    /** As {@link #newSequence()}, of the model under adapters. */
    public Sequence newSequence(AdapterMix mix) {
        return new Sequence(decoder.memory(), cacheType(), mix);
    }

    /** Memory for many sequences. */
    CachePool newPool(long limitBytes) {
        return new CachePool(decoder.memory(), cacheType(), limitBytes);
    }

    private BlockType cacheType() {
        // An encoder's keys and values do not outlive the pass, so that nothing is saved by rounding them.
        return decoder.bidirectional() ? BlockType.F32 : options.cacheType();
    }

    /**
     * Evaluates a prompt's tokens at the end of a sequence, in batches, and returns the logits after the last.
     *
     * <p>When cancelled, which takes effect after at most one layer, the sequence holds what whole batches it got;
     * one with recurrent layers then starts anew.
     *
     * @return the logits, in an array that the next call overwrites; null when cancelled
     */
    public float @Nullable [] evaluate(Sequence sequence, int[] ids, Progress progress, Cancellation cancellation) {
        check(sequence, ids);
        for (int from = 0; from < ids.length; ) {
            if (cancellation.isCancelled()) return null;
            int count = Math.min(batch(ids), ids.length - from);
            boolean last = from + count == ids.length;
            Step.Span span = new Step.Span(sequence, 0, count, sequence.length(), Phase.PROMPT);
            try {
                pass(
                        List.of(span),
                        Arrays.copyOfRange(ids, from, from + count),
                        last ? new int[] {count - 1} : new int[0],
                        Decoder.Probe.NONE,
                        cancellation::isCancelled,
                        STAYS);
            } catch (CancellationException e) {
                sequence.abandonPass();
                return null;
            }
            from += count;
            progress.at(from, ids.length);
        }
        return row;
    }

    /**
     * Evaluates one token of an answer at the end of a sequence and returns the logits after it.
     *
     * @return the logits, in an array that the next call overwrites
     */
    public float[] next(Sequence sequence, int id) {
        int[] ids = {id};
        check(sequence, ids);
        pass(sequence, ids, Phase.ANSWER, LAST_OF_ONE, null, STAYS);
        return row;
    }

    /**
     * Evaluates one token of each of several answers in one pass over the weights: the same bits as {@link #next} gives
     * for each alone.
     *
     * @param ids a token for each sequence
     * @param logits receives each one's, {@code [at least as many][outputs of the decoder]}
     */
    public void nextTogether(List<Sequence> sequences, int[] ids, float[][] logits) {
        if (sequences.isEmpty() || ids.length != sequences.size()) {
            throw new IllegalArgumentException(ids.length + " tokens for " + sequences.size() + " sequences");
        }
        List<ForwardPass.Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            chunks.add(new ForwardPass.Chunk(
                    sequences.get(i), new int[] {ids[i]}, Phase.ANSWER, new float[][] {logits[i]}));
        }
        evaluateTogether(chunks, () -> false);
    }

    /** What a {@link Scheduler} has done here. */
    ForwardPass forScheduler() {
        return new ForwardPass() {
            @Override
            public void run(List<Chunk> chunks, BooleanSupplier abandoned) {
                evaluateTogether(chunks, abandoned);
            }

            @Override
            public void forEach(int count, IntConsumer work) {
                // The threads are the passes' too, and embeddings may be computed in between.
                turn.lock();
                try {
                    compute.forEach(count, (i, worker) -> work.accept(i));
                } finally {
                    turn.unlock();
                }
            }
        };
    }

    private void evaluateTogether(List<ForwardPass.Chunk> chunks, BooleanSupplier abandoned) {
        int tokens = 0;
        int rows = 0;
        for (ForwardPass.Chunk c : chunks) {
            check(c.sequence(), c.ids());
            tokens += c.ids().length;
            rows += c.logits().length;
        }
        int[] ids = new int[tokens];
        int[] wanted = new int[rows];
        float[][] targets = new float[rows][];
        List<Step.Span> spans = new ArrayList<>();
        int at = 0;
        int row = 0;
        for (ForwardPass.Chunk c : chunks) {
            int count = c.ids().length;
            System.arraycopy(c.ids(), 0, ids, at, count);
            spans.add(new Step.Span(c.sequence(), at, count, c.sequence().length(), c.phase()));
            at += count;
            int last = c.logits().length;
            for (int i = 0; i < last; i++) {
                targets[row] = c.logits()[i];
                wanted[row++] = at - last + i;
            }
        }
        // Half a megabyte each, of many answers together: copied by all threads.
        pass(
                spans,
                ids,
                wanted,
                Decoder.Probe.NONE,
                abandoned,
                () -> compute.forEach(
                        wanted.length,
                        (i, worker) -> results.get(i * decoder.outputs(), targets[i], 0, targets[i].length)));
    }

    /** Evaluates tokens at the end of a sequence and hands out the results of every position, in order. */
    public void evaluateAll(Sequence sequence, int[] ids, Rows rows) {
        evaluateAll(sequence, ids, rows, Decoder.Probe.NONE);
    }

    /**
     * As {@link #evaluateAll(Sequence, int[], Rows)}, with a look at one head's attention.
     *
     * @param watch gets a row for every position
     */
    public void evaluateAll(Sequence sequence, int[] ids, Rows rows, AttentionWatch watch) {
        turn.lock();
        try {
            step.watchedBy(watch);
            evaluateAll(sequence, ids, rows);
        } finally {
            step.watchedBy(null);
            turn.unlock();
        }
    }

    /** As {@link #evaluateAll(Sequence, int[], Rows)}, with a look at the residual stream of every batch. */
    public void evaluateAll(Sequence sequence, int[] ids, Rows rows, Decoder.Probe probe) {
        check(sequence, ids);
        for (int from = 0; from < ids.length; ) {
            int count = Math.min(batch(ids), ids.length - from);
            int[] wanted = new int[count];
            for (int i = 0; i < count; i++) wanted[i] = i;
            int first = from;
            pass(
                    sequence,
                    Arrays.copyOfRange(ids, from, from + count),
                    Phase.PROMPT,
                    wanted,
                    probe,
                    (i, result) -> rows.row(first + i, result));
            from += count;
        }
    }

    /**
     * Evaluates tokens at the end of a sequence and hands out the final residual stream of every position, normed, in
     * order: what embeddings are made of.
     */
    public void evaluateStates(Sequence sequence, int[] ids, Rows rows, Cancellation cancellation) {
        check(sequence, ids);
        float[] state = new float[decoder.embedding()];
        for (int from = 0; from < ids.length && !cancellation.isCancelled(); ) {
            int count = Math.min(batch(ids), ids.length - from);
            int first = from;
            Decoder.Probe states = (name, n, width, x) -> {
                if (!name.equals("result_norm")) return;
                for (int i = 0; i < n; i++) {
                    x.get(i * width, state, 0, width);
                    rows.row(first + i, state);
                }
            };
            pass(
                    sequence,
                    Arrays.copyOfRange(ids, from, from + count),
                    Phase.PROMPT,
                    new int[0],
                    states,
                    (i, result) -> {});
            from += count;
        }
    }

    /** Tokens that go through together: all of them where each sees all others. */
    private int batch(int[] ids) {
        return decoder.bidirectional() ? ids.length : options.batch();
    }

    private void pass(
            Sequence sequence, int[] ids, Phase phase, int[] wanted, Decoder.@Nullable Probe probe, Rows rows) {
        Step.Span span = new Step.Span(sequence, 0, ids.length, sequence.length(), phase);
        pass(List.of(span), ids, wanted, probe == null ? Decoder.Probe.NONE : probe, () -> false, rows);
    }

    private void pass(
            List<Step.Span> spans, int[] ids, int[] wanted, Decoder.Probe probe, BooleanSupplier abandoned, Rows rows) {
        pass(spans, ids, wanted, probe, abandoned, () -> {
            for (int i = 0; i < wanted.length; i++) {
                results.get(i * row.length, row, 0, row.length);
                rows.row(i, row);
            }
        });
    }

    /** @param reading of {@link #results}, before another pass may overwrite them */
    private void pass(
            List<Step.Span> spans,
            int[] ids,
            int[] wanted,
            Decoder.Probe probe,
            BooleanSupplier abandoned,
            Runnable reading) {
        turn.lock();
        try {
            if (closed) throw new IllegalStateException("the model is closed");
            int needed = Math.multiplyExact(Math.max(1, wanted.length), row.length);
            if (results.length() < needed) results = Floats.allocate(Arena.ofAuto(), needed);
            step.cancelledBy(abandoned);
            decoder.forward(step, ids, spans, wanted, results, probe);
            reading.run();
        } catch (OutOfMemoryError e) {
            int position = spans.getFirst().position();
            throw new DalangException(
                    new Failure.DoesNotFit(
                            "out of memory at position " + position + ": use a smaller --context or model", 0, 0),
                    e);
        } finally {
            step.cancelledBy(() -> false);
            turn.unlock();
        }
    }

    private void check(Sequence sequence, int[] ids) {
        if (ids.length == 0) throw DalangException.invalidRequest("there are no tokens to evaluate", "prompt");
        if (decoder.bidirectional() && sequence.length() != 0) {
            throw DalangException.invalidRequest(
                    "an encoder reads an input as a whole; nothing can follow it", "prompt");
        }
        for (int id : ids) {
            if (id < 0 || id >= decoder.vocabulary()) {
                throw DalangException.invalidRequest(
                        "token " + id + " is outside the vocabulary, 0.." + (decoder.vocabulary() - 1), "tokens");
            }
        }
        long length = (long) sequence.length() + ids.length;
        if (length > contextLength) {
            throw new DalangException(new Failure.ContextOverflow(
                    length + " tokens do not fit the context of " + contextLength,
                    (int) Math.min(Integer.MAX_VALUE, length),
                    contextLength,
                    List.of("shorten the prompt", "raise --context")));
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            if (closed) return;
            closed = true;
            compute.close();
            source.close();
        } finally {
            turn.unlock();
        }
    }
}
