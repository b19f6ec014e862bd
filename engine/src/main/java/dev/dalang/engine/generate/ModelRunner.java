package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.adapter.LoraAdapter;
import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.arch.Step;
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
    private boolean closed;

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
    public @org.jspecify.annotations.Nullable String slower() {
        String refusals = compute.kernels().refusals();
        return refusals == null ? null : compute.kernels().name() + " kernels: " + refusals;
    }

    /** Whether a token's results are the same as part of a prompt and of an answer. */
    boolean phasesAgree() {
        return compute.kernels().phasesAgree();
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
        // An encoder's keys and values do not outlive the pass, so that nothing is saved by rounding them.
        BlockType type = decoder.bidirectional() ? BlockType.F32 : options.cacheType();
        return new Sequence(decoder.memory(), type, mix);
    }

    /**
     * Evaluates a prompt's tokens at the end of a sequence, in batches, and returns the logits after the last.
     *
     * <p>When cancelled, which takes effect after at most one layer, the sequence holds what whole batches it got;
     * one with recurrent layers then starts anew.
     *
     * @return the logits, in an array that the next call overwrites; null when cancelled
     */
    public float @org.jspecify.annotations.Nullable [] evaluate(
            Sequence sequence, int[] ids, Progress progress, Cancellation cancellation) {
        check(sequence, ids);
        for (int from = 0; from < ids.length; ) {
            if (cancellation.isCancelled()) return null;
            int count = Math.min(batch(ids), ids.length - from);
            boolean last = from + count == ids.length;
            step.cancelledBy(cancellation);
            try {
                pass(
                        sequence,
                        Arrays.copyOfRange(ids, from, from + count),
                        Phase.PROMPT,
                        last ? new int[] {count - 1} : new int[0],
                        null);
            } catch (CancellationException e) {
                sequence.abandonPass();
                return null;
            } finally {
                step.cancelledBy(Cancellation.NONE);
            }
            from += count;
            progress.at(from, ids.length);
        }
        results.get(0, row, 0, row.length);
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
        pass(sequence, ids, Phase.ANSWER, LAST_OF_ONE, null);
        results.get(0, row, 0, row.length);
        return row;
    }

    /**
     * Evaluates tokens of an answer that are known beforehand, in one pass, and hands out the logits after each: the
     * same bits as {@link #next} gives one by one.
     */
    public void nextAll(Sequence sequence, int[] ids, Rows rows) {
        check(sequence, ids);
        int[] wanted = new int[ids.length];
        for (int i = 0; i < wanted.length; i++) wanted[i] = i;
        pass(sequence, ids, Phase.ANSWER, wanted, null);
        for (int i = 0; i < ids.length; i++) {
            results.get(i * row.length, row, 0, row.length);
            rows.row(i, row);
        }
    }

    /** Evaluates tokens at the end of a sequence and hands out the results of every position, in order. */
    public void evaluateAll(Sequence sequence, int[] ids, Rows rows) {
        evaluateAll(sequence, ids, rows, Decoder.Probe.NONE);
    }

    /** As {@link #evaluateAll(Sequence, int[], Rows)}, with a look at the residual stream of every batch. */
    public void evaluateAll(Sequence sequence, int[] ids, Rows rows, Decoder.Probe probe) {
        check(sequence, ids);
        for (int from = 0; from < ids.length; ) {
            int count = Math.min(batch(ids), ids.length - from);
            int[] wanted = new int[count];
            for (int i = 0; i < count; i++) wanted[i] = i;
            pass(sequence, Arrays.copyOfRange(ids, from, from + count), Phase.PROMPT, wanted, probe);
            for (int i = 0; i < count; i++) {
                results.get(i * row.length, row, 0, row.length);
                rows.row(from + i, row);
            }
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
            pass(sequence, Arrays.copyOfRange(ids, from, from + count), Phase.PROMPT, new int[0], states);
            from += count;
        }
    }

    /** Tokens that go through together: all of them where each sees all others. */
    private int batch(int[] ids) {
        return decoder.bidirectional() ? ids.length : options.batch();
    }

    private void pass(
            Sequence sequence,
            int[] ids,
            Phase phase,
            int[] wanted,
            Decoder.@org.jspecify.annotations.Nullable Probe probe) {
        int needed = Math.multiplyExact(Math.max(1, wanted.length), row.length);
        if (results.length() < needed) results = Floats.allocate(Arena.ofAuto(), needed);
        Step.Span span = new Step.Span(sequence, 0, ids.length, sequence.length(), phase);
        try {
            decoder.forward(step, ids, List.of(span), wanted, results, probe == null ? Decoder.Probe.NONE : probe);
        } catch (OutOfMemoryError e) {
            throw new DalangException(
                    new Failure.DoesNotFit(
                            "out of memory at position " + sequence.length() + ": use a smaller --context or model",
                            0,
                            0),
                    e);
        }
    }

    private void check(Sequence sequence, int[] ids) {
        if (closed) throw new IllegalStateException("the model is closed");
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
        if (closed) return;
        closed = true;
        compute.close();
        source.close();
    }
}
