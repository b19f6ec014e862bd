package dev.dalang.train.tune;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.engine.adapter.AdapterWriter;
import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.chat.Lessons;
import dev.dalang.train.chat.PreferencePair;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.data.Document;
import dev.dalang.train.data.Documents;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.PackedSource;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.MemoryEstimate;
import dev.dalang.train.graph.Network;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.graph.TrainableDecoder;
import dev.dalang.train.graph.Trained;
import dev.dalang.train.loop.Checkpoints;
import dev.dalang.train.loop.OptimizerSettings;
import dev.dalang.train.loop.ProcessMemory;
import dev.dalang.train.loop.Schedule;
import dev.dalang.train.loop.Trainer;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import dev.dalang.train.loop.TrainingSettings;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A model with low-rank additions that learn: LoRA (Hu et al. 2021, arXiv:2106.09685), and where the model is
 * quantised, which stays as it is, QLoRA (Dettmers et al. 2023, arXiv:2305.14314). Learns answers, or preferences
 * between answers ({@link PreferenceNetwork}).
 *
 * <p>The model's own weights are read where they lie. One caller at a time.
 */
public final class Tuner implements AutoCloseable {

    /** More tokens at a time amortise the decoding of quantised weights; fewer take less memory. */
    private static final int GROUP_TOKENS = 1024;

    /** Activations beyond this are computed twice instead of kept. */
    private static final long MUCH_MEMORY = 512L << 20;

    private static final int MAX_BATCH_POSITIONS = 1 << 16;
    private static final double WARMUP = 0.05;
    private static final double FLOOR = 0.1;

    /** Adapters are small and start at nothing, so little needs to be held back. */
    private static final OptimizerSettings OPTIMIZER = new OptimizerSettings(0.9, 0.999, 1e-8, 0.01);

    /** A trial that takes longer is not repeated. */
    private static final long LONG_TRIAL_NANOS = 10_000_000_000L;

    private final ModelSource base;
    private final Compute compute;
    private final Lessons train;
    private final Lessons validation;
    private final TuneSettings settings;
    private final boolean preferences;
    private final int longest;
    private final int matrices;
    private final ProcessMemory process;
    private final TrainableDecoder decoder;
    private final Network network;
    private final DataSource source;
    private final @Nullable DataSource measured;
    private final double rate;
    private final double epochs;
    private final long steps;

    /**
     * @param base stays the caller's, and open
     * @param compute stays the caller's
     * @param train examples to learn; at least one
     * @param validation examples to measure with, perhaps none
     * @throws DalangException if the model has parts without a derivative, or no matrix of a target's name
     */
    public Tuner(ModelSource base, Compute compute, Lessons train, Lessons validation, TuneSettings settings) {
        if (train.count() == 0) throw DalangException.invalidRequest("there are no examples to learn from", "data");
        this.base = base;
        this.compute = compute;
        this.train = train;
        this.validation = validation;
        this.settings = settings;
        process = ProcessMemory.measure();
        preferences = !train.pairs().isEmpty();
        longest = Math.max(longest(train), longest(validation));
        Decoder model = Families.assemble(base, 0);
        Set<String> targets = LinearTargets.tensors(model.adaptable(), settings.targets());
        matrices = targets.size();
        Trained form = new Trained.Lora(
                targets::contains, settings.rank(), settings.alpha(), settings.dropout(), settings.seed());
        GraphSettings plain =
                GraphSettings.DEFAULT.withExact(settings.exact()).withGroupTokens(Math.max(GROUP_TOKENS, longest));
        int size = batchPositions();
        TrainableDecoder first = TrainableDecoder.of(model, compute, form, plain);
        if (first.memory(size, longest).activations() > MUCH_MEMORY) {
            first.close();
            decoder = TrainableDecoder.of(model, compute, form, plain.withCheckpointing(true));
        } else {
            decoder = first;
        }
        network = preferences ? new PreferenceNetwork(decoder, settings.beta()) : decoder;
        source = source(train, size, true);
        measured = validation.count() == 0 ? null : source(validation, size, false);
        rate = settings.rate(preferences, model.embedding());
        epochs = settings.epochs(train.count());
        steps = (long) Math.ceil(epochs * source.round());
    }

    private DataSource source(Lessons lessons, int size, boolean shuffled) {
        if (preferences) return new PairSource(lessons.pairs(), size, settings.seed(), shuffled);
        Documents documents = Documents.of(lessons.documents());
        return shuffled
                ? PackedSource.shuffled(
                        List.of(new PackedSource.Part(documents, 1)),
                        longest,
                        size,
                        LongDocuments.REFUSE,
                        settings.seed())
                : PackedSource.ordered(documents, longest, size, LongDocuments.REFUSE);
    }

    /** Positions of the longest document. */
    private static int longest(Lessons lessons) {
        int most = 1;
        for (Document d : documents(lessons)) most = Math.max(most, d.positions());
        return most;
    }

    private static List<Document> documents(Lessons lessons) {
        List<Document> all = new ArrayList<>(lessons.documents());
        for (PreferencePair p : lessons.pairs()) {
            all.add(p.chosen());
            all.add(p.rejected());
        }
        return all;
    }

    private static long sum(Lessons lessons, ToIntFunction<Document> what) {
        return documents(lessons).stream().mapToLong(what::applyAsInt).sum();
    }

    /** As many as the wished number of examples takes on average. */
    private int batchPositions() {
        long wished = settings.batch() * sum(train, Document::positions) / train.count();
        return Math.clamp(wished, longest, Math.max(longest, MAX_BATCH_POSITIONS));
    }

