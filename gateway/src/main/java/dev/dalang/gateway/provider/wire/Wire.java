package dev.dalang.gateway.provider.wire;

import dev.dalang.api.ChatRequest;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** How a provider's protocol is spoken: from the doorway to its request, and from its stream back. Holds no state. */
public interface Wire {

    /** What to send for one streamed answer; fields that the protocol has no place for stay in {@code fields}. */
    Outgoing write(ChatRequest request, String model, Fields fields);

    /** Takes one answer apart. */
    AnswerReader reader(ChatRequest request, String model, Answer answer);

    /** Cuts the stream into messages; server-sent events by default. */
    default Frames frames(InputStream body) {
        return new SseReader(body, MAX_EVENT_BYTES);
    }

    /** The path (and query) that lists the models, or null where the provider has no such list. */
    default String modelsPath() {
        return "/models";
    }

    /**
     * The family whose members read each other's proofs of reasoning, such as a publisher's models wherever they run, or
     * null where the provider alone reads its own.
     */
    default @Nullable String sealer(String model) {
        return null;
    }

    /** Where the prompt's tokens are counted without an answer, or null where the provider does not offer it. */
    default @Nullable Outgoing counting(ChatRequest request, String model, Fields fields) {
        return null;
    }

    /** Pictures come whole, in one event. */
    int MAX_EVENT_BYTES = 64 << 20;
}
