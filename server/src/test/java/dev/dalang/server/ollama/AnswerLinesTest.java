package dev.dalang.server.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class AnswerLinesTest {

    private static final List<ChatEvent> ANSWER = List.of(
            new ChatEvent.Started("id", "file-name", Instant.EPOCH),
            new ChatEvent.ReasoningDelta("hm"),
            new ChatEvent.ReasoningSignature("s", null),
            new ChatEvent.TokenScores(List.of(new TokenScore(1, "a", -0.5f, new byte[] {97}, List.of()))),
            new ChatEvent.TextDelta("a"),
            new ChatEvent.ToolCallStarted(0, "call_1", "f"),
            new ChatEvent.ToolCallDelta(0, "{\"x\""),
            new ChatEvent.ToolCallDelta(0, ":1}"),
            new ChatEvent.ToolCallFinished(0),
            new ChatEvent.Finished(
                    FinishReason.TOOL_CALLS,
                    null,
                    Usage.of(3, 4),
                    new Timings(
                            Duration.ofNanos(50),
                            Duration.ofNanos(1),
                            Duration.ofNanos(2),
                            Duration.ofNanos(3),
                            null)));

    private static List<ObjectNode> lines(AnswerForm form) {
        List<ObjectNode> lines = new ArrayList<>();
        ANSWER.forEach(new AnswerLines(form, "m", List.of(), text -> new int[] {7}, lines::add));
        return lines;
    }

    @Test
    void saysEachPieceInALineAndAllOfItAtTheEnd() {
        List<ObjectNode> lines = lines(AnswerForm.CHAT);
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0).path("message").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"}");
        assertThat(lines.get(1).path("logprobs").toString())
                .isEqualTo("[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":[]}]");
        assertThat(lines.get(2).path("message").path("tool_calls").toString())
                .isEqualTo("[{\"id\":\"call_1\",\"function\":{\"index\":0,\"name\":\"f\",\"arguments\":{\"x\":1}}}]");
        ObjectNode last = lines.get(3);
        assertThat(last.path("done").asBoolean()).isTrue();
        assertThat(last.path("done_reason").asString()).isEqualTo("stop");
        assertThat(last.path("total_duration").asLong()).isEqualTo(50);
        assertThat(last.path("prompt_eval_count").asInt()).isEqualTo(3);
        assertThat(last.path("eval_count").asInt()).isEqualTo(4);
        assertThat(last.path("notices").toString()).contains("signed reasoning");
        assertThat(lines.stream().filter(l -> l.path("model").asString().equals("m")))
                .hasSize(4);
    }

    @Test
    void saysTheSameAtOnce() {
        for (AnswerForm form : AnswerForm.values()) {
            WholeAnswer whole = new WholeAnswer(form, "m", List.of(), text -> new int[] {7});
            ANSWER.forEach(whole);
            ObjectNode answer = whole.answer();
            JsonNode said = form == AnswerForm.CHAT ? answer.path("message") : answer;
            assertThat(said.path(form == AnswerForm.CHAT ? "content" : "response")
                            .asString())
                    .isEqualTo("a");
            assertThat(said.path("thinking").asString()).isEqualTo("hm");
            assertThat(said.path("tool_calls").size()).isEqualTo(1);
            assertThat(answer.path("logprobs").size()).isEqualTo(1);
            assertThat(answer.path("context").toString()).isEqualTo("[7]");
            for (var e : lines(form).getLast().properties())
                assertThat(answer.has(e.getKey())).isTrue();
        }
    }
}