    /** What it will take, but for the time. */
    public TunePlan plan() {
        long parameters =
                network.parameters().stream().mapToLong(Parameter::count).sum();
        MemoryEstimate memory = decoder.memory(batchPositions(), longest);
        return new TunePlan(
                preferences,
                train.count(),
                validation.count(),
                sum(train, Document::positions),
                sum(train, Document::targets),
                longest,
                rate,
                epochs,
                steps,
                parameters,
                matrices,
                process,
                base.tensors().values().stream().mapToLong(TensorInfo::bytes).sum(),
                memory.parameters() + 8 * parameters,
                memory.activations(),
                Duration.ZERO,
                Duration.ZERO);
    }

    /** The plan with times: runs a step or two on trial, which leave nothing behind. */
    public TunePlan measured(TunePlan plan) {
        Batch batch = source.batch(0);
        long nanos = trial(batch);
        if (nanos < LONG_TRIAL_NANOS) nanos = trial(batch);
        for (Parameter p : network.parameters()) p.gradient().fill(0);
        double perPosition = (double) nanos / Math.max(1, batch.count());
        double round = perPosition * plan.positions();
        long validations = measured == null ? 0 : steps / validateEvery() + 2;
        // A look without a way back takes about a third.
        double looks = perPosition / 3 * sum(validation, Document::positions) * validations;
        return plan.withTimes(
                Duration.ofNanos((long) (round / source.round())), Duration.ofNanos((long) (round * epochs + looks)));
    }

    private long trial(Batch batch) {
        long start = System.nanoTime();
        network.forwardBackward(batch, 1f / Math.max(1, network.terms(batch)));
        return System.nanoTime() - start;
    }

    /** Twice in a round, but not at every step of a short one. */
    private int validateEvery() {
        return (int) Math.clamp(source.round() / 2, Math.min(5, steps), 100_000);
    }

    /**
     * Learns, from the beginning or from the newest checkpoint in the folder.
     *
     * @param checkpoints the folder
     * @param identity of the base model; another one's checkpoints are refused
     */
    public TuneResult run(
            Path checkpoints, boolean resume, String identity, TrainingListener listener, Cancellation cancellation) {
        double before = perplexity(false);
        TrainingListener watching = event -> {
            if (event instanceof TrainingEvent.Started || event instanceof TrainingEvent.Step) {
                decoder.atStep(event.step());
            }
            listener.on(event);
        };
        try (Trainer trainer = new Trainer(network, compute, source, measured, training(), watching, checkpoints)) {
            trainer.identity("base", identity)
                    .identity("adapter", settings.rank() + "/" + settings.alpha() + "/" + settings.dropout())
                    .identity("targets", String.join(",", settings.targets()))
                    .identity("seed", Long.toString(settings.seed()))
                    .identity("beta", preferences ? Double.toString(settings.beta()) : "none");
            Path latest = Checkpoints.latest(checkpoints);
            if (resume && latest != null) trainer.resume(latest);
            TrainingEvent.Ended ended = trainer.run(cancellation);
            TuneResult result = new TuneResult(ended, before, Double.NaN, Double.NaN);
            return result.done() ? new TuneResult(ended, before, perplexity(true), preferred()) : result;
        }
    }

    private TrainingSettings training() {
        long warmup = Math.min(steps, Math.max(1, Math.round(WARMUP * steps)));
        int every = measured == null ? 0 : validateEvery();
        return new TrainingSettings(
                steps,
                1,
                new Schedule.Cosine(rate, warmup, FLOOR),
                OPTIMIZER,
                1,
                0,
                every,
                0,
                measured == null ? 0 : settings.patience(),
                0,
                Math.max(1, validateEvery()),
                2);
    }

    /** Of the validation's answers, of pairs the chosen ones; NaN where there are none. */
    private double perplexity(boolean adapted) {
        List<Document> documents = new ArrayList<>(validation.documents());
        for (PreferencePair p : validation.pairs()) documents.add(p.chosen());
        if (documents.isEmpty()) return Double.NaN;
        DataSource all = PackedSource.ordered(Documents.of(documents), longest, batchPositions(), LongDocuments.REFUSE);
        double sum = 0;
        long targets = 0;
        decoder.adapters(adapted);
        try {
            for (long i = 0; i < all.round(); i++) {
                Batch batch = all.batch(i);
                sum += decoder.loss(batch);
                targets += batch.targetCount();
            }
        } finally {
            decoder.adapters(true);
        }
        return Math.exp(sum / Math.max(1, targets));
    }

    private double preferred() {
        if (!(network instanceof PreferenceNetwork p) || measured == null) return Double.NaN;
        long preferred = 0;
        for (long i = 0; i < measured.round(); i++) preferred += p.preferred(measured.batch(i));
        return (double) preferred / validation.count();
    }

    /** A copy of the additions as they are, for files; valid as long as the base model is open. */
    public AdapterWriter adapter() {
        List<AdapterWriter.Pair> pairs = new ArrayList<>();
        List<Parameter> all = decoder.parameters();
        for (Parameter a : all) {
            if (!a.name().endsWith(".lora_a")) continue;
            String tensor = a.name().substring(0, a.name().length() - ".lora_a".length());
            for (Parameter b : all) {
                if (b.name().equals(tensor + ".lora_b")) {
                    pairs.add(new AdapterWriter.Pair(tensor, copy(a), copy(b)));
                }
            }
        }
        return new AdapterWriter(base, pairs, settings.rank(), settings.alpha());
    }

    private static Floats copy(Parameter p) {
        Floats values = Floats.allocate(Arena.ofAuto(), p.count());
        values.copy(0, p.value(), 0, p.count());
        return values;
    }

    @Override
    public void close() {
        network.close();
    }
}
