package dev.dalang.gateway.provider.anthropic;

import dev.dalang.api.FinishReason;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.AnswerReader;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Refusals;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of a streamed message: {@code message_start}, then blocks that start, grow and stop, {@code message_delta},
 * {@code message_stop}; {@code ping} anywhere. Events that are not known are skipped, as the protocol asks; blocks that
 * are not known come as opaque parts, put together from their deltas.
 */
final class MessagesReader implements AnswerReader {

    /** A block under way. */
    private static final class Block {
        final JsonNode start;
        final String type;
        final int call;
        final StringBuilder input = new StringBuilder();
        final StringBuilder signature = new StringBuilder();
        final ObjectNode whole;

        Block(JsonNode start, String type, int call) {
            this.start = start;
            this.type = type;
            this.call = call;
            this.whole = start instanceof ObjectNode o ? o.deepCopy() : Json.object();
        }
    }

    private final Answer answer;
    private final Refusals refusals;
    private final String model;
    private final Map<Integer, Block> open = new HashMap<>();
    private final Set<Integer> closed = new HashSet<>();
    private final ObjectNode usage = Json.object();

    MessagesReader(Answer answer, Refusals refusals, String model) {
        this.answer = answer;
        this.refusals = refusals;
        this.model = model;
    }

    @Override
    public boolean read(Frame frame) {
        JsonNode event = Json.parse(frame.data());
        if (event == null || !event.isObject()) throw answer.broken("sent an event that is no JSON");
        switch (Json.text(event, "type", frame.name())) {
            case "message_start" -> start(event.path("message"));
            case "content_block_start" -> blockStart(index(event), event.path("content_block"));
            case "content_block_delta" -> delta(index(event), event.path("delta"));
            case "content_block_stop" -> blockStop(index(event));
            case "message_delta" -> end(event);
            case "message_stop" -> {
                return false;
            }
            case "error" -> throw refusals.of(0, event, null, model);
            case "message" -> {
                message(event);
                return false;
            }
            default -> {} // ping, and what comes later
        }
        return true;
    }

    private int index(JsonNode event) {
        int index = Json.number(event, "index", -1);
        if (index < 0) throw answer.broken("sent a block without a number");
        return index;
    }

    private void start(JsonNode message) {
        answer.started(Json.text(message, "id"), Json.text(message, "model"), null);
        count(message.path("usage"));
    }

    /** A message that was not streamed. */
    private void message(JsonNode message) {
        start(message);
        int index = 0;
        for (JsonNode block : message.path("content").values()) {
            blockStart(index, block);
            blockStop(index++);
        }
        stopped(message);
    }

    private void blockStart(int index, JsonNode start) {
        Block before = open.get(index);
        if (before != null && before.start.equals(start)) return; // said twice
        if (before != null || closed.contains(index)) throw answer.broken("begins a block twice");
        String type = Json.text(start, "type", "");
        int call = -1;
        switch (type) {
            case "text" -> {
                answer.textStarted(null, null);
                answer.text(Json.text(start, "text", ""));
                for (JsonNode c : start.path("citations").values()) answer.annotation(c.toString());
            }
            case "thinking" -> answer.reasoning(Json.text(start, "thinking", ""), false);
            case "redacted_thinking" -> answer.redacted(Json.text(start, "data", ""), null);
            case "tool_use" -> {
                call = answer.call(Json.text(start, "id"), Json.text(start, "name", ""), null, false);
                if (!start.path("input").isEmpty())
                    answer.arguments(call, start.path("input").toString());
            }
            default -> {}
        }
        Block block = new Block(start, type, call);
        if (type.equals("thinking")) block.signature.append(Json.text(start, "signature", ""));
        open.put(index, block);
    }

