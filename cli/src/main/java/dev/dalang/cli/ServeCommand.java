package dev.dalang.cli;

import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ServingOptions;
import dev.dalang.engine.manage.ModelEvent;
import dev.dalang.engine.manage.ModelLoader;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.hub.store.Library;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import dev.dalang.mini.BuiltIn;
import dev.dalang.server.LocalServedModels;
import dev.dalang.server.batches.OpenAiFamily;
import dev.dalang.server.ServedModels;
import dev.dalang.server.SignIn;
import dev.dalang.server.SystemRoutes;
import dev.dalang.server.guard.KeyGuard;
import dev.dalang.server.guard.KeyStore;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.guard.Sessions;
import dev.dalang.server.guard.SourceRules;
import dev.dalang.server.http.AccessLog;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.HttpServer;
import dev.dalang.server.http.HttpSettings;
import dev.dalang.server.web.WebPage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code dalang serve}: models over HTTP. The one place where the server's parts are put together. */
@Command(
        name = "serve",
        description = "Serve the models on this disk over HTTP, in the dialects of OpenAI, Anthropic and Ollama.",
        footer = {
            "",
            "Every request needs a key: `dalang keys create NAME` makes one; a browser signs in by the link that is printed.",
            "Examples: dalang serve",
            "          dalang serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --server-name llm.example"
        })
final class ServeCommand implements Callable<Integer> {

    @Mixin
    ServeFlags flags = new ServeFlags();

    @Mixin
    ModelFlags modelFlags = new ModelFlags();

    private final Surroundings around;

    ServeCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws InterruptedException {
        flags.check();
        LoadOptions options = Engine.options(modelFlags.options());
        CountDownLatch stop = new CountDownLatch(1);
        try (BeforeExit exit = new BeforeExit();
                Ledger ledger = Ledger.open(HubAccess.ledgerFile(around));
                ModelManager manager = manager(options)) {
            var registration = around.interrupt().onCancel(stop::countDown);
            try {
                serve(ledger, manager, stop);
            } finally {
                registration.close();
            }
        }
        return ExitCode.DONE;
    }

    private void serve(Ledger ledger, ModelManager manager, CountDownLatch stop) throws InterruptedException {
        ApiKey own = LocalKey.ensure(around, ledger);
        Sessions sessions = new Sessions(Clock.systemUTC());
        Quotas quotas = new Quotas();
        SourceRules sources = new SourceRules(names(), flags.corsOrigins);
        KeyGuard guard = new KeyGuard(KeyStore.of(ledger), sources, sessions, quotas, Clock.systemUTC());
        LocalServedModels models = new LocalServedModels(around.store(), manager, quotas, UnaryOperator.identity());
        AtomicReference<@Nullable HttpServer> running = new AtomicReference<>();
        List<Dialect> dialects = new ArrayList<>();
        dialects.add(new SignIn(guard, sessions, flags.secure()));
        dialects.add(new SystemRoutes(models, manager, Dalang.Version.number(), () -> isReady(running.get())));
        dialects.addAll(dialects(models));
        WebPage page = page(ledger, manager, models);
        dialects.add(page);
        // Closed from the last to the first: answers on the page end before the server waits for its connections.
        try (AccessLogFile log = AccessLogFile.open(flags.accessLog, around);
                OpenAiFamily openai = new OpenAiFamily(models, ledger, around.home().resolve("files"));
                HttpServer server = HttpServer.start(settings(log), guard, with(dialects, openai.dialects()));
                page) {
            running.set(server);
            openai.resume(guard::holder);
            ServerState state = new ServerState(
                    ProcessHandle.current().pid(),
                    address(server.port()),
                    flags.tlsCert == null
                            ? null
                            : flags.tlsCert.toAbsolutePath().toString());
            state.write(around);
            try {
                announce(state, sessions.newLink(own.id()));
                stop.await();
                around.say("stopping; answers under way have " + flags.shutdownSeconds + " s");
            } finally {
                state.remove(around);
            }
        }
    }

    private static List<Dialect> with(List<Dialect> some, List<Dialect> more) {
        List<Dialect> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    private WebPage page(Ledger ledger, ModelManager manager, LocalServedModels models) {
        LoadOptions options = Engine.options(modelFlags.options());
        return new WebPage(new WebPage.Parts(
                models,
                ledger,
                new WebShelf(around, options, models::changed),
                new WebMachine(around, manager),
                Dalang.Version.number(),
                around.builtIn().isPresent() ? BuiltIn.NAME : null,
                "Dalang is running"));
    }

    /** What clients may speak. */
    private static List<Dialect> dialects(ServedModels models) {
        return List.of();
    }

    private HttpSettings settings(AccessLog log) {
        return new HttpSettings(
                flags.host, flags.port, HttpSettings.Limits.DEFAULT, Duration.ofSeconds(flags.shutdownSeconds), log);
    }

    private ModelManager manager(LoadOptions options) {
        long memory = flags.memory();
        long limit = memory > 0 ? memory : new Machine().memoryTotal() / 5 * 4;
        Library store = around.store();
        ModelLoader loader = ModelLoader.ofFiles(name -> file(store, name), options, ServingOptions.DEFAULT);
        return new ModelManager(loader, new ModelManager.Options(limit, flags.keepAlive()), this::tell);
    }

    /** Before a file is used for the first time, what is odd about it is said, as `dalang run` does. */
    private Path file(Library store, String name) {
        Path path = LocalServedModels.path(store, name);
        new FirstUse(around).say(name, path);
        return path;
    }

    private void tell(ModelEvent event) {
        switch (event) {
            case ModelEvent.Loading e -> {
                if (e.done() == 0) around.say("loading " + e.name());
            }
            case ModelEvent.Loaded e ->
                around.say("loaded " + e.name() + " in " + Text.duration(e.time()) + ", " + Text.bytes(e.bytes()));
            case ModelEvent.LoadFailed e -> around.say("could not load " + e.name() + ": " + e.message());
            case ModelEvent.Unloaded e ->
                around.say("unloaded " + e.name()
                        + switch (e.reason()) {
                            case IDLE -> ", unused for long enough";
                            case ROOM -> " to make room";
                            case STOPPED -> "";
                        });
        }
    }

    private static boolean isReady(@Nullable HttpServer server) {
        return server != null && server.isReady();
    }

    /** The address it was told to listen on is a name by which it may be called. */
    private List<String> names() {
        List<String> names = new ArrayList<>(flags.serverNames);
        names.add(flags.host);
        return names;
    }

    /** By which this machine reaches it. */
    private String address(int port) {
        boolean any = flags.host.equals("0.0.0.0") || flags.host.equals("::") || flags.host.equals("[::]");
        String host = any ? "127.0.0.1" : flags.host;
        if (host.contains(":") && !host.startsWith("[")) host = "[" + host + "]";
        return (flags.secure() ? "https://" : "http://") + host + ":" + port;
    }

    private void announce(ServerState state, String token) {
        around.say(
                "listening on " + state.address() + (flags.isLoopback() ? "" : " and this machine's other addresses"));
        if (!flags.isLoopback() && !flags.secure()) {
            around.say("without TLS, keys and prompts can be read on the way");
        }
        around.say("key for clients on this machine: in " + LocalKey.file(around));
        around.say("sign in, once, within " + Text.duration(Sessions.LINK) + ": " + state.address() + SignIn.PATH
                + "?token=" + token);
    }
}
