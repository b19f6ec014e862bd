package dev.dalang.server.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.FinishReason;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class MessageStreamTest {

    private static final ChatEvent STARTED = new ChatEvent.Started("chatcmpl-1", "m", Instant.EPOCH);

    private static ChatEvent finished(FinishReason reason) {
        Usage usage = new Usage(100, 60, 10, 7, 2, Map.of());
        return new ChatEvent.Finished(reason, null, usage, Timings.of(Duration.ofMillis(3)));
    }

    private static List<ObjectNode> stream(boolean hides, List<ChatEvent> events) {
        List<ObjectNode> out = new ArrayList<>();
        MessageStream stream = new MessageStream(hides, (name, data) -> out.add(data));
        events.forEach(stream);
        return out;
    }

    @Test
    void countsThePromptAtTheStartAndCachesApartAtTheEnd() {
        List<ObjectNode> out = stream(
                false,
                List.of(
                        STARTED,
                        new ChatEvent.PromptProgress(50, 100),
                        new ChatEvent.PromptProgress(100, 100),
                        new ChatEvent.TextDelta("hi"),
                        finished(FinishReason.END_OF_TURN)));
        assertThat(out.stream().map(e -> e.path("type").asString()).toList())
                .containsExactly(
                        "message_start",
                        "ping",
                        "content_block_start",
                        "ping",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop");
        JsonNode message = out.getFirst().path("message");
        assertThat(message.path("id").asString()).isEqualTo("msg_1");
        assertThat(message.path("usage").path("input_tokens").asInt()).isEqualTo(100);
        JsonNode usage = out.get(6).path("usage");
        assertThat(usage.toString())
                .isEqualTo("{\"input_tokens\":30,\"cache_creation_input_tokens\":10,\"cache_read_input_tokens\":60,"
                        + "\"output_tokens\":7}");
    }

    @Test
    void thinksInABlockOfItsOwnWithItsSignature() {
        List<ChatEvent> events = List.of(
                STARTED,
                new ChatEvent.ReasoningDelta("a"),
                new ChatEvent.ReasoningDelta("b"),
                new ChatEvent.ReasoningSignature("proof", null),
                new ChatEvent.TextDelta("c"),
                finished(FinishReason.END_OF_TURN));
        assertThat(content(stream(false, events)).toString())
                .isEqualTo("[{\"type\":\"thinking\",\"thinking\":\"ab\",\"signature\":\"proof\"},"
                        + "{\"type\":\"text\",\"text\":\"c\"}]");
        assertThat(content(stream(true, events)).toString())
                .isEqualTo("[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"proof\"},"
                        + "{\"type\":\"text\",\"text\":\"c\"}]");
    }

    @Test
    void tellsWhatWasDoneUnasked() {
        List<ObjectNode> out =
                stream(false, List.of(STARTED, new ChatEvent.Notice("code", "words"), finished(FinishReason.LENGTH)));
        JsonNode delta = out.get(out.size() - 2);
        assertThat(delta.path("delta").path("stop_reason").asString()).isEqualTo("max_tokens");
        assertThat(delta.path("notices").toString()).isEqualTo("[{\"code\":\"code\",\"message\":\"words\"}]");
    }

    /** Whatever comes, blocks follow one another, and what a client puts together is what the whole answer would be. */
    @Property(tries = 500)
    void keepsTheGrammarAndLosesNothing(@ForAll("answers") List<ChatEvent> events) {
        List<ObjectNode> out = stream(false, events);
        int open = -1;
        int last = -1;
        for (int i = 0; i < out.size(); i++) {
            JsonNode e = out.get(i);
            switch (e.path("type").asString()) {
                case "message_start" -> assertThat(i).isZero();
                case "content_block_start" -> {
                    assertThat(open).isEqualTo(-1);
                    open = e.path("index").asInt();
                    assertThat(open).isEqualTo(++last);
                }
                case "content_block_delta" ->
                    assertThat(e.path("index").asInt()).isEqualTo(open);
                case "content_block_stop" -> {
                    assertThat(e.path("index").asInt()).isEqualTo(open);
                    open = -1;
                }
                case "message_delta" -> assertThat(open).isEqualTo(-1);
                case "message_stop" -> assertThat(i).isEqualTo(out.size() - 1);
                default -> assertThat(e.path("type").asString()).isEqualTo("ping");
            }
        }
        ResponseCollector collector = new ResponseCollector();
        events.forEach(collector);
        ChatResponse whole = collector.response();
        assertThat(texts(content(out)))
                .isEqualTo(texts((ArrayNode) MessageWriter.write(whole, false).path("content")));
    }

    /** Of each kind all that was said: where calls came interleaved the order may differ. */
    private static List<String> texts(ArrayNode content) {
        StringBuilder text = new StringBuilder();
        StringBuilder thinking = new StringBuilder();
        List<String> calls = new ArrayList<>();
        for (JsonNode b : content) {
            text.append(b.path("text").asString(""));
            thinking.append(b.path("thinking").asString(""));
            if (b.has("input")) calls.add(b.path("id").asString() + b.path("input"));
        }
        calls.addFirst(text.toString());
        calls.addFirst(thinking.toString());
        return calls;
    }

    /** As the vendors' clients put it together. */
    private static ArrayNode content(List<ObjectNode> out) {
        ArrayNode content = Json.array();
        List<StringBuilder> inputs = new ArrayList<>();
        for (JsonNode e : out) {
            if (e.path("type").asString().equals("content_block_start")) {
                content.add(e.path("content_block").deepCopy());
                inputs.add(new StringBuilder());
            }
            JsonNode delta = e.path("delta");
            if (!delta.has("type")) continue;
            int index = e.path("index").asInt();
            ObjectNode block = (ObjectNode) content.get(index);
            switch (delta.path("type").asString()) {
                case "text_delta" ->
                    block.put(
                            "text",
                            block.path("text").asString() + delta.path("text").asString());
                case "thinking_delta" ->
                    block.put(
                            "thinking",
                            block.path("thinking").asString()
                                    + delta.path("thinking").asString());
                case "signature_delta" ->
                    block.put("signature", delta.path("signature").asString());
                case "input_json_delta" ->
                    inputs.get(index).append(delta.path("partial_json").asString());
                default -> throw new IllegalStateException(e.toString());
            }
        }
        for (int i = 0; i < inputs.size(); i++) {
            if (content.get(i).path("type").asString().equals("tool_use")) {
                String json = inputs.get(i).isEmpty() ? "{}" : inputs.get(i).toString();
                ((ObjectNode) content.get(i)).set("input", Json.parse(json));
            }
        }
        return content;
    }

    @Provide
    Arbitrary<List<ChatEvent>> answers() {
        return Arbitraries.integers().between(0, 5).list().ofMaxSize(30).map(MessageStreamTest::answer);
    }

    /** An answer out of steps; calls may come interleaved with one another and with text. */
    private static List<ChatEvent> answer(List<Integer> steps) {
        List<ChatEvent> events = new ArrayList<>(List.of(STARTED));
        List<Integer> open = new ArrayList<>();
        int calls = 0;
        int n = 0;
        for (int step : steps) {
            n++;
            switch (step) {
                case 0 -> events.add(new ChatEvent.TextDelta("t" + n));
                case 1 -> events.add(new ChatEvent.ReasoningDelta("r" + n));
                case 2 -> {
                    events.add(new ChatEvent.ToolCallStarted(calls, "id" + calls, "tool"));
                    events.add(new ChatEvent.ToolCallDelta(calls, "{\"a\":"));
                    open.add(calls++);
                }
                case 3, 4 -> {
                    if (open.isEmpty()) continue;
                    int call = open.remove(step == 3 ? 0 : open.size() - 1);
                    events.add(new ChatEvent.ToolCallDelta(call, n + "}"));
                    events.add(new ChatEvent.ToolCallFinished(call));
                }
                default -> events.add(new ChatEvent.PromptProgress(1, 2));
            }
        }
        for (int call : open) {
            events.add(new ChatEvent.ToolCallDelta(call, "0}"));
            events.add(new ChatEvent.ToolCallFinished(call));
        }
        events.add(finished(FinishReason.END_OF_TURN));
        return events;
    }
}
