package dev.dalang.gateway.provider.cohere;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;

/** Cohere's Chat, version 2. */
public final class CohereWire implements Wire {
    private final String provider;
    private final Refusals refusals;

    public CohereWire(String provider, Refusals refusals) {
        this.provider = provider;
        this.refusals = refusals;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        return new Outgoing("/v2/chat", new CohereWriter(provider, fields).write(request, model));
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new CohereReader(answer, refusals, model);
    }

    @Override
    public String modelsPath() {
        return "/v1/models?page_size=1000";
    }
}
