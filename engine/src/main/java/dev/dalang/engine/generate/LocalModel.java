package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import dev.dalang.engine.cache.CachePool;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model file on this machine, behind the doorway.
 *
 * <p>Requests from several threads are answered together: each pass through the model takes them all a step further, and
 * each gets the answer that it would get alone ({@link Scheduler}). What their prompts have in common is read once, and
 * kept for later ones as far as memory allows, so that a conversation's next turn reads only what is new.
 */
public final class LocalModel implements ChatModel, AutoCloseable {

    /** Even a small machine holds a conversation. */
    private static final long LEAST_CACHE = 64 << 20;

    /** Longer than any answer takes. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private final String name;
    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final PromptEncoder prompts;
    private final Sampling defaults;
    private final Set<String> controlTokens;
    private final Duration loadTime;
    private final CachePool pool;
    private final SchedulerThread scheduler;
    private final long epoch = System.nanoTime();
    private @Nullable Speculator speculator;
    private int mostGuesses;
    private @Nullable Forms forms;
    private boolean closed;

    /**
     * Opens a model: maps its weights, which costs milliseconds whatever its size, and starts its threads.
     *
     * @param path a GGUF file, or a folder in the layout of Hugging Face's hub
     * @throws DalangException if it is missing, broken, of a kind not known here, or its parts do not fit together
     */
    public static LocalModel open(Path path, LoadOptions options) {
        return open(path, options, Speculation.NONE);
    }

    /** As {@link #open(Path, LoadOptions)}, with tokens guessed and checked together where that was asked for. */
    public static LocalModel open(Path path, LoadOptions options, Speculation speculation) {
        return open(path, options, speculation, ServingOptions.DEFAULT);
    }

