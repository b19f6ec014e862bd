package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.ChatRequest;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Frames;
import dev.dalang.gateway.provider.wire.Line;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Wire;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Amazon Bedrock's ConverseStream. */
public final class ConverseWire implements Wire {
    private final String provider;
    private final Refusals refusals;

    public ConverseWire(String provider, Refusals refusals) {
        this.provider = provider;
        this.refusals = refusals;
    }

    @Override
    public Outgoing write(ChatRequest request, String model, Fields fields) {
        return new Outgoing(
                "/model/" + Line.segment(model) + "/converse-stream",
                new ConverseWriter(provider, fields).write(request, model));
    }

    @Override
    public AnswerReader reader(ChatRequest request, String model, Answer answer) {
        return new ConverseReader(answer, refusals, model);
    }

    @Override
    public Frames frames(InputStream body) {
        return new EventStream(body, MAX_EVENT_BYTES);
    }

    /** Claude's hold at Anthropic too. */
    @Override
    public @Nullable String sealer(String model) {
        return model.contains("anthropic.") ? "anthropic" : null;
    }

    /** Models are listed by another service of AWS. */
    @Override
    public String modelsPath() {
        return "";
    }
}
