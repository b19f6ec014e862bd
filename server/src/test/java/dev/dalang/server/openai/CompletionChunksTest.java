package dev.dalang.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The stream of the completions dialect. */
class CompletionChunksTest {

    @Test
    void theLastPieceSaysWhatAWholeAnswerSays() {
        List<ObjectNode> all = new ArrayList<>();
        ChatChunks.Head head = new ChatChunks.Head("text_completion", false);
        CompletionWriter.Chunks chunks = new CompletionWriter.Chunks(head, 0, "", false, all::add);
        chunks.accept(new ChatEvent.Started("chatcmpl-1", "m", Instant.ofEpochSecond(1_700_000_000)));
        chunks.accept(new ChatEvent.TextDelta("Hello"));
        chunks.accept(new ChatEvent.Finished(
                FinishReason.LENGTH,
                null,
                new Usage(7, 3, 0, 5, 2, Map.of()),
                Timings.of(Duration.ofMillis(1)),
                Map.of("system_fingerprint", "\"fp_1\"")));
        assertThat(all).hasSize(2);
        assertThat(all.getFirst().has("system_fingerprint")).isFalse();
        assertThat(all.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("length");
        assertThat(all.getLast().path("system_fingerprint").asString()).isEqualTo("fp_1");
    }
}
