package dev.dalang.gateway.provider.openai;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.api.TokenScore;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The events of a streamed response. Each has a {@code sequence_number}, so one that comes twice is read once, and what a
 * {@code done} event says of a text must be what its deltas made.
 */
final class ResponsesReader implements AnswerReader {

    /** A call under way. */
    private static final class Call {
        final int number;
        final StringBuilder arguments = new StringBuilder();

        Call(int number) {
            this.number = number;
        }
    }

    private final Answer answer;
    private final Refusals refusals;
    private final String model;
    private long sequence = -1;
    private final Map<Integer, Call> calls = new HashMap<>();
    private final StringBuilder text = new StringBuilder();
    private int summaries;

    ResponsesReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        if (frame.data().strip().equals("[DONE]")) return false; // of those who imitate it
        JsonNode event = Json.parse(frame.data());
        if (event == null || !event.isObject()) throw answer.broken("sent an event that is no JSON");
        long number = event.path("sequence_number").isIntegralNumber()
                ? event.path("sequence_number").longValue()
                : sequence + 1;
        if (number <= sequence) return true; // said twice
        sequence = number;
        String type = Json.text(event, "type", frame.name());
        switch (type) {
            case "response.created", "response.queued", "response.in_progress" -> started(event.path("response"));
            case "response.output_item.added" -> added(event);
            case "response.content_part.added" -> text.setLength(0);
            case "response.output_text.delta" -> {
                scores(event.path("logprobs"));
                String delta = Json.text(event, "delta", "");
                text.append(delta);
                answer.text(delta);
            }
            case "response.output_text.done" -> {
                String whole = Json.text(event, "text");
                if (whole != null && !whole.contentEquals(text)) {
                    throw answer.broken("sent pieces of a text that do not make the whole");
                }
            }
            case "response.output_text.annotation.added" ->
                answer.annotation(event.path("annotation").toString());
            case "response.refusal.delta" -> answer.refusal(Json.text(event, "delta", ""));
            case "response.reasoning_text.delta" -> answer.reasoning(Json.text(event, "delta", ""), false);
            case "response.reasoning_summary_part.added" -> {
                if (summaries++ > 0) answer.reasoning("\n\n", true);
            }
            case "response.reasoning_summary_text.delta" -> answer.reasoning(Json.text(event, "delta", ""), true);
            case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta" ->
                arguments(call(event), Json.text(event, "delta", ""));
            case "response.function_call_arguments.done" -> whole(call(event), Json.text(event, "arguments"));
            case "response.custom_tool_call_input.done" -> whole(call(event), Json.text(event, "input"));
            case "response.output_item.done" -> done(event);
            case "response.completed", "response.incomplete" -> {
                ended(event.path("response"));
                return false;
            }
            case "response.failed", "response.cancelled" -> throw failed(event.path("response"));
            case "error" -> throw refusals.of(0, event, null, model);
            default -> {
                if (event.path("object").isString() && "response".equals(Json.text(event, "object"))) {
                    whole(event);
                    return false;
                }
            }
        }
        return true;
    }

    private void started(JsonNode response) {
        int created = Json.number(response, "created_at", 0);
        answer.started(
                Json.text(response, "id"),
                Json.text(response, "model"),
                created > 0 ? Instant.ofEpochSecond(created) : null);
    }

    private static int index(JsonNode event) {
        return Json.number(event, "output_index", -1);
    }

    private Call call(JsonNode event) {
        Call call = calls.get(index(event));
        if (call == null) throw answer.broken("goes on with a tool call that it never began");
        return call;
    }

    private void added(JsonNode event) {
        JsonNode item = event.path("item");
        switch (Json.text(item, "type", "")) {
            case "message" -> answer.textStarted(Json.text(item, "id"), Json.text(item, "phase"));
            case "reasoning" -> summaries = 0;
            case "function_call", "custom_tool_call" -> begin(index(event), item);
            default -> {} // comes whole, when it is done
        }
    }

    private Call begin(int index, JsonNode item) {
        boolean custom = "custom_tool_call".equals(Json.text(item, "type"));
        Call call = new Call(
                answer.call(Json.text(item, "call_id"), Json.text(item, "name", ""), Json.text(item, "id"), custom));
        if (calls.put(index, call) != null) throw answer.broken("begins a tool call twice");
        return call;
    }

    private void arguments(Call call, String piece) {
        call.arguments.append(piece);
        answer.arguments(call.number, piece);
    }

    private void whole(Call call, @Nullable String arguments) {
        if (arguments == null || arguments.contentEquals(call.arguments)) return;
        if (!call.arguments.isEmpty()) throw answer.broken("sent pieces of a call that do not make the whole");
        arguments(call, arguments);
    }

    private void done(JsonNode event) {
        JsonNode item = event.path("item");
        String type = Json.text(item, "type", "");
        switch (type) {
            case "message" -> {}
            case "reasoning" -> {
                String sealed = Json.text(item, "encrypted_content");
                if (sealed != null) answer.signature(sealed, Json.text(item, "id"));
            }
            case "function_call", "custom_tool_call" -> {
                Call call = calls.get(index(event));
                if (call == null) call = begin(index(event), item);
                whole(call, Json.text(item, type.equals("function_call") ? "arguments" : "input"));
                answer.callEnded(call.number);
            }
            case "image_generation_call" -> {
                String data = Json.text(item, "result");
                if (data != null) answer.media(image(item, data));
                else answer.opaque(ResponsesInput.FAMILY, type, item.toString());
            }
            default -> answer.opaque(ResponsesInput.FAMILY, type, item.toString());
        }
    }

    private Part image(JsonNode item, String data) {
        try {
            return new Part.Image(
                    new Source.Bytes(
                            Base64.getDecoder().decode(data), "image/" + Json.text(item, "output_format", "png")),
                    null,
                    null);
        } catch (IllegalArgumentException e) {
            throw answer.broken("sent a picture that is no base64");
        }
    }

    /** A response that was not streamed. */
    private void whole(JsonNode response) {
        if ("failed".equals(Json.text(response, "status"))) throw failed(response);
        started(response);
        int index = 0;
        for (JsonNode item : response.path("output").values()) {
            var event = Json.object().put("output_index", index++);
            event.set("item", item);
            added(event);
            for (JsonNode s : item.path("summary").values()) answer.reasoning(Json.text(s, "text", ""), true);
            if ("message".equals(Json.text(item, "type"))) {
                for (JsonNode part : item.path("content").values()) {
                    scores(part.path("logprobs"));
                    answer.text(Json.text(part, "text", ""));
                    for (JsonNode a : part.path("annotations").values()) answer.annotation(a.toString());
                    answer.refusal(Json.text(part, "refusal", ""));
                }
            }
            done(event);
        }
        ended(response);
    }

    private void ended(JsonNode response) {
        started(response);
        for (String name : new String[] {"service_tier", "incomplete_details", "moderation"}) {
            if (response.hasNonNull(name))
                answer.detail(name, response.get(name).toString());
        }
        if (response.path("usage").isObject()) usage(response.get("usage"));
        String reason = Json.text(response.path("incomplete_details"), "reason");
        if (reason == null || !"incomplete".equals(Json.text(response, "status", "incomplete"))) {
            answer.ended(FinishReason.END_OF_TURN, null);
        } else if (reason.equals("content_filter")) {
            answer.ended(FinishReason.CONTENT_FILTER, null);
        } else {
            answer.ended(FinishReason.LENGTH, null);
        }
    }

    private DalangException failed(JsonNode response) {
        if (response.path("error").isObject()) return refusals.of(0, response, null, model);
        return new DalangException(new Failure.Upstream(answer.provider() + " says that the answer failed", 0));
    }

    private void scores(JsonNode logprobs) {
        List<TokenScore> tokens = new ArrayList<>();
        for (JsonNode t : logprobs.values()) tokens.add(ChatReader.score(t, true));
        answer.scores(tokens);
    }

    private void usage(JsonNode usage) {
        Counts c = new Counts(usage);
        Map<String, Long> other = new LinkedHashMap<>();
        c.deliver(
                answer,
                c.usage(
                        c.at("input_tokens"),
                        c.at("input_tokens_details.cached_tokens"),
                        c.at("input_tokens_details.cache_write_tokens"),
                        c.at("output_tokens"),
                        c.at("output_tokens_details.reasoning_tokens"),
                        other));
    }
}