    private void delta(int index, JsonNode delta) {
        Block block = open.get(index);
        if (block == null) throw answer.broken("goes on with a block that is not open");
        switch (Json.text(delta, "type", "")) {
            case "text_delta" -> answer.text(Json.text(delta, "text", ""));
            case "citations_delta" -> answer.annotation(delta.path("citation").toString());
            case "thinking_delta" -> answer.reasoning(Json.text(delta, "thinking", ""), false);
            case "signature_delta" -> block.signature.append(Json.text(delta, "signature", ""));
            case "input_json_delta" -> {
                String piece = Json.text(delta, "partial_json", "");
                if (block.call >= 0) answer.arguments(block.call, piece);
                else block.input.append(piece);
            }
            default ->
                delta.propertyStream().filter(e -> !e.getKey().equals("type")).forEach(e -> {
                    JsonNode sofar = block.whole.path(e.getKey());
                    if (sofar.isString() && e.getValue().isString()) {
                        block.whole.put(
                                e.getKey(), sofar.stringValue() + e.getValue().stringValue());
                    } else {
                        block.whole.set(e.getKey(), e.getValue());
                    }
                });
        }
    }

    private void blockStop(int index) {
        Block block = open.remove(index);
        if (block == null) {
            if (closed.contains(index)) return; // said twice
            throw answer.broken("ends a block that is not open");
        }
        closed.add(index);
        switch (block.type) {
            case "text", "redacted_thinking" -> {}
            case "thinking" -> {
                if (!block.signature.isEmpty()) answer.signature(block.signature.toString(), null);
            }
            case "tool_use" -> answer.callEnded(block.call);
            default -> {
                if (!block.input.isEmpty()) {
                    JsonNode input = Json.parse(block.input.toString());
                    if (input == null) throw answer.broken("sent a tool's input that is no JSON");
                    block.whole.set("input", input);
                }
                answer.opaque(MessagesWire.FAMILY, block.type, block.whole.toString());
            }
        }
    }

    private void end(JsonNode event) {
        count(event.path("usage"));
        stopped(event.path("delta"));
    }

    private void stopped(JsonNode facts) {
        for (String name : new String[] {"stop_details", "container"}) {
            if (facts.hasNonNull(name)) answer.detail(name, facts.get(name).toString());
        }
        String reason = Json.text(facts, "stop_reason");
        if (reason == null) return;
        switch (reason) {
            case "end_turn" -> answer.ended(FinishReason.END_OF_TURN, null);
            case "stop_sequence" -> answer.ended(FinishReason.STOP_SEQUENCE, Json.text(facts, "stop_sequence"));
            case "max_tokens" -> answer.ended(FinishReason.LENGTH, null);
            case "model_context_window_exceeded" -> answer.ended(FinishReason.CONTEXT_FULL, null);
            case "tool_use" -> answer.ended(FinishReason.TOOL_CALLS, null);
            case "refusal" -> answer.ended(FinishReason.REFUSAL, null);
            case "pause_turn", "compaction" -> answer.ended(FinishReason.PAUSED, null);
            default -> {
                answer.notice(
                        "finish_reason",
                        answer.provider() + " ended the answer for a reason of its own: " + refusals.line(reason));
                answer.ended(FinishReason.END_OF_TURN, null);
            }
        }
    }

    /** Counts are cumulative: later ones replace those before. The prompt's parts are counted apart, and add up. */
    private void count(JsonNode counts) {
        if (!(counts instanceof ObjectNode some)) return;
        some.properties().forEach(e -> {
            if (!e.getValue().isNull()) usage.set(e.getKey(), e.getValue());
        });
        Counts c = new Counts(usage);
        int read = c.at("cache_read_input_tokens");
        int written = c.at("cache_creation_input_tokens");
        Map<String, Long> other = new LinkedHashMap<>();
        c.put(other, "cache_write_5m_tokens", "cache_creation.ephemeral_5m_input_tokens");
        c.put(other, "cache_write_1h_tokens", "cache_creation.ephemeral_1h_input_tokens");
        c.put(other, "web_search_requests", "server_tool_use.web_search_requests");
        c.put(other, "web_fetch_requests", "server_tool_use.web_fetch_requests");
        int prompt = c.sum(c.at("input_tokens"), read, written);
        int reasoning = c.at("output_tokens_details.thinking_tokens");
        c.deliver(answer, c.usage(prompt, read, written, c.at("output_tokens"), reasoning, other));
        String tier = Json.text(usage, "service_tier");
        if (tier != null)
            answer.detail("service_tier", usage.get("service_tier").toString());
    }
}
