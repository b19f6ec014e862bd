package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Cohere's Chat, version 2. */
final class CohereVoice implements Voice {

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        List<byte[]> out = new ArrayList<>();
        ObjectNode start = Trees.object().put("id", "sim").put("type", "message-start");
        ObjectNode message = start.putObject("delta").putObject("message").put("role", "assistant");
        message.putArray("content");
        message.put("tool_plan", "").putArray("tool_calls");
        out.add(Voice.event("message-start", start));
        int index = 0;
        int calls = 0;
        boolean open = false;
        for (Script.Step step : script.steps()) {
            switch (step) {
                case Script.Say s -> {
                    if (!open) out.add(content("content-start", index, "text", "text", ""));
                    open = true;
                    out.add(content("content-delta", index, null, "text", s.text()));
                }
                case Script.Refuse r -> {
                    if (!open) out.add(content("content-start", index, "text", "text", ""));
                    open = true;
                    out.add(content("content-delta", index, null, "text", r.text()));
                }
                case Script.Think t -> {
                    if (open) out.add(end("content-end", index++));
                    open = false;
                    out.add(content("content-start", index, "thinking", "thinking", ""));
                    out.add(content("content-delta", index, null, "thinking", t.text()));
                    out.add(end("content-end", index++));
                }
                case Script.Call c -> {
                    if (open) out.add(end("content-end", index++));
                    open = false;
                    ObjectNode head =
                            Trees.object().put("type", "tool-call-start").put("index", calls);
                    head.putObject("delta")
                            .putObject("message")
                            .putObject("tool_calls")
                            .put("id", c.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", c.name())
                            .put("arguments", "");
                    out.add(Voice.event("tool-call-start", head));
                    for (String piece : c.arguments()) {
                        ObjectNode more =
                                Trees.object().put("type", "tool-call-delta").put("index", calls);
                        more.putObject("delta")
                                .putObject("message")
                                .putObject("tool_calls")
                                .putObject("function")
                                .put("arguments", piece);
                        out.add(Voice.event("tool-call-delta", more));
                    }
                    out.add(end("tool-call-end", calls++));
                }
            }
        }
        if (open) out.add(end("content-end", index));
        ObjectNode last = Trees.object().put("type", "message-end");
        ObjectNode delta = last.putObject("delta").put("finish_reason", reason(script));
        if (counts != null) delta.set("usage", usage(counts));
        out.add(Voice.event("message-end", last));
        return out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        ObjectNode out = Trees.object().put("id", "sim").put("finish_reason", reason(script));
        ObjectNode message = out.putObject("message").put("role", "assistant");
        ArrayNode content = message.putArray("content");
        StringBuilder text = new StringBuilder();
        for (Script.Step step : script.steps()) {
            if (step instanceof Script.Think || step instanceof Script.Call) text(content, text);
            switch (step) {
                case Script.Say s -> text.append(s.text());
                case Script.Refuse r -> text.append(r.text());
                case Script.Think t ->
                    content.addObject().put("type", "thinking").put("thinking", t.text());
                case Script.Call c ->
                    message.withArray("/tool_calls")
                            .addObject()
                            .put("id", c.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", c.name())
                            .put("arguments", String.join("", c.arguments()));
            }
        }
        text(content, text);
        if (counts != null) out.set("usage", usage(counts));
        return out;
    }

    private static void text(ArrayNode content, StringBuilder text) {
        if (text.isEmpty()) return;
        content.addObject().put("type", "text").put("text", text.toString());
        text.setLength(0);
    }

    /** {@code ERROR_TOXIC} is of version 1: the document of version 2 has no word for what a filter cut off. */
    private static String reason(Script script) {
        return switch (script.end()) {
            case TURN -> script.calls() ? "TOOL_CALL" : "COMPLETE";
            case LENGTH -> "MAX_TOKENS";
            case FILTER -> "ERROR_TOXIC";
            case STOP_STRING -> "STOP_SEQUENCE";
        };
    }

    private static ObjectNode usage(Counts counts) {
        ObjectNode usage = Trees.object();
        usage.putObject("billed_units").put("input_tokens", counts.prompt()).put("output_tokens", counts.completion());
        usage.putObject("tokens")
                .put("input_tokens", counts.wrong() ? -7 : counts.prompt())
                .put("output_tokens", counts.completion());
        if (counts.cached() > 0) usage.put("cached_tokens", counts.cached());
        return usage;
    }

    private static byte[] content(String type, int index, String kind, String field, String text) {
        ObjectNode event = Trees.object().put("type", type).put("index", index);
        ObjectNode content = event.putObject("delta").putObject("message").putObject("content");
        if (kind != null) content.put("type", kind);
        content.put(field, text);
        return Voice.event(type, event);
    }

    private static byte[] end(String type, int index) {
        return Voice.event(type, Trees.object().put("type", type).put("index", index));
    }

    @Override
    public byte[] error() {
        return Voice.event(
                "message-end",
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"internal error\"}}");
    }

    @Override
    public byte[] malformed() {
        return Voice.event("content-delta", "{\"type\":\"content-delta\",\"delta\":{\"mess");
    }

    @Override
    public byte[] ping() {
        return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String message) {
        return Trees.object().put("id", "sim").put("message", message).toString();
    }
}
