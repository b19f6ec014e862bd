package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Mistral's chat completions and fill-in-the-middle, as {@code CompletionChunk} describes them: thoughts as chunks of the
 * content, calls whole and in the last chunk, counts there without being asked. Strict as the original: what it does not
 * know it refuses.
 */
final class MistralVoice implements Voice {
    private static final String ID = "cmpl-sim";

    private static final Set<String> CHAT = Set.of(
            "model",
            "temperature",
            "top_p",
            "max_tokens",
            "stream",
            "stop",
            "random_seed",
            "metadata",
            "messages",
            "response_format",
            "tools",
            "tool_choice",
            "presence_penalty",
            "frequency_penalty",
            "n",
            "prediction",
            "parallel_tool_calls",
            "reasoning_effort",
            "prompt_mode",
            "guardrails",
            "prompt_cache_key",
            "service_tier",
            "safe_prompt");

    private static final Set<String> FIM = Set.of(
            "model",
            "temperature",
            "top_p",
            "max_tokens",
            "stream",
            "stop",
            "random_seed",
            "metadata",
            "prompt",
            "suffix",
            "min_tokens",
            "prompt_cache_key");

    private static final Set<String> MESSAGE =
            Set.of("role", "content", "tool_calls", "prefix", "tool_call_id", "name");

    @Override
    public Objection objection(JsonNode request) {
        String loc = stranger("", request, request.has("messages") ? CHAT : FIM);
        for (int i = 0; i < request.path("messages").size() && loc == null; i++) {
            JsonNode message = request.get("messages").get(i);
            String role = Trees.text(message, "role");
            String at = ",\"messages\"," + i + ",\"" + role + "\"";
            loc = stranger(at, message, MESSAGE);
            if (message.has("name") && !"tool".equals(role)) loc = at + ",\"name\"";
            for (JsonNode call : message.path("tool_calls").values()) {
                if (!Trees.text(call, "id").matches("[a-zA-Z0-9]{9}")) return misnamed(Trees.text(call, "id"));
            }
            String id = Trees.text(message, "tool_call_id");
            if (id != null && !id.matches("[a-zA-Z0-9]{9}")) return misnamed(id);
        }
        if (loc == null) return null;
        return new Objection(
                422,
                "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\"" + loc
                        + "],\"msg\":\"Extra inputs are not permitted\",\"input\":null}]}");
    }

    private static String stranger(String at, JsonNode object, Set<String> known) {
        return object.propertyNames().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .map(name -> at + ",\"" + name + "\"")
                .orElse(null);
    }

    private static Objection misnamed(String id) {
        String what = "Tool call id was " + id + " but must be a-z, A-Z, 0-9, with a length of 9.";
        return new Objection(400, error(what, "invalid_function_call").toString());
    }

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        List<byte[]> out = new ArrayList<>();
        out.add(chunk(model, Trees.object().put("role", "assistant").put("content", "")));
        Script.Think open = null;
        for (Script.Step step : script.steps()) {
            ObjectNode delta = Trees.object();
            switch (step) {
                case Script.Think t -> {
                    open = t;
                    thought(delta.putArray("content"), t.text(), null, false);
                }
                case Script.Call c -> {
                    if (open == null) continue;
                    thought(delta.putArray("content"), "", open.signature(), true);
                    open = null;
                }
                case Script.Say s -> {
                    content(delta, s.text(), open);
                    open = null;
                }
                case Script.Refuse r -> {
                    content(delta, r.text(), open);
                    open = null;
                }
            }
            out.add(chunk(model, delta));
        }
        ObjectNode last = bare(model, "chat.completion.chunk");
        ObjectNode choice = last.putArray("choices").addObject().put("index", 0);
        ObjectNode delta = choice.putObject("delta").put("content", "");
        if (script.calls()) calls(script, delta.putArray("tool_calls"));
        choice.put("finish_reason", reason(script));
        if (counts != null) last.set("usage", usage(counts));
        out.add(Voice.data(last));
        out.add("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        return out;
    }

