package dev.dalang.cli;

import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ServingOptions;
import dev.dalang.engine.manage.ModelEvent;
import dev.dalang.engine.manage.ModelLoader;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.Ledger;
import dev.dalang.mini.BuiltIn;
import dev.dalang.server.LinkedServedModels;
import dev.dalang.server.LocalServedModels;
import dev.dalang.server.ServedModels;
import dev.dalang.server.SignIn;
import dev.dalang.server.SystemRoutes;
import dev.dalang.server.anthropic.AnthropicDialect;
import dev.dalang.server.batches.OpenAiFamily;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.KeyGuard;
import dev.dalang.server.guard.KeyStore;
import dev.dalang.server.guard.Quotas;
import dev.dalang.server.guard.Sessions;
import dev.dalang.server.guard.SourceRules;
import dev.dalang.server.http.AccessLog;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.HttpServer;
import dev.dalang.server.http.HttpSettings;
import dev.dalang.server.http.OpenApi;
import dev.dalang.server.http.RouteTable;
import dev.dalang.server.llamacpp.LlamaCppDialect;
import dev.dalang.server.metrics.MetricsRoute;
import dev.dalang.server.metrics.ServerMetrics;
import dev.dalang.server.ollama.OllamaDialect;
import dev.dalang.server.trace.Tracing;
import dev.dalang.server.web.WebPage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang serve}: models over HTTP. The one place where the server's parts are put together. */
@Command(
        name = "serve",
        description = "Serve the models on this disk over HTTP, in the dialects of OpenAI, Anthropic and Ollama.",
        footer = {
            "",
            "Every request needs a key: `dalang keys create NAME` makes one; a browser signs in by the link that is"
                    + " printed.",
            "Examples: dalang serve",
            "          dalang serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --server-name llm.example"
        })
final class ServeCommand implements Callable<Integer> {

    private static final String VERSION = Dalang.Version.number();

    @Mixin
    ServeFlags flags = new ServeFlags();

    @Mixin
    ModelFlags modelFlags = new ModelFlags();

    @Mixin
    NetFlags net = new NetFlags();

    @Option(
            names = {"--licence-policy", "--license-policy"},
            paramLabel = "RULES",
            description = "Licences that clients may not pull, as for `dalang pull`.")
    @Nullable
    String licencePolicy;

    @Mixin
    OtlpFlags otlp = new OtlpFlags();

    @Mixin
    MeterFlags meter = new MeterFlags();

    @Mixin
    LedgerFlags ledgerFlags = new LedgerFlags();

    private final Surroundings around;

    ServeCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws InterruptedException {
        flags.check();
        otlp.check();
        LoadOptions options = Engine.options(modelFlags.options());
        warnOfTooLittle(flags.memory());
        CountDownLatch stop = new CountDownLatch(1);
        try (BeforeExit _ = new BeforeExit();
                Ledger ledger = ledgerFlags.open(around);
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
        AtomicReference<@Nullable HttpServer> running = new AtomicReference<>();
        ServerMetrics metrics = new ServerMetrics(() -> SystemRoutes.stats(manager), () -> connections(running.get()));
        SourceRules sources = new SourceRules(names(), flags.corsOrigins);
        KeyGuard guard = new KeyGuard(KeyStore.of(ledger), sources, sessions, quotas, Clock.systemUTC());
        LocalServedModels local = new LocalServedModels(around.store(), manager, quotas, metrics::around);
        // As whom a route asks models of this machine: whoever may use the route may use them.
        Caller route = Caller.all("route");
        Chain.Local here = name -> local.chat(name, null, route);
        try (OtlpFlags.Traces traces = otlp.open(around, net);
                Chain chain = new Chain(around, net, meter, ledger, here, quotas, traces.tracing())) {
            ServedModels models = new LinkedServedModels(local, chain);
            List<Dialect> dialects = new ArrayList<>(List.of(
                    new SignIn(guard, sessions, flags.secure()),
                    new SystemRoutes(local, manager, VERSION, () -> isReady(running.get())),
                    new MetricsRoute(metrics),
                    new OpenApi(VERSION, () -> routes(running.get())),
                    new AnthropicDialect(models),
                    new OllamaDialect(
                            models,
                            around.store(),
                            new ServerPull(around, net, licencePolicy),
                            local::changed,
                            VERSION),
                    new LlamaCppDialect(models, VERSION)));
            WebPage page = page(ledger, manager, models, local);
            dialects.add(page);
            OpenAiFamily openai = new OpenAiFamily(models, ledger, around.home().resolve("files"));
            dialects.addAll(openai.dialects());
            chain.prepare();
            run(dialects, page, openai, guard, metrics, traces.tracing(), running, sessions.newLink(own.id()), stop);
        }
    }

    private void run(
            List<Dialect> dialects,
            WebPage page,
            OpenAiFamily openai,
            KeyGuard guard,
            ServerMetrics metrics,
            Tracing tracing,
            AtomicReference<@Nullable HttpServer> running,
            String link,
            CountDownLatch stop)
            throws InterruptedException {
        // Closed from the last to the first: answers on the page end before the server waits for its connections.
        try (AccessLogFile log = AccessLogFile.open(flags.accessLog, around);
                openai;
                HttpServer server = HttpServer.start(settings(both(metrics, log), tracing), guard, dialects);
                page) {
            running.set(server);
            openai.resume(guard::holder);
            ServerState state = new ServerState(
                    ProcessHandle.current().pid(),
                    address(server.port()),
                    flags.isLoopback(),
                    flags.tlsCert == null
                            ? null
                            : flags.tlsCert.toAbsolutePath().toString(),
                    flags.clientCa != null);
            state.write(around);
            try {
                announce(state, link);
                stop.await();
                around.say("stopping; answers under way have " + flags.shutdownSeconds + " s");
            } finally {
                state.remove(around);
            }
        }
    }

    private WebPage page(Ledger ledger, ModelManager manager, ServedModels models, LocalServedModels local) {
        LoadOptions options = Engine.options(modelFlags.options());
        return new WebPage(new WebPage.Parts(
                models,
                ledger,
                new WebShelf(around, options, local::changed),
                new WebMachine(around, manager),
                VERSION,
                around.builtIn().isPresent() ? BuiltIn.NAME : null,
                OllamaDialect.ALIVE));
    }

    private HttpSettings settings(AccessLog log, Tracing tracing) {
        return new HttpSettings(
                flags.host,
                flags.port,
                flags.tls(),
                HttpSettings.Limits.DEFAULT,
                Duration.ofSeconds(flags.shutdownSeconds),
                log,
                tracing.requests());
    }

    private ModelManager manager(LoadOptions options) {
        long memory = flags.memory();
        long limit = memory > 0 ? memory : new Machine().memoryTotal() / 5 * 4;
        Library store = around.store();
        ModelLoader loader = ModelLoader.ofFiles(
                name -> file(store, name),
                name -> LocalServedModels.options(store, name, options),
                ServingOptions.DEFAULT.withMemoryBytes(memory).withCacheBytes(flags.cache()));
        return new ModelManager(loader, new ModelManager.Options(limit, flags.keepAlive()), this::tell);
    }

    /** A limit in which nothing fits is most often a slip of the unit; hosted models need none. */
    private void warnOfTooLittle(long memory) {
        if (memory == 0) return;
        around.store().list().stream()
                .min(Comparator.comparingLong(InstalledModel::bytes))
                .filter(smallest -> smallest.bytes() > memory)
                .ifPresent(smallest -> around.say("no model of this machine fits into --model-memory "
                        + Text.bytes(memory) + ": the smallest, " + smallest.name() + ", has "
                        + Text.bytes(smallest.bytes())));
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
            case ModelEvent.Loaded e -> {
                around.say("loaded " + e.name() + " in " + Text.duration(e.time()) + ", " + Text.bytes(e.bytes()));
                if (e.slower() != null) around.say(e.slower());
            }
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

    private static AccessLog both(AccessLog first, AccessLog second) {
        return entry -> {
            first.log(entry);
            second.log(entry);
        };
    }

    private static int connections(@Nullable HttpServer server) {
        return server == null ? 0 : server.connections();
    }

    private static RouteTable routes(@Nullable HttpServer server) {
        if (server == null) throw new IllegalStateException("a request came before the server was there");
        return server.routes();
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
        around.say("sign in a browser, once, within an hour: " + state.address() + SignIn.PATH + "?token=" + token);
    }
}
