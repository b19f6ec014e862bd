package dev.dalang.train.recipe;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.data.Documents;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.PackedSource;
import dev.dalang.train.export.ModelExport;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.MemoryEstimate;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.graph.Shape;
import dev.dalang.train.graph.TrainableDecoder;
import dev.dalang.train.loop.Checkpoints;
import dev.dalang.train.loop.ProcessMemory;
import dev.dalang.train.loop.Trainer;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import dev.dalang.train.loop.TrainingSettings;
import dev.dalang.train.report.RunLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A recipe carried out: data and vocabulary are made ready, the network is trained, and models and a report are written
 * into the recipe's folder, which holds afterwards
 *
 * <ul>
 *   <li>{@code recipe.toml}, the recipe as it was run, and {@code log.jsonl}, what happened;
 *   <li>{@code checkpoints}, to go on from;
 *   <li>{@code vocabulary.gguf} and {@code tokenizer.json};
 *   <li>{@code NAME-TYPE.gguf} for each type, {@code huggingface}, and {@code report.html}.
 * </ul>
 */
public final class TrainingRun implements AutoCloseable {

    private static final long WARM_UP_NANOS = 4_000_000_000L;
    private static final long MEASURED_NANOS = 3_000_000_000L;

    private final Recipe recipe;
    private final Vocabulary vocabulary;
    private final Tokenizer tokenizer;
    private final ProcessMemory process;
    private @Nullable RunLog written;
    private final Metadata metadata;
    private final Shape shape;
    private final Corpus corpus;
    private final PackedSource data;
    private final @Nullable DataSource validation;
    private final TrainingSettings settings;
    private final Compute compute;
    private @Nullable TrainableDecoder network;

    private TrainingRun(Recipe recipe, Vocabulary vocabulary, List<RawSource> raw, Consumer<String> said) {
        this.recipe = recipe;
        this.vocabulary = vocabulary;
        tokenizer = vocabulary.tokenizer();
        shape = recipe.shape().with(vocabulary.size());
        metadata = ModelMetadata.of(recipe.about(), shape, vocabulary, template(recipe));
        corpus = Corpus.of(recipe, raw, tokenizer, metadata, said);
        Recipe.TrainingPlan t = recipe.training();
        if (corpus.training().isEmpty()) throw DalangException.invalidRequest("there is nothing to learn from", "data");
        data = PackedSource.shuffled(corpus.training(), shape.context(), t.batch(), LongDocuments.SPLIT, t.seed());
        validation = corpus.heldOut().count() == 0
                ? null
                : PackedSource.ordered(corpus.heldOut(), shape.context(), t.batch(), LongDocuments.SPLIT);
        long steps =
                t.steps() > 0 ? t.steps() : Math.max(1, (long) Math.ceil(t.rounds() * data.round() / t.accumulation()));
        settings = t.settings(steps, recipe.samples().every());
        int threads = t.threads() == 0 ? Runtime.getRuntime().availableProcessors() : t.threads();
        compute = new Compute(KernelTier.named(t.graph().exact() ? "exact" : "auto"), threads);
        process = ProcessMemory.measure();
    }

    /**
     * Reads the data and makes the vocabulary; nothing is written yet.
     *
     * @param resume whether the run goes on with the vocabulary that it began with
     * @param said hears what was left out or changed, and what is being done, one line each
     * @throws DalangException if something in the recipe cannot be had or does not fit together
     */
    public static TrainingRun prepare(Recipe recipe, boolean resume, Consumer<String> said) {
        List<RawSource> raw = recipe.data().sources().stream()
                .map(plan -> RawSource.read(recipe, plan))
                .toList();
        Vocabulary saved = resume ? Vocabulary.saved(recipe.output().folder()) : null;
        if (saved == null && recipe.tokenizer() instanceof Recipe.TokenizerPlan.Learned l) {
            said.accept("learning a vocabulary of " + l.settings().size() + " tokens");
        }
        Vocabulary vocabulary = saved == null ? Vocabulary.of(recipe, raw) : saved;
        if (recipe.output().folderType() != null && vocabulary.json() == null) {
            throw DalangException.invalidRequest(
                    recipe.file().getFileName()
                            + ": output.huggingface needs a tokenizer.json, and a vocabulary from a GGUF file has none:"
                            + " set it to \"none\", or name the tokenizer.json",
                    "output.huggingface");
        }
        return new TrainingRun(recipe, vocabulary, raw, said);
    }

