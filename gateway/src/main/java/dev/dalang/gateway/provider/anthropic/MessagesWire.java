package dev.dalang.gateway.provider.anthropic;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's Messages, version 2023-06-01. */
public final class MessagesWire implements Wire {
    /** Whose opaque parts these are. */
    static final String FAMILY = "anthropic";

    public static final Map<String, String> HEADERS = Map.of("anthropic-version", "2023-06-01");

    private final String provider;
    private final Refusals refusals;

    public MessagesWire(String provider, Refusals refusals) {
        this.provider = provider;
        this.refusals = refusals;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        MessagesWriter writer = new MessagesWriter(provider, fields);
        ObjectNode body = writer.write(request, model);
        return new Outgoing("/messages", headers(writer.betas()), body);
    }

    @Override
    public Outgoing counting(ChatRequest request, String model, Fields fields) {
        MessagesWriter writer = new MessagesWriter(provider, fields);
        ObjectNode body = writer.write(request, model);
        for (String name : new String[] {
            "max_tokens",
            "stream",
            "temperature",
            "top_p",
            "top_k",
            "stop_sequences",
            "service_tier",
            "metadata",
            "container"
        }) {
            body.remove(name);
        }
        return new Outgoing("/messages/count_tokens", headers(writer.betas()), body);
    }

    private static Map<String, String> headers(@Nullable String betas) {
        return betas == null ? Map.of() : Map.of("anthropic-beta", betas);
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new MessagesReader(answer, refusals, model);
    }

    @Override
    public String sealer(String model) {
        return FAMILY;
    }

    @Override
    public String modelsPath() {
        return "/models?limit=1000";
    }
}
