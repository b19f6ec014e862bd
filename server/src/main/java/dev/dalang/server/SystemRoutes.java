package dev.dalang.server;

import dev.dalang.api.ChatModel;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.SchedulerStats;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.engine.manage.ModelManager;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The server about itself: signs of life, what is in memory, and unloading it. */
public final class SystemRoutes implements Dialect {

    private final ServedModels models;
    private final ModelManager manager;
    private final String version;
    private final BooleanSupplier ready;
    private final Instant started = Instant.now();

    /**
     * @param version of the program
     * @param ready whether new work is taken on
     */
    public SystemRoutes(ServedModels models, ModelManager manager, String version, BooleanSupplier ready) {
        this.models = models;
        this.manager = manager;
        this.version = version;
        this.ready = ready;
    }

    @Override
    public String name() {
        return "system";
    }

    @Override
    public ErrorShape errors() {
        return ErrorShape.plain();
    }

    @Override
    public void routes(Routes routes) {
        routes.open("GET", "/health", x -> x.send(200, Json.object().put("status", "ok")));
        routes.open("GET", "/health/ready", this::ready);
        routes.get("/dalang/server/status", Scope.READ, this::status);
        routes.post("/dalang/server/unload", Scope.ADMIN, this::unload);
    }

    private void ready(Exchange x) {
        boolean yes = ready.getAsBoolean();
        x.send(yes ? 200 : 503, Json.object().put("status", yes ? "ok" : "stopping"));
    }

    private void status(Exchange x) {
        Map<String, SchedulerStats> work = stats(manager);
        ArrayNode list = Json.array();
        for (LoadedModel m : models.loaded(x.caller())) {
            ObjectNode o = list.addObject();
            o.put("name", m.name());
            o.put("state", m.state().name().toLowerCase(Locale.ROOT));
            o.put("bytes", m.bytes());
            o.put("requests", m.requests());
            o.put("pinned", m.pinned());
            Duration expires = m.expires();
            if (expires == null) o.putNull("expires_in");
            else o.put("expires_in", Math.max(0, expires.toMillis()) / 1000.0);
            SchedulerStats stats = work.get(m.name());
            if (stats != null) add(o, stats);
        }
        ObjectNode answer = Json.object();
        answer.put("version", version);
        answer.put("started_at", started.toString());
        answer.put("pid", ProcessHandle.current().pid());
        answer.put("ready", ready.getAsBoolean());
        answer.set("models", list);
        x.send(200, answer);
    }

    /** The work of the models in memory. */
    public static Map<String, SchedulerStats> stats(ModelManager manager) {
        Map<String, SchedulerStats> all = new LinkedHashMap<>();
        manager.each(SystemRoutes::stats).forEach((name, s) -> s.ifPresent(some -> all.put(name, some)));
        return all;
    }

    private static Optional<SchedulerStats> stats(ChatModel model) {
        return model instanceof LocalModel local ? Optional.of(local.stats()) : Optional.empty();
    }

    private static void add(ObjectNode o, SchedulerStats s) {
        o.put("running", s.running());
        o.put("waiting", s.waiting());
        o.put("cache_active_bytes", s.activeBytes());
        o.put("cache_used_bytes", s.usedBytes());
        o.put("cache_limit_bytes", s.limitBytes());
        o.put("steps", s.steps());
        o.put("prompt_tokens", s.promptTokens());
        o.put("cached_tokens", s.cachedTokens());
        o.put("answer_tokens", s.answerTokens());
        o.put("preemptions", s.preemptions());
    }

    private void unload(Exchange x) {
        Fields fields = x.fields();
        String model = fields.requireText("model");
        fields.done();
        x.send(200, Json.object().put("model", model).put("was_loaded", models.unload(model, x.caller())));
    }
}
