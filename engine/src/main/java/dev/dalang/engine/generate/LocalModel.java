package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model file on this machine, behind the doorway.
 *
 * <p>Requests from several threads take turns. The sequence of the last answer is kept, so that a conversation's next
 * turn reads only what is new.
 */
public final class LocalModel implements ChatModel, AutoCloseable {

    private static final long POLL_MILLIS = 20;

    private final String name;
    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final PromptEncoder prompts;
    private final Sampling defaults;
    private final Set<String> controlTokens;
    private final Duration loadTime;
    private final ReentrantLock turn = new ReentrantLock(true);
    private @Nullable CachedSequence cached;
    private @Nullable Speculator speculator;
    private int mostGuesses;
    private @Nullable Forms forms;

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
        long start = System.nanoTime();
        ModelSource source = ModelSources.open(path);
        LocalModel model;
        try {
            model = new LocalModel(nameOf(path), source, options, start);
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

    private LocalModel(String name, ModelSource source, LoadOptions options, long start) {
        this.name = name;
        this.tokenizer = ModelSources.tokenizer(source);
        this.defaults = ModelSources.sampling(source);
        this.runner = new ModelRunner(source, options);
        this.prompts = new PromptEncoder(source, tokenizer);
        this.controlTokens = IntStream.range(0, tokenizer.vocabularySize())
                .filter(tokenizer::isControl)
                .mapToObj(tokenizer::token)
                .collect(Collectors.toUnmodifiableSet());
        this.loadTime = Duration.ofNanos(System.nanoTime() - start);
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

    /** The positions that prompt and answer may take together. */
    public int contextLength() {
        return runner.contextLength();
    }

    public Duration loadTime() {
        return loadTime;
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        Answer answer = new Answer(this, defaults, request, cancellation, events);
        if (!awaitTurn(cancellation)) {
            answer.cancelledBeforeStart();
            return;
        }
        try {
            if (cached != null && !cached.adapters().equals(answer.adapters())) {
                cached.close();
                cached = null;
            }
            if (cached == null) cached = new CachedSequence(runner, answer.adapters(), speculator, mostGuesses);
            answer.run(cached);
        } catch (RuntimeException | Error e) {
            // The sequence may hold half of a pass.
            if (cached != null) cached.close();
            cached = null;
            throw e;
        } finally {
            turn.unlock();
        }
    }

    @Override
    public int countTokens(ChatRequest request) {
        return prompts.count(request);
    }

    private boolean awaitTurn(Cancellation cancellation) {
        try {
            while (!turn.tryLock(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                if (cancellation.isCancelled()) return false;
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Waits for the answer that runs, then unmaps the model. */
    @Override
    public void close() {
        turn.lock();
        try {
            if (cached != null) cached.close();
            cached = null;
            if (speculator != null) speculator.close();
            Forms f = forms;
            if (f != null) f.close();
            runner.close();
        } finally {
            turn.unlock();
        }
    }
}
