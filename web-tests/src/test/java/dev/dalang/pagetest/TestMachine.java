package dev.dalang.pagetest;

import dev.dalang.server.http.Json;
import dev.dalang.server.web.KeyDesk;
import dev.dalang.server.web.MachineRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A machine and its keys, in memory. */
final class TestMachine implements MachineRoom, KeyDesk {

    private final Models models;
    private final List<Key> keys = new ArrayList<>();

    TestMachine(Models models) {
        this.models = models;
        keys.add(new Key(
                "key-1",
                "this browser",
                List.of("inference", "read", "admin"),
                null,
                Instant.parse("2026-11-01T10:00:00Z"),
                null,
                null,
                Instant.now()));
    }

    @Override
    public Counters counters() {
        var stats = models.miniStats();
        return new Counters(
                stats.promptTokens(),
                stats.answerTokens(),
                stats.running(),
                stats.waiting(),
                stats.usedBytes(),
                12_000_000);
    }

    @Override
    public JsonNode doctor() {
        return Json.parse(
                """
                {"dalang":{"version":"test","home":"here"},"java":{"version":"25.0.1","vendor":"Eclipse Adoptium"},
                 "cpu":{"name":"A processor","cores":2,"features":["avx2","fma"]},
                 "engine":{"kernels":"native","slower":null},"memory":{"total_bytes":8200000000,"available_bytes":5100000000},"disk_free_bytes":52000000000,"gpus":[]}
                """);
    }

    @Override
    public List<JsonNode> egress(int most) {
        return List.of(
                Json.parse(
                        "{\"event\":\"open\",\"id\":\"1\",\"at\":\"2026-11-25T09:12:11Z\",\"purpose\":\"pull\",\"address\":\"https://huggingface.co/api/models/Qwen/Qwen3-4B-GGUF\",\"to\":\"huggingface.co\"}"),
                Json.parse("{\"event\":\"close\",\"id\":\"1\",\"status\":200,\"bytes\":48211}"));
    }

    @Override
    public synchronized List<Key> list() {
        return List.copyOf(keys);
    }

    @Override
    public synchronized Made create(
            String name, Set<String> scopes, @Nullable List<String> allowed, @Nullable Duration lasts) {
        Instant now = Instant.now();
        Key key = new Key(
                "key-" + (keys.size() + 1),
                name,
                List.copyOf(scopes),
                allowed,
                now,
                lasts == null ? null : now.plus(lasts),
                null,
                null);
        keys.add(key);
        return new Made(key, "sk-test-" + keys.size());
    }

    @Override
    public synchronized void revoke(String id) {
        keys.replaceAll(k -> k.id().equals(id)
                ? new Key(
                        k.id(), k.name(), k.scopes(), k.models(), k.created(), k.expires(), Instant.now(), k.used())
                : k);
    }
}