    private static @Nullable String template(Recipe recipe) {
        if (recipe.template() == null)
            return recipe.start() == null ? null : recipe.start().template();
        try {
            return Files.readString(recipe.template());
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(
                            recipe.template() + " cannot be read: " + e.getMessage(),
                            recipe.template().toString()),
                    e);
        }
    }

    public Recipe recipe() {
        return recipe;
    }

    /** The processor's instructions and threads that it computes with. */
    public String machine() {
        return compute.kernels().description() + ", " + compute.threads()
                + (compute.threads() == 1 ? " thread" : " threads");
    }

    /** What the run will be; costs next to nothing. */
    public RunPlan plan() {
        Recipe.TrainingPlan t = recipe.training();
        MemoryEstimate memory = network == null
                ? TrainableDecoder.memory(shape, compute, t.graph(), t.batch(), shape.context())
                : network.memory(t.batch(), shape.context());
        long parameters = shape.parameterCount();
        long round = RunPlan.tokens(data.intake());
        // Batches of a round differ in length, the last one most.
        long batch = Math.round((double) roundPositions() / data.round()) * t.accumulation();
        long optimizer = Trainer.stateBytes(parameters, settings) - 8 * parameters;
        return new RunPlan(
                parameters,
                shape.vocabulary(),
                settings.steps(),
                batch,
                round,
                data.round(),
                data.fill(),
                flopsPerToken() * settings.steps() * batch,
                memory.total(),
                optimizer,
                4 * corpus.sources().stream().mapToLong(Corpus.Counted::tokens).sum(),
                process,
                Trainer.checkpointBytes(parameters, settings),
                corpus.sources().stream().map(TrainingRun::described).toList());
    }

    /** Positions of all batches of a round, repetitions by weight counted. */
    private long roundPositions() {
        double sum = 0;
        for (int i = 0; i < corpus.training().size(); i++) {
            sum += corpus.training().get(i).weight() * data.intake().get(i).positions();
        }
        return Math.round(sum);
    }

    /**
     * Two for each weight that a token meets on its way, and twice as many on the way back (Kaplan et al. 2020,
     * arXiv:2001.08361), and as much for each earlier token that it looks at.
     */
    private double flopsPerToken() {
        long embeddings = (long) shape.vocabulary() * shape.embedding();
        double weights = shape.parameterCount() - (shape.tied() ? 0 : embeddings);
        double pieces = data.intake().stream().mapToLong(i -> i.pieces()).sum();
        double seen = RunPlan.tokens(data.intake()) / Math.max(1, pieces) / 2;
        double attention = 2.0 * shape.layers() * shape.heads() * shape.headDim() * seen;
        return 6 * (weights + attention);
    }

    private static RunPlan.Source described(Corpus.Counted c) {
        Recipe.SourcePlan plan = c.plan();
        return new RunPlan.Source(
                plan.name(),
                RecipeTable.word(plan.kind()),
                plan.licence(),
                c.files(),
                c.characters(),
                c.documents(),
                c.tokens(),
                plan.weight(),
                c.heldOut(),
                c.leftOut());
    }

    /** Tokens a second that this machine trains at just now: measured on some batches, whose effect is forgotten. */
    public double measureSpeed() {
        TrainableDecoder n = network();
        // Until the JVM has compiled what runs, the figures mean nothing.
        long warm = System.nanoTime();
        long index = 0;
        do {
            pass(n, index++);
        } while (System.nanoTime() - warm < WARM_UP_NANOS);
        long tokens = 0;
        long start = System.nanoTime();
        long nanos;
        do {
            tokens += pass(n, index++);
            nanos = System.nanoTime() - start;
        } while (nanos < MEASURED_NANOS);
        for (Parameter p : n.parameters()) p.gradient().fill(0);
        return tokens / (nanos / 1e9);
    }

    private int pass(TrainableDecoder n, long index) {
        Batch batch = data.batch(index);
        n.forwardBackward(batch, 1f / Math.max(1, batch.targetCount()));
        return batch.count();
    }

    private TrainableDecoder network() {
        TrainableDecoder n = network;
        if (n == null) {
            PretrainedModel start = recipe.start();
            Recipe.TrainingPlan t = recipe.training();
            n = start == null
                    ? TrainableDecoder.fresh(shape, t.seed(), compute, t.graph())
                    : start.network(compute, t.graph());
            network = n;
        }
        return n;
    }

    /** The folder's checkpoints. */
    private Path checkpoints() {
        return recipe.output().folder().resolve("checkpoints");
    }

    /**
     * Trains to the end, or until told to stop. The log is written besides what {@code listener} hears.
     *
     * @param resume go on from the newest checkpoint, where there is one
     * @throws DalangException (invalid request) if the folder holds checkpoints and they are not resumed, or are of
     *     another recipe; (storage) if it cannot be written
     */
    public TrainingEvent.Ended train(boolean resume, TrainingListener listener, Cancellation cancellation) {
        Path folder = recipe.output().folder();
        Path checkpoint = Checkpoints.latest(checkpoints());
        if (checkpoint != null && !resume) {
            throw DalangException.invalidRequest(
                    folder + " holds a run that was begun, up to " + checkpoint.getFileName()
                            + ": --resume goes on with it, and --output names another folder",
                    "output");
        }
        begin(folder, checkpoint == null);
        Sampler sampler = new Sampler(recipe, network(), metadata, compute.threads());
        RunLog log = new RunLog(folder.resolve("log.jsonl"));
        written = log;
        try (log;
                Trainer trainer = new Trainer(
                        network(),
                        compute,
                        data,
                        validation,
                        settings,
                        event -> {
                            log.on(event);
                            listener.on(event);
                        },
                        checkpoints())) {
            trainer.identity("shape", shape.toString())
                    .identity("seed", Long.toString(recipe.training().seed()));
            if (recipe.start() != null) {
                trainer.identity("start", recipe.start().file().getFileName().toString());
            }
            if (recipe.samples().every() > 0) trainer.sampler(sampler::text);
            if (checkpoint != null) trainer.resume(checkpoint);
            return trainer.run(cancellation);
        }
    }

    /** Why the log lacks its end, for a person; null if it does not. */
    public @Nullable String logProblem() {
        return written == null ? null : written.problem();
    }

    /** Makes the folder, and writes down what the run is; a new run forgets the log of one that left no checkpoint. */
    private void begin(Path folder, boolean fresh) {
        try {
            Files.createDirectories(folder);
            if (fresh) Files.deleteIfExists(folder.resolve("log.jsonl"));
            StringBuilder text = new StringBuilder(recipe.text());
            for (String o : recipe.overrides()) text.append("\n# --set ").append(o);
            Files.writeString(folder.resolve("recipe.toml"), text.append('\n'));
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(folder + " cannot be written: " + e.getMessage(), folder.toString()), e);
        }
        vocabulary.save(folder);
    }

    /**
     * Writes what was learned in all forms that the recipe asks for; of a model that began from nothing, tokens that the
     * data lacks are settled before (see {@link UnseenTokens}).
     *
     * @return the files and folders
     */
    public List<Path> export(Cancellation cancellation) {
        if (recipe.start() == null) {
            List<Documents> learned =
                    corpus.training().stream().map(PackedSource.Part::documents).toList();
            UnseenTokens.settle(
                    network().parameters(),
                    UnseenTokens.seen(learned),
                    tokenizer::isControl,
                    recipe.training().seed());
        }
        return new ModelExport(network().source(metadata), recipe.about(), compute.threads())
                .write(
                        recipe.output().folder(),
                        recipe.output().gguf(),
                        recipe.output().folderType(),
                        vocabulary.json(),
                        cancellation);
    }

    /** Writes the report. */
    public Path report() {
        return new RunReport(this, plan()).write();
    }

    @Override
    public void close() {
        if (network != null) network.close();
        compute.close();
    }
}
