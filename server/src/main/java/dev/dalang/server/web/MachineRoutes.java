package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** This machine: what is in memory, how busy it is and was, what leaves it, and who may use it. */
final class MachineRoutes implements AutoCloseable {

    private static final int EGRESS_SHOWN = 200;
    private static final int DAYS_MOST = 3650;

    private final ServedModels models;
    private final MachineRoom room;
    private final KeyDesk keys;
    private final History history;

    MachineRoutes(ServedModels models, MachineRoom room, KeyDesk keys) {
        this.models = models;
        this.room = room;
        this.keys = keys;
        this.history = new History(room::counters);
    }

    void routes(Routes routes) {
        routes.get("/dalang/machine/now", Scope.READ, this::now);
        routes.get("/dalang/machine/doctor", Scope.READ, x -> x.send(200, room.doctor()));
        routes.get("/dalang/machine/egress", Scope.ADMIN, this::egress);
        routes.get("/dalang/machine/keys", Scope.ADMIN, this::keys);
        routes.post("/dalang/machine/keys", Scope.ADMIN, this::create);
        routes.post("/dalang/machine/keys/revoke", Scope.ADMIN, this::revoke);
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

    private void keys(Exchange x) {
        ArrayNode all = Json.array();
        for (KeyDesk.Key k : keys.list()) all.add(node(k));
        ObjectNode answer = Json.object().put("own", x.caller().id());
        answer.set("keys", all);
        x.send(200, answer);
    }

    private void create(Exchange x) {
        Fields f = x.fields();
        String name = f.requireText("name");
        List<String> scopes = f.texts("scopes");
        List<String> allowed = f.texts("models");
        Integer days = f.integer("days");
        f.done();
        if (name.isBlank() || name.length() > 100) throw f.invalid("name", "has 1 to 100 characters");
        if (scopes == null || scopes.isEmpty()) throw f.invalid("scopes", "must name at least one");
        for (String s : scopes) if (Scope.of(s) == null) throw f.invalid("scopes", "holds the unknown scope " + s);
        Set<String> given = new LinkedHashSet<>(scopes);
        for (String scope : given) {
            Scope wanted = Scope.of(scope);
            // Nobody gives away what they do not have.
            if (wanted == null || !x.caller().may(wanted) || x.caller().models() != null) {
                throw new DalangException(
                        new Failure.PermissionDenied("this key may not make one with the scope " + scope));
            }
        }
        if (days != null && (days < 1 || days > DAYS_MOST)) throw f.invalid("days", "must be 1 to " + DAYS_MOST);
        List<String> models = allowed == null || allowed.isEmpty() ? null : allowed;
        KeyDesk.Made made = keys.create(name.strip(), given, models, days == null ? null : Duration.ofDays(days));
        ObjectNode answer = Json.object().put("secret", made.secret());
        answer.set("key", node(made.key()));
        x.responseHeader("Cache-Control", "no-store");
        x.send(200, answer);
    }

    private void revoke(Exchange x) {
        Fields f = x.fields();
        String id = f.requireText("id");
        f.done();
        keys.revoke(id);
        x.send(200, Json.object().put("id", id));
    }

    private static ObjectNode node(KeyDesk.Key k) {
        ObjectNode node = Json.object().put("id", k.id()).put("name", k.name());
        ArrayNode scopes = Json.array();
        k.scopes().forEach(scopes::add);
        node.set("scopes", scopes);
        if (k.models() != null) {
            ArrayNode models = Json.array();
            k.models().forEach(models::add);
            node.set("models", models);
        }
        node.put("created", k.created().toEpochMilli());
        put(node, "expires", k.expires());
        put(node, "revoked", k.revoked());
        put(node, "used", k.used());
        return node;
    }

    private static void put(ObjectNode node, String name, @Nullable Instant time) {
        node.put(name, time == null ? null : time.toEpochMilli());
    }

    @Override
    public void close() {
        history.close();
    }
}
