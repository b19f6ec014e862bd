package dev.dalang.gateway.provider.google;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Line;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;
import tools.jackson.databind.node.ObjectNode;

/** Gemini, at AI Studio ({@code …/v1beta}) or Vertex ({@code …/v1/projects/P/locations/L/publishers/google}). */
public final class GeminiWire implements Wire {
    private final String provider;
    private final Refusals refusals;
    private final boolean vertex;

    public GeminiWire(String provider, Refusals refusals, boolean vertex) {
        this.provider = provider;
        this.refusals = refusals;
        this.vertex = vertex;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        return new Outgoing(
                path(model) + ":streamGenerateContent?alt=sse",
                new GeminiWriter(provider, fields).write(request, model));
    }

    @Override
    public Outgoing counting(ChatRequest request, String model, Fields fields) {
        ObjectNode body = new GeminiWriter(provider, fields).write(request, model);
        body.remove("toolConfig");
        body.remove("safetySettings");
        ObjectNode out = body;
        if (vertex) {
            body.remove("generationConfig");
        } else {
            out = Json.object();
            out.set("generateContentRequest", body.put("model", "models/" + model));
        }
        return new Outgoing(path(model) + ":countTokens", out);
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new GeminiReader(answer, refusals, model);
    }

    @Override
    public String sealer(String model) {
        return GeminiContent.FAMILY;
    }

    @Override
    public String modelsPath() {
        return vertex ? "" : "/models?pageSize=1000";
    }

    private static String path(String model) {
        return "/models/" + Line.segment(model);
    }
}
