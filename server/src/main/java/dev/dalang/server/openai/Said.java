package dev.dalang.server.openai;

import dev.dalang.api.FinishReason;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.util.Collection;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Parts of an answer that whole and streamed answers say in the same words. */
final class Said {

    private Said() {}

    /** {@code finish_reason}. */
    static String finish(FinishReason reason) {
        return switch (reason) {
            case END_OF_TURN, STOP_SEQUENCE, PAUSED, CANCELLED -> "stop";
            case LENGTH, CONTEXT_FULL -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER, REFUSAL -> "content_filter";
        };
    }

    /** What the answers to one prompt took together: the prompt counts once, however many answers it got. */
    static Usage together(Collection<Usage> answers) {
        return new Usage(
                answers.stream().mapToInt(Usage::promptTokens).max().orElse(0),
                answers.stream().mapToInt(Usage::cachedTokens).min().orElse(0),
                0,
                answers.stream().mapToInt(Usage::completionTokens).sum(),
                answers.stream().mapToInt(Usage::reasoningTokens).sum(),
                Map.of());
    }

    /** {@code usage} of one or more prompts. */
    static ObjectNode total(Collection<Usage> prompts) {
        int prompt = prompts.stream().mapToInt(Usage::promptTokens).sum();
        int completion = prompts.stream().mapToInt(Usage::completionTokens).sum();
        ObjectNode usage = Json.object()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", Math.addExact(prompt, completion));
        usage.putObject("prompt_tokens_details")
                .put(
                        "cached_tokens",
                        prompts.stream().mapToInt(Usage::cachedTokens).sum());
        usage.putObject("completion_tokens_details")
                .put(
                        "reasoning_tokens",
                        prompts.stream().mapToInt(Usage::reasoningTokens).sum());
        return usage;
    }

    /** {@code service_tier}, {@code system_fingerprint} and the like, as the provider said them. */
    static void details(ObjectNode answer, Map<String, String> details) {
        details.forEach((name, json) -> {
            if (!answer.has(name)) answer.set(name, Json.parse(json));
        });
    }
}
