package dev.dalang.gateway.simulator;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Bedrock's Converse, and ConverseStream in AWS's binary event stream. */
public final class BedrockVoice implements Voice {

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        List<byte[]> out = new ArrayList<>();
        out.add(event("messageStart", Trees.object().put("role", "assistant")));
        int index = 0;
        boolean open = false;
        for (Script.Step step : script.steps()) {
            if (open && !(step instanceof Script.Say) && !(step instanceof Script.Refuse)) {
                out.add(event("contentBlockStop", Trees.object().put("contentBlockIndex", index++)));
                open = false;
            }
            switch (step) {
                case Script.Say s -> {
                    open = true;
                    out.add(delta(index, Trees.object().put("text", s.text())));
                }
                case Script.Refuse r -> {
                    open = true;
                    out.add(delta(index, Trees.object().put("text", r.text())));
                }
                case Script.Think t -> {
                    ObjectNode text = Trees.object();
                    text.putObject("reasoningContent").put("text", t.text());
                    out.add(delta(index, text));
                    if (t.signature() != null) {
                        ObjectNode signature = Trees.object();
                        signature.putObject("reasoningContent").put("signature", t.signature());
                        out.add(delta(index, signature));
                    }
                    out.add(event("contentBlockStop", Trees.object().put("contentBlockIndex", index++)));
                }
                case Script.Call c -> {
                    ObjectNode start = Trees.object().put("contentBlockIndex", index);
                    start.putObject("start")
                            .putObject("toolUse")
                            .put("toolUseId", c.id())
                            .put("name", c.name());
                    out.add(event("contentBlockStart", start));
                    for (String piece : c.arguments()) {
                        ObjectNode use = Trees.object();
                        use.putObject("toolUse").put("input", piece);
                        out.add(delta(index, use));
                    }
                    out.add(event("contentBlockStop", Trees.object().put("contentBlockIndex", index++)));
                }
            }
        }
        if (open) out.add(event("contentBlockStop", Trees.object().put("contentBlockIndex", index)));
        out.add(event("messageStop", Trees.object().put("stopReason", reason(script))));
        ObjectNode metadata = Trees.object();
        if (counts != null) metadata.set("usage", usage(counts));
        metadata.putObject("metrics").put("latencyMs", 1);
        out.add(event("metadata", metadata));
        return out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        ObjectNode out = Trees.object();
        out.putObject("metrics").put("latencyMs", 1);
        ObjectNode message = out.putObject("output").putObject("message").put("role", "assistant");
        ArrayNode content = message.putArray("content");
        StringBuilder text = new StringBuilder();
        for (Script.Step step : script.steps()) {
            if (step instanceof Script.Think || step instanceof Script.Call) text(content, text);
            switch (step) {
                case Script.Say s -> text.append(s.text());
                case Script.Refuse r -> text.append(r.text());
                case Script.Think t -> {
                    ObjectNode reasoning = content.addObject()
                            .putObject("reasoningContent")
                            .putObject("reasoningText")
                            .put("text", t.text());
                    if (t.signature() != null) reasoning.put("signature", t.signature());
                }
                case Script.Call c ->
                    content.addObject()
                            .putObject("toolUse")
                            .put("toolUseId", c.id())
                            .put("name", c.name())
                            .set("input", Trees.parse(String.join("", c.arguments())));
            }
        }
        text(content, text);
        out.put("stopReason", reason(script));
        if (counts != null) out.set("usage", usage(counts));
        return out;
    }

    private static void text(ArrayNode content, StringBuilder text) {
        if (text.isEmpty()) return;
        content.addObject().put("text", text.toString());
        text.setLength(0);
    }

    private static String reason(Script script) {
        return switch (script.end()) {
            case TURN -> script.calls() ? "tool_use" : "end_turn";
            case LENGTH -> "max_tokens";
            case FILTER -> "content_filtered";
            case STOP_STRING -> "stop_sequence";
        };
    }

    private static ObjectNode usage(Counts counts) {
        return Trees.object()
                .put("inputTokens", counts.wrong() ? -7 : counts.prompt() - counts.cached())
                .put("outputTokens", counts.completion())
                .put("totalTokens", counts.prompt() + counts.completion())
                .put("cacheReadInputTokens", counts.cached())
                .put("cacheWriteInputTokens", 0);
    }

    private static byte[] delta(int index, ObjectNode delta) {
        ObjectNode event = Trees.object().put("contentBlockIndex", index);
        event.set("delta", delta);
        return event("contentBlockDelta", event);
    }

    private static byte[] event(String type, ObjectNode payload) {
        return message(
                Map.of(":message-type", "event", ":event-type", type, ":content-type", "application/json"),
                payload.put("p", "abcdef").toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A message of the event stream, with both of its check sums. */
    public static byte[] message(Map<String, String> headers, byte[] payload) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        headers.forEach((name, value) -> {
            byte[] n = name.getBytes(StandardCharsets.UTF_8);
            byte[] v = value.getBytes(StandardCharsets.UTF_8);
            head.write(n.length);
            head.writeBytes(n);
            head.write(7);
            head.write(v.length >> 8);
            head.write(v.length);
            head.writeBytes(v);
        });
        int total = 12 + head.size() + payload.length + 4;
        ByteBuffer out = ByteBuffer.allocate(total).putInt(total).putInt(head.size());
        out.putInt(crc(out.array(), 8)).put(head.toByteArray()).put(payload);
        out.putInt(crc(out.array(), total - 4));
        return out.array();
    }

    private static int crc(byte[] data, int length) {
        CRC32 crc = new CRC32();
        crc.update(data, 0, length);
        return (int) crc.getValue();
    }

    @Override
    public byte[] error() {
        return message(
                Map.of(
                        ":message-type",
                        "exception",
                        ":exception-type",
                        "throttlingException",
                        ":content-type",
                        "application/json"),
                "{\"message\":\"Too many requests, please wait before trying again.\"}"
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] malformed() {
        byte[] good = event("contentBlockDelta", Trees.object().put("contentBlockIndex", 0));
        good[good.length - 6] ^= 1;
        return good;
    }

    @Override
    public byte[] ping() {
        return event("unknownLaterEvent", Trees.object());
    }

    @Override
    public String contentType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public String refusal(int status, String message) {
        return Trees.object().put("message", message).toString();
    }

    /** The kind of error stands in the head alone. */
    @Override
    public Map<String, String> refusalHeaders(int status) {
        String kind = switch (status) {
            case 400 -> "ValidationException";
            case 403 -> "AccessDeniedException";
            case 404 -> "ResourceNotFoundException";
            case 408 -> "ModelTimeoutException";
            case 424 -> "ModelErrorException";
            case 429 -> "ThrottlingException";
            case 503 -> "ServiceUnavailableException";
            default -> "InternalServerException";
        };
        return Map.of("x-amzn-ErrorType", kind);
    }

    @Override
    public int strangerStatus() {
        return 403;
    }

    @Override
    public String stranger(String key) {
        return refusal(403, "Authentication failed: Please make sure your API Key is valid.");
    }
}
