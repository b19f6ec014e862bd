package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.ledger.ApiKey;
import dev.dalang.ledger.ApiKeys;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.guard.Secrets;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The server's keys: listed, made, revoked, by those who may. */
final class KeyDesk {

    private static final int DAYS_MOST = 3650;
    private static final int NAME_MOST = 200;

    private final ApiKeys keys;

    KeyDesk(ApiKeys keys) {
        this.keys = keys;
    }

    void routes(Routes routes) {
        routes.get("/dalang/machine/keys", Scope.ADMIN, this::list);
        routes.post("/dalang/machine/keys", Scope.ADMIN, this::create);
        routes.post("/dalang/machine/keys/revoke", Scope.ADMIN, this::revoke);
    }

    private void list(Exchange x) {
        ArrayNode all = Json.array();
        for (ApiKey k : keys.all()) all.add(node(k));
        ObjectNode answer = Json.object().put("own", x.caller().id());
        answer.set("keys", all);
        x.send(200, answer);
    }

    private void create(Exchange x) {
        Fields f = x.fields();
        String name = f.requireText("name").strip();
        List<String> scopes = f.texts("scopes");
        List<String> models = f.texts("models");
        Integer days = f.integer("days");
        f.done();
        if (name.isEmpty() || name.length() > NAME_MOST || name.chars().anyMatch(Character::isISOControl)) {
            throw f.invalid("name", "is one line of 1 to " + NAME_MOST + " characters");
        }
        if (scopes == null || scopes.isEmpty()) throw f.invalid("scopes", "must name at least one");
        for (String s : scopes) checkScope(f, s, x.caller());
        if (models != null && models.stream().anyMatch(String::isBlank))
            throw f.invalid("models", "holds an empty name");
        if (days != null && (days < 1 || days > DAYS_MOST)) throw f.invalid("days", "must be 1 to " + DAYS_MOST);
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        if (keys.all().stream().anyMatch(k -> k.name().equals(name) && k.isGood(now))) {
            throw f.invalid("name", "is that of a key already; take another, or revoke that key first");
        }
        String secret = Secrets.newKey();
        ApiKey key = new ApiKey(
                Secrets.newId(),
                name,
                Secrets.hash(secret),
                scopes.stream().distinct().toList(),
                models == null || models.isEmpty() ? null : models,
                null,
                null,
                now,
                days == null ? null : now.plus(Duration.ofDays(days)),
                null,
                null);
        keys.add(key);
        ObjectNode answer = Json.object().put("secret", secret);
        answer.set("key", node(key));
        x.responseHeader("Cache-Control", "no-store");
        x.send(200, answer);
    }

    /** Nobody gives away what they do not have. */
    private static void checkScope(Fields f, String word, Caller caller) {
        Scope scope = Scope.of(word);
        if (scope == null) throw f.invalid("scopes", "holds the unknown scope " + word);
        if (!caller.may(scope) || caller.models() != null) {
            throw new DalangException(new Failure.PermissionDenied("this key may not make one with the scope " + word));
        }
    }

    private void revoke(Exchange x) {
        Fields f = x.fields();
        String id = f.requireText("id");
        f.done();
        if (!keys.revoke(id, Instant.now())) throw f.invalid("id", "names no key that could be revoked");
        x.send(200, Json.object().put("id", id));
    }

    private static ObjectNode node(ApiKey k) {
        ObjectNode node = Json.object().put("id", k.id()).put("name", k.name());
        ArrayNode scopes = Json.array();
        k.scopes().forEach(scopes::add);
        node.set("scopes", scopes);
        List<String> models = k.models();
        if (models != null) {
            ArrayNode list = Json.array();
            models.forEach(list::add);
            node.set("models", list);
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
}
