package dev.dalang.gateway.provider.cohere;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.TokenScore;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Scores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The events of Cohere's chat, version 2: {@code message-start} to {@code message-end}; or its answer at once. */
final class CohereReader implements AnswerReader {
    private final Answer answer;
    private final Refusals refusals;
    private final String model;
    private final Map<Integer, Integer> calls = new HashMap<>();

    CohereReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        if (frame.data().strip().equals("[DONE]")) return false;
        JsonNode event = Json.parse(frame.data());
        if (event == null || !event.isObject()) throw answer.broken("sent an event that is no JSON");
        JsonNode delta = event.path("delta");
        JsonNode message = delta.path("message");
        switch (Json.text(event, "type", frame.name())) {
            case "message-start" -> answer.started(Json.text(event, "id"), null, null);
            case "content-start", "content-delta" -> {
                scores(event.path("logprobs"));
                content(message.path("content"));
            }
            case "tool-plan-delta" -> answer.reasoning(Json.text(message, "tool_plan", ""), false);
            case "tool-call-start" -> begin(Json.number(event, "index", -1), call(message));
            case "tool-call-delta" ->
                answer.arguments(number(event), Json.text(call(message).path("function"), "arguments", ""));
            case "tool-call-end" -> answer.callEnded(number(event));
            case "citation-start" -> answer.annotation(message.path("citations").toString());
            case "message-end" -> {
                end(delta);
                return false;
            }
            default -> {
                if (event.path("message").isObject()) {
                    whole(event);
                    return false;
                }
                boolean known = event.has("type") || !frame.name().isEmpty();
                if (!known) throw refusals.of(0, event, null, model);
            }
        }
        return true;
    }

    private void content(JsonNode content) {
        answer.reasoning(Json.text(content, "thinking", ""), false);
        answer.text(Json.text(content, "text", ""));
    }

    private void whole(JsonNode event) {
        JsonNode message = event.get("message");
        answer.started(Json.text(event, "id"), null, null);
        for (JsonNode tokens : event.path("logprobs").values()) scores(tokens);
        for (JsonNode content : message.path("content").values()) content(content);
        for (JsonNode citation : message.path("citations").values()) answer.annotation(citation.toString());
        answer.reasoning(Json.text(message, "tool_plan", ""), false);
        int index = 0;
        for (JsonNode call : message.path("tool_calls").values()) begin(index++, call);
        end(event);
    }

    /** An object, or an array of one. */
    private static JsonNode call(JsonNode message) {
        JsonNode calls = message.path("tool_calls");
        return calls.isArray() ? calls.path(0) : calls;
    }

    private void begin(int index, JsonNode call) {
        if (calls.containsKey(index)) return; // said twice
        JsonNode function = call.path("function");
        int number = answer.call(Json.text(call, "id"), Json.text(function, "name", ""), null, false);
        calls.put(index, number);
        answer.arguments(number, Json.text(function, "arguments", ""));
    }

    private int number(JsonNode event) {
        Integer number = calls.get(Json.number(event, "index", -1));
        if (number == null) throw answer.broken("goes on with a tool call that it never began");
        return number;
    }

    private void scores(JsonNode logprobs) {
        if (!logprobs.isObject()) return;
        List<TokenScore> tokens = new ArrayList<>();
        JsonNode ids = logprobs.path("token_ids");
        for (int i = 0; i < ids.size(); i++) {
            tokens.add(Scores.of(
                    ids.get(i).asInt(-1),
                    ids.size() == 1 ? Json.text(logprobs, "text", "") : "",
                    logprobs.path("logprobs").path(i),
                    null,
                    List.of()));
        }
        answer.scores(tokens);
    }

    private void end(JsonNode delta) {
        usage(delta.path("usage"));
        String reason = Json.text(delta, "finish_reason", "");
        switch (reason) {
            case "COMPLETE" -> answer.ended(FinishReason.END_OF_TURN, null);
            case "STOP_SEQUENCE" -> answer.ended(FinishReason.STOP_SEQUENCE, null);
            case "MAX_TOKENS" -> answer.ended(FinishReason.LENGTH, null);
            case "TOOL_CALL" -> answer.ended(FinishReason.TOOL_CALLS, null);
            case "ERROR_TOXIC" -> answer.ended(FinishReason.CONTENT_FILTER, null);
            case "ERROR_LIMIT" -> answer.ended(FinishReason.CONTEXT_FULL, null);
            case "TIMEOUT" ->
                throw new DalangException(
                        new Failure.TimedOut(answer.provider() + " gave up: its answer took too long"));
            case "ERROR" ->
                throw new DalangException(new Failure.Upstream(
                        answer.provider() + " says that its answer failed: "
                                + refusals.line(Json.text(delta, "error", "no reason given")),
                        0));
            default -> {
                answer.notice(
                        "finish_reason",
                        answer.provider() + " ended the answer for a reason of its own: " + refusals.line(reason));
                answer.ended(FinishReason.END_OF_TURN, null);
            }
        }
    }

    /** Tokens are what was read and written; what is charged for may be less, and stands beside, or alone. */
    private void usage(JsonNode usage) {
        if (!usage.isObject()) return;
        Counts c = new Counts(usage);
        String tokens = c.has("tokens") ? "tokens." : "billed_units.";
        if (!c.has(tokens + "input_tokens") && !c.has(tokens + "output_tokens")) return;
        Map<String, Long> other = new LinkedHashMap<>();
        c.put(other, "billed_input_tokens", "billed_units.input_tokens");
        c.put(other, "billed_output_tokens", "billed_units.output_tokens");
        c.put(other, "search_units", "billed_units.search_units");
        c.deliver(
                answer,
                c.usage(
                        c.at(tokens + "input_tokens"),
                        c.at("cached_tokens"),
                        0,
                        c.at(tokens + "output_tokens"),
                        0,
                        other));
    }
}
