package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's Responses. */
public final class ResponsesWire implements Wire {
    private final String provider;
    private final Refusals refusals;
    private final Function<String, String> path;

    public ResponsesWire(String provider, Refusals refusals, Function<String, String> path) {
        this.provider = provider;
        this.refusals = refusals;
        this.path = path;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        return new Outgoing(path.apply(model), new ResponsesWriter(provider, fields).write(request, model));
    }

    @Override
    public Outgoing counting(ChatRequest request, String model, Fields fields) {
        ObjectNode body = new ResponsesWriter(provider, fields).write(request, model);
        ObjectNode out = Json.object();
        for (String name : new String[] {
            "model",
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "text",
            "reasoning",
            "truncation",
            "previous_response_id",
            "conversation"
        }) {
            if (body.has(name)) out.set(name, body.get(name));
        }
        return new Outgoing(path.apply(model).replaceFirst("/responses", "/responses/input_tokens"), out);
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new ResponsesReader(answer, refusals, model);
    }
}
