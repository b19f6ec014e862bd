package dev.dalang.server.web;

import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** This machine: what is in memory, how busy it is and was, and what leaves it. */
final class MachineRoutes implements AutoCloseable {

    private static final int EGRESS_SHOWN = 200;

    private final ServedModels models;
    private final MachineRoom room;
    private final History history;

    MachineRoutes(ServedModels models, MachineRoom room) {
        this.models = models;
        this.room = room;
        this.history = new History(room::counters);
    }

    void routes(Routes routes) {
        routes.get("/dalang/machine/now", Scope.READ, this::now);
        routes.get("/dalang/machine/doctor", Scope.READ, x -> x.send(200, room.doctor()));
        routes.get("/dalang/machine/egress", Scope.ADMIN, this::egress);
    }

    private void now(Exchange x) {
        ArrayNode loaded = Json.array();
        for (LoadedModel m : models.loaded(x.caller())) {
            Duration expires = m.expires();
            loaded.add(Json.object()
                    .put("name", m.name())
                    .put("state", m.state().name().toLowerCase(Locale.ROOT))
                    .put("bytes", m.bytes())
                    .put("requests", m.requests())
                    .put("pinned", m.pinned())
                    .put("expires_ms", expires == null ? null : expires.toMillis()));
        }
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        MachineRoom.Counters c = room.counters();
        ObjectNode answer = Json.object()
                .put("running", c.running())
                .put("waiting", c.waiting())
                .put("prompt_tokens", c.promptTokens())
                .put("answer_tokens", c.answerTokens())
                .put("cache_bytes", c.cacheBytes())
                .put("model_bytes", c.modelBytes())
                .put("heap_bytes", heap.getUsed())
                .put("heap_limit_bytes", heap.getMax())
                .put("uptime_ms", ManagementFactory.getRuntimeMXBean().getUptime());
        answer.set("loaded", loaded);
        answer.set("history", history.tree());
        x.send(200, answer);
    }

    private void egress(Exchange x) {
        ArrayNode lines = Json.array();
        for (JsonNode line : room.egress(EGRESS_SHOWN)) lines.add(line);
        ObjectNode answer = Json.object();
        answer.set("lines", lines);
        x.send(200, answer);
    }

    @Override
    public void close() {
        history.close();
    }
}