    /** As {@link #open(Path, LoadOptions, Speculation)}, for as many requests and in as much memory as is said. */
    public static LocalModel open(Path path, LoadOptions options, Speculation speculation, ServingOptions serving) {
        long start = System.nanoTime();
        KernelTier.prepare(options.kernels(), options.cpuFeatures());
        ModelSource source = ModelSources.open(path);
        LocalModel model;
        try {
            model = new LocalModel(nameOf(path), source, options, serving, start);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        try {
            model.speculate(speculation);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * A model that is in no file, such as one in training; its tokenizer is in its metadata.
     *
     * @param name for messages
     * @param source closed with the model, and at once if it cannot be made
     */
    public static LocalModel of(String name, ModelSource source, LoadOptions options) {
        try {
            return new LocalModel(name, source, options, ServingOptions.DEFAULT, System.nanoTime());
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private void speculate(Speculation speculation) {
        if (speculation instanceof Speculation.None) return;
        if (runner.decoder().isRecurrent()) {
            throw DalangException.unsupported(
                    "guessed tokens cannot be taken back from this model's recurrent layers: leave out --lookup and "
                            + "--model-draft",
                    "model-draft");
        }
        switch (speculation) {
            case Speculation.None n -> {}
            case Speculation.Lookup l -> {
                speculator = new PromptLookup();
                mostGuesses = l.most();
            }
            case Speculation.Draft d -> {
                speculator = new DraftModel(d.model(), tokenizer, runner.options(), runner.contextLength());
                mostGuesses = d.most();
            }
        }
    }

    private LocalModel(String name, ModelSource source, LoadOptions options, ServingOptions serving, long start) {
        this.name = name;
        this.tokenizer = ModelSources.tokenizer(source);
        this.defaults = ModelSources.sampling(source);
        this.runner = new ModelRunner(source, options);
        this.prompts = new PromptEncoder(source, tokenizer);
        this.controlTokens = IntStream.range(0, tokenizer.vocabularySize())
                .filter(tokenizer::isControl)
                .mapToObj(tokenizer::token)
                .collect(Collectors.toUnmodifiableSet());
        this.pool = runner.newPool(cacheBytes(source, serving));
        this.scheduler = new SchedulerThread(
                name,
                new Scheduler(
                        limits(options, serving),
                        pool,
                        runner.forScheduler(),
                        runner.phasesAgree(),
                        runner.decoder().outputs(),
                        this::now));
        this.loadTime = Duration.ofNanos(System.nanoTime() - start);
    }

    private static SchedulerLimits limits(LoadOptions options, ServingOptions serving) {
        int step = Math.max(options.batch(), SchedulerLimits.LEAST_STEP_TOKENS);
        return new SchedulerLimits(step, options.batch(), step / 2, serving.queued(), serving.queuedPerUser());
    }

    /** What was said, or half of what the weights leave of the memory. */
    private static long cacheBytes(ModelSource source, ServingOptions serving) {
        if (serving.cacheBytes() > 0) return serving.cacheBytes();
        long memory = serving.memoryBytes() > 0 ? serving.memoryBytes() : HostMemory.total();
        return Math.max(LEAST_CACHE, (memory - weightBytes(source)) / 2);
    }

    private static long weightBytes(ModelSource source) {
        return source.tensors().values().stream().mapToLong(TensorInfo::bytes).sum();
    }

    private long now() {
        return System.nanoTime() - epoch;
    }

    private static String nameOf(Path path) {
        Path file = path.getFileName();
        String s = file == null ? path.toString() : file.toString();
        return s.endsWith(".gguf") ? s.substring(0, s.length() - ".gguf".length()) : s;
    }

    @Override
    public String name() {
        return name;
    }

    public ModelSource source() {
        return runner.source();
    }

    public ModelRunner runner() {
        return runner;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public PromptEncoder prompts() {
        return prompts;
    }

    /** Grammars for this vocabulary; made when the first answer asks for a form. */
    synchronized Forms forms() {
        Forms f = forms;
        if (f == null) {
            f = new Forms(tokenizer, Math.min(runner.decoder().vocabulary(), tokenizer.vocabularySize()));
            forms = f;
        }
        return f;
    }

    /** The spellings of the vocabulary's control tokens. */
    Set<String> controlTokens() {
        return controlTokens;
    }

    /**
     * Loads an adapter, which requests may then name; see {@link ModelRunner#addAdapter}. Answers under way go on as
     * they began.
     */
    public void addAdapter(String name, Path path) {
        runner.addAdapter(name, path);
    }

    /** The adapters that requests may name. */
    public Set<String> adapters() {
        return runner.adapterNames();
    }

    /** The positions that prompt and answer may take together, as far as the cache has memory for one request. */
    public int contextLength() {
        return Math.min(runner.contextLength(), pool.mostPositions());
    }

    /** Bytes of the weights, and of what the requests use beside them. */
    public long bytes() {
        return weightBytes(runner.source()) + scheduler.stats().usedBytes();
    }

    /** How busy the model is. */
    public SchedulerStats stats() {
        return scheduler.stats();
    }

    public Duration loadTime() {
        return loadTime;
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Duration allowed = request.timeout();
        long deadline =
                allowed == null || allowed.compareTo(LONGEST) > 0 ? Generation.NEVER : now() + allowed.toNanos();
        if (runner.decoder().bidirectional()) {
            throw DalangException.unsupported(
                    request.model() + " is an encoder: it gives embeddings, not answers", "chat");
        }
        Mailbox mailbox = new Mailbox();
        Answer answer = new Answer(this, defaults, request, cancellation, deadline, mailbox);
        scheduler.submit(answer);
        mailbox.deliver(events, answer::cancelled, answer::leave);
    }

    /** Tokens that may follow the first {@code length}, where guessing was asked for. */
    int[] guess(int[] ids, int length) {
        int most = Math.min(mostGuesses, contextLength() - length);
        return speculator == null || most <= 0 ? new int[0] : speculator.guess(ids, length, most);
    }

    @Override
    public int countTokens(ChatRequest request) {
        return prompts.count(request);
    }

    /** Takes no more requests on, waits for those that it has, then unmaps the model. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
        }
        scheduler.close();
        pool.close();
        if (speculator != null) speculator.close();
        Forms f = forms;
        if (f != null) f.close();
        runner.close();
    }
}