    /** A text; the first after thoughts comes with their end. */
    private static void content(ObjectNode delta, String text, Script.Think before) {
        if (before == null) {
            delta.put("content", text);
            return;
        }
        ArrayNode content = delta.putArray("content");
        thought(content, "", before.signature(), true);
        content.addObject().put("type", "text").put("text", text);
    }

    private static void thought(ArrayNode content, String text, String signature, boolean closed) {
        ObjectNode at = content.addObject().put("type", "thinking");
        ArrayNode thinking = at.putArray("thinking");
        if (!text.isEmpty()) thinking.addObject().put("type", "text").put("text", text);
        if (signature != null) at.put("signature", signature);
        at.put("closed", closed);
    }

    private static void calls(Script script, ArrayNode to) {
        for (Script.Step step : script.steps()) {
            if (!(step instanceof Script.Call c)) continue;
            to.addObject()
                    .put("id", c.id())
                    .put("index", to.size() - 1)
                    .putObject("function")
                    .put("name", c.name())
                    .put("arguments", String.join("", c.arguments()));
        }
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        ObjectNode message = Trees.object().put("role", "assistant");
        ArrayNode content = Trees.array();
        StringBuilder text = new StringBuilder();
        for (Script.Step step : script.steps()) {
            switch (step) {
                case Script.Say s -> text.append(s.text());
                case Script.Refuse r -> text.append(r.text());
                case Script.Think t -> thought(content, t.text(), t.signature(), true);
                case Script.Call c -> {}
            }
        }
        if (content.isEmpty()) {
            message.put("content", text.toString());
        } else {
            if (!text.isEmpty()) content.addObject().put("type", "text").put("text", text.toString());
            message.set("content", content);
        }
        if (script.calls()) calls(script, message.putArray("tool_calls"));
        else message.putNull("tool_calls");
        ObjectNode out = bare(model, "chat.completion");
        ObjectNode choice = out.putArray("choices").addObject().put("index", 0);
        choice.put("finish_reason", reason(script)).set("message", message);
        if (counts != null) out.set("usage", usage(counts));
        return out;
    }

    /** The word for what a filter cut off is OpenAI's: no document of Mistral's has one. */
    private static String reason(Script script) {
        return switch (script.end()) {
            case TURN, STOP_STRING -> script.calls() ? "tool_calls" : "stop";
            case LENGTH -> "length";
            case FILTER -> "content_filter";
        };
    }

    private static ObjectNode bare(String model, String object) {
        return Trees.object()
                .put("id", ID)
                .put("object", object)
                .put("created", 1790000000)
                .put("model", model);
    }

    private static byte[] chunk(String model, ObjectNode delta) {
        ObjectNode chunk = bare(model, "chat.completion.chunk");
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.putNull("finish_reason");
        return Voice.data(chunk);
    }

    private static ObjectNode usage(Counts c) {
        ObjectNode usage = Trees.object()
                .put("prompt_tokens", c.wrong() ? -7 : c.prompt())
                .put("total_tokens", c.prompt() + c.completion())
                .put("completion_tokens", c.completion());
        usage.putObject("prompt_tokens_details").put("cached_tokens", c.cached());
        return usage;
    }

    @Override
    public byte[] error() {
        ObjectNode chunk = bare("sim", "chat.completion.chunk");
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.putObject("delta").put("content", "");
        choice.put("finish_reason", "error");
        return Voice.data(chunk);
    }

    @Override
    public byte[] malformed() {
        return Voice.data("{\"id\":\"cmpl-sim\",\"choices\":[{\"delta\":{\"content\":\"hal");
    }

    @Override
    public byte[] ping() {
        return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String message) {
        if (status == 422) {
            ObjectNode out = Trees.object();
            ObjectNode fault = out.putArray("detail").addObject();
            fault.put("type", "value_error").put("msg", message);
            fault.putArray("loc").add("body").add("temperature");
            return out.toString();
        }
        String type = switch (status) {
            case 401 -> "authentication_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
        return error(message, type).toString();
    }

    private static ObjectNode error(String message, String type) {
        return Trees.object()
                .put("object", "error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .putNull("code");
    }
}
