package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's Messages, in the order of the recordings of its own clients' tests. */
final class AnthropicVoice implements Voice {

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        List<byte[]> out = new ArrayList<>();
        ObjectNode start = Trees.object().put("type", "message_start");
        ObjectNode message = start.putObject("message")
                .put("id", "msg_sim")
                .put("type", "message")
                .put("role", "assistant");
        message.putArray("content");
        message.put("model", model).putNull("stop_reason").putNull("stop_sequence");
        if (counts != null) message.set("usage", usage(counts).put("output_tokens", 1));
        out.add(Voice.event("message_start", start));
        out.add(ping());
        int index = 0;
        boolean open = false;
        for (Script.Step step : script.steps()) {
            if (open && !(step instanceof Script.Say) && !(step instanceof Script.Refuse)) {
                out.add(stop(index++));
                open = false;
            }
            switch (step) {
                case Script.Say s -> {
                    if (!open)
                        out.add(begin(index, Trees.object().put("type", "text").put("text", "")));
                    open = true;
                    out.add(delta(
                            index, Trees.object().put("type", "text_delta").put("text", s.text())));
                }
                case Script.Refuse r -> {
                    if (!open)
                        out.add(begin(index, Trees.object().put("type", "text").put("text", "")));
                    open = true;
                    out.add(delta(
                            index, Trees.object().put("type", "text_delta").put("text", r.text())));
                }
                case Script.Think t -> {
                    out.add(begin(
                            index,
                            Trees.object()
                                    .put("type", "thinking")
                                    .put("thinking", "")
                                    .put("signature", "")));
                    out.add(delta(
                            index, Trees.object().put("type", "thinking_delta").put("thinking", t.text())));
                    if (t.signature() != null) {
                        out.add(delta(
                                index,
                                Trees.object().put("type", "signature_delta").put("signature", t.signature())));
                    }
                    out.add(stop(index++));
                }
                case Script.Call c -> {
                    ObjectNode block = Trees.object()
                            .put("type", "tool_use")
                            .put("id", c.id())
                            .put("name", c.name());
                    block.putObject("input");
                    out.add(begin(index, block));
                    for (String piece : c.arguments()) {
                        out.add(delta(
                                index,
                                Trees.object().put("type", "input_json_delta").put("partial_json", piece)));
                    }
                    out.add(stop(index++));
                }
            }
        }
        if (open) out.add(stop(index));
        ObjectNode end = Trees.object().put("type", "message_delta");
        ObjectNode delta = end.putObject("delta").put("stop_reason", reason(script));
        stopSequence(delta, script, request);
        if (counts != null) end.putObject("usage").put("output_tokens", counts.completion());
        out.add(Voice.event("message_delta", end));
        out.add(Voice.event("message_stop", "{\"type\":\"message_stop\"}"));
        return out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        ObjectNode message = Trees.object()
                .put("id", "msg_sim")
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
        ArrayNode content = message.putArray("content");
        StringBuilder text = new StringBuilder();
        for (Script.Step step : script.steps()) {
            if (step instanceof Script.Think || step instanceof Script.Call) text(content, text);
            switch (step) {
                case Script.Say s -> text.append(s.text());
                case Script.Refuse r -> text.append(r.text());
                case Script.Think t ->
                    content.addObject()
                            .put("type", "thinking")
                            .put("thinking", t.text())
                            .put("signature", t.signature() == null ? "" : t.signature());
                case Script.Call c ->
                    content.addObject()
                            .put("type", "tool_use")
                            .put("id", c.id())
                            .put("name", c.name())
                            .set("input", Trees.parse(String.join("", c.arguments())));
            }
        }
        text(content, text);
        message.put("stop_reason", reason(script));
        stopSequence(message, script, request);
        if (counts != null) message.set("usage", usage(counts));
        return message;
    }

    private static void text(ArrayNode content, StringBuilder text) {
        if (text.isEmpty()) return;
        content.addObject().put("type", "text").put("text", text.toString()).putNull("citations");
        text.setLength(0);
    }

    private static void stopSequence(ObjectNode where, Script script, JsonNode request) {
        if (script.end() == Script.End.STOP_STRING) {
            where.put("stop_sequence", request.path("stop_sequences").path(0).asString("END"));
        } else {
            where.putNull("stop_sequence");
        }
    }

    private static ObjectNode usage(Counts counts) {
        ObjectNode usage = Trees.object()
                .put("input_tokens", counts.wrong() ? -7 : counts.prompt() - counts.cached())
                .put("cache_creation_input_tokens", 0)
                .put("cache_read_input_tokens", counts.cached());
        usage.putObject("cache_creation").put("ephemeral_5m_input_tokens", 0).put("ephemeral_1h_input_tokens", 0);
        return usage.put("output_tokens", counts.completion()).put("service_tier", "standard");
    }

    private static String reason(Script script) {
        if (script.refuses()) return "refusal";
        return switch (script.end()) {
            case TURN -> script.calls() ? "tool_use" : "end_turn";
            case LENGTH -> "max_tokens";
            case FILTER -> "refusal";
            case STOP_STRING -> "stop_sequence";
        };
    }

    private static byte[] begin(int index, ObjectNode block) {
        ObjectNode event = Trees.object().put("type", "content_block_start").put("index", index);
        event.set("content_block", block);
        return Voice.event("content_block_start", event);
    }

    private static byte[] delta(int index, ObjectNode delta) {
        ObjectNode event = Trees.object().put("type", "content_block_delta").put("index", index);
        event.set("delta", delta);
        return Voice.event("content_block_delta", event);
    }

    private static byte[] stop(int index) {
        return Voice.event("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":" + index + "}");
    }

    @Override
    public byte[] error() {
        return Voice.event(
                "error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
    }

    @Override
    public byte[] malformed() {
        return Voice.event("content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"te");
    }

    @Override
    public byte[] ping() {
        return "event: ping\ndata: {\"type\": \"ping\"}\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String stranger(String key) {
        return refusal(401, "invalid x-api-key: " + key);
    }

    @Override
    public String refusal(int status, String message) {
        String type = switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 500 -> "api_error";
            case 504 -> "timeout_error";
            case 503, 529 -> "overloaded_error";
            default -> "invalid_request_error";
        };
        ObjectNode out = Trees.object().put("type", "error");
        out.putObject("error").put("type", type).put("message", message);
        return out.put("request_id", "req_sim").toString();
    }
}
