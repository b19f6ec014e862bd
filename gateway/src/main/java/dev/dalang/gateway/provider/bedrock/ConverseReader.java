package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The events of ConverseStream; the last is {@code metadata}, with the counts. And Converse's answer, which is all of it. */
final class ConverseReader implements AnswerReader {
    private final Answer answer;
    private final Refusals refusals;
    private final String model;
    private final Map<Integer, Integer> calls = new HashMap<>();
    private final StringBuilder signature = new StringBuilder();

    ConverseReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        JsonNode event = Json.parse(frame.data());
        if (event == null || !event.isObject()) throw answer.broken("sent an event that is no JSON");
        int block = Json.number(event, "contentBlockIndex", -1);
        switch (frame.name()) {
            case "messageStart" -> answer.started(null, null, null);
            case "contentBlockStart" -> start(block, event.path("start"));
            case "contentBlockDelta" -> delta(block, event.path("delta"));
            case "contentBlockStop" -> stop(block);
            case "messageStop" -> stopped(event);
            case "metadata" -> {
                metadata(event);
                return false;
            }
            case "exception" -> throw refusals.of(status(Json.text(event, "code", "")), event, null, model);
            default -> {
                // What comes later is skipped; an answer that was not streamed has no name.
                if (!event.path("output").path("message").isObject()) return true;
                whole(event);
                return false;
            }
        }
        return true;
    }

    private void whole(JsonNode event) {
        answer.started(null, null, null);
        int block = 0;
        for (JsonNode content :
                event.get("output").get("message").path("content").values()) {
            start(block, content);
            block(block, content);
            stop(block++);
        }
        stopped(event);
        metadata(event);
    }

    /** What a stream has in deltas; only reasoning and citations look different. */
    private void block(int block, JsonNode content) {
        if (content.path("toolUse").isObject()) {
            JsonNode input = content.get("toolUse").path("input");
            Integer call = calls.get(block);
            if (call != null && !input.isEmpty()) answer.arguments(call, input.toString());
        } else if (content.path("reasoningContent").path("reasoningText").isObject()) {
            reasoning(content.get("reasoningContent").get("reasoningText"));
        } else if (content.path("citationsContent").isObject()) {
            JsonNode cited = content.get("citationsContent");
            for (JsonNode piece : cited.path("content").values()) answer.text(Json.text(piece, "text", ""));
            for (JsonNode citation : cited.path("citations").values()) answer.annotation(citation.toString());
        } else {
            delta(block, content);
        }
    }

    private static int status(String exception) {
        return switch (exception) {
            case "validationException" -> 400;
            case "accessDeniedException" -> 403;
            case "resourceNotFoundException" -> 404;
            case "modelTimeoutException" -> 408;
            case "throttlingException" -> 429;
            case "serviceUnavailableException", "modelNotReadyException" -> 503;
            case "modelStreamErrorException", "modelErrorException" -> 424;
            default -> 500;
        };
    }

    private void start(int block, JsonNode start) {
        JsonNode use = start.path("toolUse");
        if (!use.isObject() || calls.containsKey(block)) return;
        calls.put(block, answer.call(Json.text(use, "toolUseId"), Json.text(use, "name", ""), null, false));
    }

    private void delta(int block, JsonNode delta) {
        if (delta.path("text").isString()) {
            answer.text(delta.get("text").stringValue());
        } else if (delta.path("toolUse").isObject()) {
            Integer call = calls.get(block);
            if (call == null) throw answer.broken("goes on with a tool call that it never began");
            answer.arguments(call, Json.text(delta.get("toolUse"), "input", ""));
        } else if (delta.path("reasoningContent").isObject()) {
            reasoning(delta.get("reasoningContent"));
        } else if (delta.path("citation").isObject()) {
            answer.annotation(delta.get("citation").toString());
        }
    }

    private void reasoning(JsonNode reasoning) {
        answer.reasoning(Json.text(reasoning, "text", ""), false);
        signature.append(Json.text(reasoning, "signature", ""));
        String redacted = Json.text(reasoning, "redactedContent");
        if (redacted != null) answer.redacted(redacted, null);
    }

    private void stop(int block) {
        Integer call = calls.get(block);
        if (call != null) answer.callEnded(call);
        if (signature.isEmpty()) return;
        answer.signature(signature.toString(), null);
        signature.setLength(0);
    }

    private void stopped(JsonNode event) {
        if (event.hasNonNull("additionalModelResponseFields")) {
            answer.detail(
                    "additional_model_response_fields",
                    event.get("additionalModelResponseFields").toString());
        }
        String reason = Json.text(event, "stopReason", "");
        switch (reason) {
            case "end_turn" -> answer.ended(FinishReason.END_OF_TURN, null);
            case "tool_use" -> answer.ended(FinishReason.TOOL_CALLS, null);
            case "max_tokens" -> answer.ended(FinishReason.LENGTH, null);
            case "stop_sequence" -> answer.ended(FinishReason.STOP_SEQUENCE, null);
            case "guardrail_intervened", "content_filtered" -> answer.ended(FinishReason.CONTENT_FILTER, null);
            case "model_context_window_exceeded" -> answer.ended(FinishReason.CONTEXT_FULL, null);
            case "malformed_model_output", "malformed_tool_use" ->
                throw new DalangException(
                        new Failure.Upstream(answer.provider() + " says that its answer is malformed", 0));
            default -> {
                answer.notice(
                        "finish_reason",
                        answer.provider() + " ended the answer for a reason of its own: " + refusals.line(reason));
                answer.ended(FinishReason.END_OF_TURN, null);
            }
        }
    }

    private void metadata(JsonNode event) {
        for (String name : new String[] {"serviceTier", "performanceConfig", "trace"}) {
            if (event.hasNonNull(name)) answer.detail(name, event.get(name).toString());
        }
        if (!event.path("usage").isObject()) return;
        Counts c = new Counts(event.get("usage"));
        int read = c.at("cacheReadInputTokens");
        int written = c.at("cacheWriteInputTokens");
        Map<String, Long> other = new LinkedHashMap<>();
        // Cached tokens are counted apart, as Anthropic does.
        int prompt = c.sum(c.at("inputTokens"), read, written);
        c.deliver(answer, c.usage(prompt, read, written, c.at("outputTokens"), 0, other));
    }
}
