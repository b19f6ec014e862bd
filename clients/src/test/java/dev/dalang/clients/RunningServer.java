package dev.dalang.clients;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ServingOptions;
import dev.dalang.engine.manage.ModelLoader;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Shipped;
import dev.dalang.ledger.Ledger;
import dev.dalang.mini.BuiltIn;
import dev.dalang.server.LocalServedModels;
import dev.dalang.server.anthropic.AnthropicDialect;
import dev.dalang.server.batches.OpenAiFamily;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.HttpServer;
import dev.dalang.server.http.HttpSettings;
import dev.dalang.server.llamacpp.LlamaCppDialect;
import dev.dalang.server.ollama.OllamaDialect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The server as it runs: a socket on the loopback, the built-in model and a tiny one by its path, a ledger on disk. Two
 * keys, so that one can try to see what is the other's.
 */
public final class RunningServer implements AutoCloseable {

    public static final String KEY = "sk-test-one";
    public static final String OTHER_KEY = "sk-test-two";
    public static final String MINI = BuiltIn.NAME;

    private final Ledger ledger;
    private final ModelManager manager;
    private final OpenAiFamily openai;
    private final HttpServer server;
    private final FaultyModels faults;
    private final Path tiny;

    private RunningServer(Path home) {
        this.tiny = TinyModel.write(home);
        this.ledger = Ledger.open(home.resolve("ledger.db"));
        Library library = new Library(home, Map.of());
        Optional<BuiltIn> builtIn = BuiltIn.shipped();
        if (builtIn.isPresent()) library = library.with(new Built(builtIn.get(), home));
        Library all = library;
        LoadOptions options = new LoadOptions("auto", "", 2, TinyModel.CONTEXT, BlockType.F16, 256, Map.of());
        this.manager = new ModelManager(
                ModelLoader.ofFiles(
                        name -> LocalServedModels.path(all, name),
                        name -> LocalServedModels.options(all, name, options),
                        ServingOptions.DEFAULT.withCacheBytes(64 << 20).withQueued(64, 64)),
                new ModelManager.Options(1L << 30, Duration.ofMinutes(5)),
                event -> {});
        LocalServedModels local = new LocalServedModels(all, manager, new Quotas(), model -> model);
        this.faults = new FaultyModels(local);
        this.openai = new OpenAiFamily(faults, ledger, home.resolve("files"));
        List<Dialect> dialects = new ArrayList<>(openai.dialects());
        dialects.add(new AnthropicDialect(faults));
        dialects.add(new OllamaDialect(faults, all, null, local::changed, "test"));
        dialects.add(new LlamaCppDialect(faults, "test"));
        this.server = HttpServer.start(HttpSettings.loopback(0), new TwoKeys(), dialects);
        openai.resume(id -> Optional.of(Caller.all(id)));
    }

    public static RunningServer start(Path home) {
        return new RunningServer(home);
    }

    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** The tiny model's name: its path, which holds slashes. */
    public String tiny() {
        return tiny.toString();
    }

    /** Models whose answers fail, on purpose. */
    FaultyModels faults() {
        return faults;
    }

    /** Requests that models are answering now. */
    public int busy() {
        return manager.list().stream().mapToInt(m -> m.requests()).sum();
    }

    @Override
    public void close() {
        openai.close();
        server.close();
        manager.close();
        ledger.close();
    }

    private record Built(BuiltIn model, Path home) implements Shipped {
        @Override
        public String name() {
            return MINI;
        }

        @Override
        public long bytes() {
            return model.bytes();
        }

        @Override
        public Digest digest() {
            return new Digest(model.digest());
        }

        @Override
        public Path file() {
            return model.file(home);
        }
    }

    private static final class TwoKeys implements Guard {
        @Override
        public void checkSource(RequestHead head) {}

        @Override
        public Caller authenticate(RequestHead head) {
            List<String> given = new ArrayList<>(head.headers("authorization"));
            for (String key : head.headers("x-api-key")) given.add("Bearer " + key);
            if (given.equals(List.of("Bearer " + KEY))) return Caller.all("one");
            if (given.equals(List.of("Bearer " + OTHER_KEY))) return Caller.all("two");
            throw new DalangException(new Failure.Unauthenticated("an API key is needed"));
        }
    }
}
