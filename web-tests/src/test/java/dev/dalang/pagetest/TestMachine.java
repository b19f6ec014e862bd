package dev.dalang.pagetest;

import dev.dalang.server.http.Json;
import dev.dalang.server.web.MachineRoom;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A machine that is always the same. */
final class TestMachine implements MachineRoom {

    private final Models models;

    TestMachine(Models models) {
        this.models = models;
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
        return Json.parse("""
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
}
