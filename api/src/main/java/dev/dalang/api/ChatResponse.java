package dev.dalang.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param id the answer's id
 * @param model the model that answered
 * @param message the assistant's turn, ready to go into the next request
 * @param stopSequence the stop string that came up, or null
 * @param scores one for each token of the text, when asked for
 * @param notices what was done that the request did not ask for
 * @param details what a provider says of the answer besides: see {@link ChatEvent.Finished}
 */
public record ChatResponse(
        String id,
        String model,
        Instant created,
        Message message,
        FinishReason finishReason,
        @Nullable String stopSequence,
        Usage usage,
        Timings timings,
        List<TokenScore> scores,
        List<ChatEvent.Notice> notices,
        Map<String, String> details) {
    public ChatResponse {
        scores = List.copyOf(scores);
        notices = List.copyOf(notices);
        details = Checks.ordered(details);
    }

    /** The answer's text, without reasoning and tool calls. */
    public String text() {
        return message.text();
    }
}
