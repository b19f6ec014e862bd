package dev.dalang.server.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Streams that Anthropic's servers sent, read into the doorway's events and written again: what comes out must be what was
 * recorded, event for event, but for ids, counts of tokens and what the recordings have of other features.
 */
class RecordedStreamsTest {

    private static final Path RECORDINGS =
            Path.of(System.getProperty("dalang.shared", "../shared"), "external", "api", "anthropic-sse");

    @TestFactory
    Stream<DynamicTest> comeOutAsTheyWentIn() throws IOException {
        assumeTrue(Files.isDirectory(RECORDINGS), "no recordings in " + RECORDINGS);
        try (Stream<Path> all = Files.list(RECORDINGS)) {
            return all.sorted().toList().stream()
                    .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> check(f)));
        }
    }

    private static void check(Path file) throws IOException {
        List<JsonNode> recorded = events(Files.readString(file));
        List<String> written = new ArrayList<>();
        MessageStream stream = new MessageStream(false, (name, data) -> {
            assertThat(data.path("type").asString()).isEqualTo(name);
            written.add(shape(data.deepCopy()));
        });
        for (ChatEvent e : chatEvents(recorded)) stream.accept(e);
        List<String> expected = new ArrayList<>();
        for (JsonNode e : whole(recorded)) expected.add(shape((ObjectNode) e.deepCopy()));
        assertThat(without(written, "\"ping\"")).isEqualTo(without(expected, "\"ping\""));
    }

    private static List<String> without(List<String> all, String what) {
        return all.stream().filter(s -> !s.contains(what)).toList();
    }

    /** A recording that was cut off in the middle of a block, as its end would be. */
    private static List<JsonNode> whole(List<JsonNode> recorded) {
        List<JsonNode> all = new ArrayList<>();
        int open = -1;
        for (JsonNode e : recorded) {
            String type = e.path("type").asString();
            if (type.equals("content_block_start")) open = e.path("index").asInt();
            if (type.equals("content_block_stop")) open = -1;
            if (type.equals("message_delta") && open >= 0) {
                all.add(Json.parse("{\"type\":\"content_block_stop\",\"index\":" + open + "}"));
            }
            // What comes in one piece with its start has no deltas here.
            if (e.path("delta").path("type").asString("").equals("compaction_delta")) continue;
            all.add(e);
        }
        return all;
    }

    /** What a client builds its picture of the answer from. */
    private static String shape(ObjectNode e) {
        String type = e.path("type").asString();
        if (type.equals("message_start")) {
            ObjectNode m = (ObjectNode) e.path("message");
            m.remove(List.of("id", "usage"));
            sorted(m);
        }
        if (type.equals("message_delta")) e.remove("usage");
        if (e.path("content_block") instanceof ObjectNode b) {
            b.remove("caller");
            if (b.path("type").asString().equals("compaction")) b.remove(List.of("content", "encrypted_content"));
        }
        return sorted(e).toString();
    }

    private static ObjectNode sorted(ObjectNode o) {
        Map<String, JsonNode> members = new java.util.TreeMap<>();
        o.properties().forEach(p -> members.put(p.getKey(), p.getValue()));
        o.removeAll();
        members.forEach((name, value) -> {
            if (value instanceof ObjectNode inner) sorted(inner);
            o.set(name, value);
        });
        return o;
    }

    private static List<JsonNode> events(String sse) {
        return sse.lines()
                .filter(l -> l.startsWith("data:"))
                .map(l -> Json.parse(l.substring(5)))
                .toList();
    }

    /** The reading side, as a provider of Anthropic's form would give the events to the doorway. */
    private static List<ChatEvent> chatEvents(List<JsonNode> recorded) {
        List<ChatEvent> events = new ArrayList<>();
        int calls = 0;
        String open = "";
        for (JsonNode e : recorded) {
            JsonNode block = e.path("content_block");
            JsonNode delta = e.path("delta");
            switch (e.path("type").asString()) {
                case "message_start" -> {
                    JsonNode m = e.path("message");
                    String id = m.path("id").asString();
                    events.add(new ChatEvent.Started(id, m.path("model").asString(), Instant.now()));
                }
                case "content_block_start" -> {
                    open = block.path("type").asString();
                    switch (open) {
                        case "text" -> events.add(new ChatEvent.TextStarted(null, null));
                        case "tool_use" ->
                            events.add(new ChatEvent.ToolCallStarted(
                                    calls,
                                    block.path("id").asString(),
                                    block.path("name").asString()));
                        default ->
                            events.add(new ChatEvent.OpaquePart(
                                    new Part.Opaque("anthropic", open, block.toString(), null)));
                    }
                }
                case "content_block_delta" -> {
                    if (delta.has("text"))
                        events.add(new ChatEvent.TextDelta(delta.path("text").asString()));
                    if (delta.has("partial_json")) {
                        String json = delta.path("partial_json").asString();
                        if (!json.isEmpty()) events.add(new ChatEvent.ToolCallDelta(calls, json));
                    }
                }
                case "content_block_stop" -> {
                    if (open.equals("tool_use")) events.add(new ChatEvent.ToolCallFinished(calls++));
                    open = "";
                }
                case "message_delta" -> events.add(finished(e));
                default -> {}
            }
        }
        return events;
    }

    private static ChatEvent finished(JsonNode e) {
        FinishReason reason = switch (e.path("delta").path("stop_reason").asString()) {
            case "end_turn" -> FinishReason.END_OF_TURN;
            case "tool_use" -> FinishReason.TOOL_CALLS;
            case "max_tokens" -> FinishReason.LENGTH;
            case "refusal" -> FinishReason.REFUSAL;
            default -> throw new IllegalStateException(e.toString());
        };
        Map<String, String> details = new LinkedHashMap<>();
        JsonNode stop = e.path("delta").path("stop_details");
        if (stop.isObject()) details.put("stop_details", stop.toString());
        return new ChatEvent.Finished(reason, null, Usage.of(3, 5), Timings.of(Duration.ofMillis(1)), details);
    }
}
