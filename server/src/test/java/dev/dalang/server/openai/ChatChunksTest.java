package dev.dalang.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Timings;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The stream of the chat dialect, chunk by chunk, as its clients read it. */
class ChatChunksTest {

    private static final ChatEvent.Started STARTED =
            new ChatEvent.Started("chatcmpl-1", "m", Instant.ofEpochSecond(1_700_000_000));

    static ChatEvent.Finished finished(FinishReason reason) {
        return new ChatEvent.Finished(
                reason, null, new Usage(7, 3, 0, 5, 2, Map.of()), Timings.of(Duration.ofMillis(1)));
    }

    private static List<ObjectNode> chunks(boolean usage, boolean logprobs, ChatEvent... events) {
        List<ObjectNode> out = new ArrayList<>();
        ChatChunks chunks = new ChatChunks(new ChatChunks.Head("chat.completion.chunk", usage), 0, logprobs, out::add);
        for (ChatEvent e : events) chunks.accept(e);
        return out;
    }

    private static JsonNode choice(ObjectNode chunk) {
        return chunk.get("choices").get(0);
    }

    private static String delta(ObjectNode chunk) {
        return choice(chunk).get("delta").toString();
    }

    @Test
    void roleThenPiecesThenAnEmptyDelta() {
        List<ObjectNode> all = chunks(
                false,
                false,
                STARTED,
                new ChatEvent.ReasoningDelta("hm"),
                new ChatEvent.TextDelta("Hel"),
                new ChatEvent.TextDelta("lo"),
                finished(FinishReason.END_OF_TURN));
        assertThat(all.stream().map(ChatChunksTest::delta))
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"reasoning_content\":\"hm\"}",
                        "{\"content\":\"Hel\"}",
                        "{\"content\":\"lo\"}",
                        "{}");
        assertThat(all).allSatisfy(c -> {
            assertThat(c.get("id").stringValue()).isEqualTo("chatcmpl-1");
            assertThat(c.get("object").stringValue()).isEqualTo("chat.completion.chunk");
            assertThat(c.get("created").asLong()).isEqualTo(1_700_000_000);
            assertThat(c.get("model").stringValue()).isEqualTo("m");
            assertThat(c.has("usage")).isFalse();
        });
        assertThat(all.subList(0, 4))
                .allSatisfy(
                        c -> assertThat(choice(c).get("finish_reason").isNull()).isTrue());
        assertThat(choice(all.getLast()).get("finish_reason").stringValue()).isEqualTo("stop");
    }

    @Test
    void usageIsNullUntilItsOwnChunk() {
        List<ObjectNode> all = chunks(true, false, STARTED, finished(FinishReason.LENGTH));
        assertThat(all).allSatisfy(c -> assertThat(c.get("usage").isNull()).isTrue());
        assertThat(choice(all.getLast()).get("finish_reason").stringValue()).isEqualTo("length");
        ChatChunks.Head head = new ChatChunks.Head("chat.completion.chunk", true);
        head.begin(STARTED);
        ObjectNode last = head.last(List.of(new Usage(7, 3, 0, 5, 2, Map.of()), new Usage(7, 7, 0, 4, 0, Map.of())));
        assertThat(last.get("choices").isEmpty()).isTrue();
        assertThat(last.get("usage").toString())
                .isEqualTo("{\"prompt_tokens\":7,\"completion_tokens\":9,\"total_tokens\":16,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":3},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":2}}");
    }

    @Test
    void callsComeByIndexWithTheirNameOnce() {
        List<ObjectNode> all = chunks(
                false,
                false,
                STARTED,
                new ChatEvent.ToolCallStarted(0, "c0", "f"),
                new ChatEvent.ToolCallStarted(1, "c1", "g"),
                new ChatEvent.ToolCallDelta(0, "{\"a\""),
                new ChatEvent.ToolCallDelta(1, "{}"),
                new ChatEvent.ToolCallDelta(0, ":1}"),
                new ChatEvent.ToolCallFinished(0),
                new ChatEvent.ToolCallFinished(1),
                finished(FinishReason.TOOL_CALLS));
        assertThat(all.subList(1, 6).stream()
                        .map(c ->
                                choice(c).get("delta").get("tool_calls").get(0).toString()))
                .containsExactly(
                        "{\"index\":0,\"id\":\"c0\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}",
                        "{\"index\":1,\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}",
                        "{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}",
                        "{\"index\":1,\"function\":{\"arguments\":\"{}\"}}",
                        "{\"index\":0,\"function\":{\"arguments\":\":1}\"}}");
        assertThat(choice(all.getLast()).get("finish_reason").stringValue()).isEqualTo("tool_calls");
    }

    @Test
    void noticesAreSaid() {
        ChatEvent.Notice notice = new ChatEvent.Notice("truncated", "2 messages", Map.of("dropped_messages", "[0, 1]"));
        List<ObjectNode> all =
                chunks(false, false, STARTED, notice, new ChatEvent.TextDelta("a"), finished(FinishReason.END_OF_TURN));
        assertThat(all.get(1).get("notices").toString())
                .isEqualTo(
                        "[{\"code\":\"truncated\",\"message\":\"2 messages\",\"details\":{\"dropped_messages\":[0,1]}}]");
        assertThat(all.get(2).has("notices")).isFalse();
    }

    private static ChatEvent score(String... tokens) {
        List<TokenScore> scores = new ArrayList<>();
        for (String t : tokens) {
            scores.add(new TokenScore(1, t, -0.5f, t.getBytes(StandardCharsets.UTF_8), List.of()));
        }
        return new ChatEvent.TokenScores(scores);
    }

    @Test
    void scoresAreThoseOfTheText() {
        List<ObjectNode> all = chunks(
                false,
                true,
                STARTED,
                score("<think>"),
                score("hm"),
                new ChatEvent.ReasoningDelta("hm"),
                score("</think>"),
                score("\n"),
                score("He"),
                score("llo"),
                // Held back, as a stop string might have begun.
                new ChatEvent.TextDelta("Hel"),
                score(" wor"),
                new ChatEvent.TextDelta("lo wo"),
                new ChatEvent.TextDelta("r"),
                finished(FinishReason.STOP_SEQUENCE));
        StringBuilder text = new StringBuilder();
        for (ObjectNode c : all) {
            JsonNode logprobs = choice(c).get("logprobs");
            if (logprobs == null) continue;
            assertThat(logprobs.get("refusal").isNull()).isTrue();
            for (JsonNode token : logprobs.get("content"))
                text.append(token.get("token").stringValue());
        }
        assertThat(text.toString()).isEqualTo("Hello wor");
    }
}
