package dev.dalang.server.responses;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ResponseEventsTest {

    private final List<ObjectNode> out = new ArrayList<>();
    private final ResponseEvents events = new ResponseEvents(
            Json.object().put("id", "resp_1").put("object", "response").put("status", "in_progress"), false, out::add);

    private void play(ChatEvent... all) {
        events.accept(new ChatEvent.Started("x", "m", Instant.EPOCH));
        for (ChatEvent e : all) events.accept(e);
    }

    private void finish(FinishReason reason) {
        events.accept(new ChatEvent.Finished(
                reason, null, new Usage(7, 3, 0, 5, 2, Map.of()), Timings.of(Duration.ofMillis(1))));
    }

    private List<String> types() {
        return out.stream().map(e -> e.get("type").stringValue()).toList();
    }

    @Test
    void aTextHasTheEventsOfTheContract() {
        play(new ChatEvent.TextDelta("Hel"), new ChatEvent.TextDelta("lo"));
        finish(FinishReason.END_OF_TURN);
        assertThat(types())
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        for (int i = 0; i < out.size(); i++) {
            assertThat(out.get(i).get("sequence_number").asInt()).isEqualTo(i);
        }
        String item = out.get(2).get("item").get("id").stringValue();
        assertThat(item).startsWith("msg_");
        assertThat(out.subList(3, 8))
                .allSatisfy(e -> assertThat(e.get("item_id").stringValue()).isEqualTo(item));
        JsonNode response = out.getLast().get("response");
        assertThat(response.get("status").stringValue()).isEqualTo("completed");
        assertThat(response.get("output")
                        .get(0)
                        .get("content")
                        .get(0)
                        .get("text")
                        .stringValue())
                .isEqualTo("Hello");
        assertThat(response.get("usage").get("total_tokens").asInt()).isEqualTo(12);
        assertThat(response).isEqualTo(events.response());
    }

    @Test
    void thoughtAndCallsAreItemsOfTheirOwn() {
        play(
                new ChatEvent.ReasoningDelta("hm"),
                new ChatEvent.ReasoningSignature("sealed", "rs_theirs"),
                new ChatEvent.TextDelta("Let me see."),
                new ChatEvent.ToolCallStarted(0, "c0", "f"),
                new ChatEvent.ToolCallDelta(0, "{\"a\""),
                new ChatEvent.ToolCallStarted(1, "c1", "g", "ctc_theirs", true),
                new ChatEvent.ToolCallDelta(1, "free"),
                new ChatEvent.ToolCallDelta(0, ":1}"),
                new ChatEvent.ToolCallFinished(0),
                new ChatEvent.ToolCallFinished(1));
        finish(FinishReason.TOOL_CALLS);
        assertThat(types())
                .containsSubsequence(
                        "response.reasoning_summary_part.added",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.done",
                        "response.reasoning_summary_part.done",
                        "response.output_item.done",
                        "response.output_text.delta",
                        "response.output_item.done",
                        "response.function_call_arguments.delta",
                        "response.custom_tool_call_input.delta",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.custom_tool_call_input.done",
                        "response.completed");
        // What comes out goes in again as what it was.
        List<JsonNode> items = new ArrayList<>();
        events.response().get("output").forEach(items::add);
        assertThat(ItemsReader.messages(items, "input"))
                .containsExactly(new Message(
                        Role.ASSISTANT,
                        List.of(
                                new Part.Reasoning("hm", "sealed", "rs_theirs", true),
                                new Part.Text("Let me see."),
                                new Part.ToolCall("c0", "f", "{\"a\":1}"),
                                new Part.ToolCall("c1", "g", "free", "ctc_theirs", true, null)),
                        null));
    }

    @Test
    void whatWasCutOffIsIncomplete() {
        play(new ChatEvent.TextDelta("Hel"));
        finish(FinishReason.LENGTH);
        JsonNode response = out.getLast().get("response");
        assertThat(types().getLast()).isEqualTo("response.incomplete");
        assertThat(response.get("status").stringValue()).isEqualTo("incomplete");
        assertThat(response.get("incomplete_details").get("reason").stringValue())
                .isEqualTo("max_output_tokens");
        assertThat(response.get("output").get(0).get("status").stringValue()).isEqualTo("incomplete");
    }

    @Test
    void aFailureIsAnEventAndKeepsWhatThereWas() {
        play(new ChatEvent.TextDelta("Hel"));
        events.failed(new Failure.Upstream("gone", 502));
        JsonNode response = out.getLast().get("response");
        assertThat(types().getLast()).isEqualTo("response.failed");
        assertThat(response.get("error").get("code").stringValue()).isEqualTo("server_error");
        assertThat(response.get("output")
                        .get(0)
                        .get("content")
                        .get(0)
                        .get("text")
                        .stringValue())
                .isEqualTo("Hel");
    }

    @Test
    void refusalsAndAnnotationsHaveEventsOfTheirOwn() {
        play(
                new ChatEvent.TextStarted("msg_theirs", "final_answer"),
                new ChatEvent.TextDelta("See"),
                new ChatEvent.TextAnnotation("{\"type\":\"url_citation\"}"),
                new ChatEvent.RefusalDelta("No."));
        finish(FinishReason.REFUSAL);
        assertThat(types())
                .containsSubsequence(
                        "response.output_text.annotation.added",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.content_part.added",
                        "response.refusal.delta",
                        "response.refusal.done",
                        "response.completed");
        List<JsonNode> items = new ArrayList<>();
        events.response().get("output").forEach(items::add);
        assertThat(ItemsReader.messages(items, "input").getFirst().parts())
                .containsExactly(
                        new Part.Text("See", null, "[{\"type\":\"url_citation\"}]", "msg_theirs", "final_answer"),
                        new Part.Refusal("No."));
    }
}
