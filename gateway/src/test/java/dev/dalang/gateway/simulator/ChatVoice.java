package dev.dalang.gateway.simulator;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's Chat Completions, as {@code CreateChatCompletionStreamResponse} describes it. */
final class ChatVoice implements Voice {
    private static final String ID = "chatcmpl-sim";

    @Override
    public List<byte[]> frames(Script script, String model, Counts counts, JsonNode request) {
        boolean usage = request.path("stream_options").path("include_usage").asBoolean(false);
        // Whoever does not know the option is counted for in the last chunk.
        boolean always = !request.has("stream_options");
        List<byte[]> out = new ArrayList<>();
        ObjectNode first = Trees.object().put("role", "assistant").put("content", "");
        first.putNull("refusal");
        out.add(chunk(model, first, null, usage));
        int call = 0;
        for (Script.Step step : script.steps()) {
            switch (step) {
                case Script.Say s -> out.add(chunk(model, Trees.object().put("content", s.text()), null, usage));
                case Script.Think t ->
                    out.add(chunk(model, Trees.object().put("reasoning_content", t.text()), null, usage));
                case Script.Refuse r -> out.add(chunk(model, Trees.object().put("refusal", r.text()), null, usage));
                case Script.Call c -> {
                    ObjectNode head = Trees.object();
                    head.putArray("tool_calls")
                            .addObject()
                            .put("index", call)
                            .put("id", c.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", c.name())
                            .put("arguments", "");
                    out.add(chunk(model, head, null, usage));
                    for (String piece : c.arguments()) {
                        ObjectNode more = Trees.object();
                        more.putArray("tool_calls")
                                .addObject()
                                .put("index", call)
                                .putObject("function")
                                .put("arguments", piece);
                        out.add(chunk(model, more, null, usage));
                    }
                    call++;
                }
            }
        }
        ObjectNode last = bare(model);
        choice(last, Trees.object(), reason(script));
        if (always && counts != null) last.set("usage", usage(counts));
        else if (usage) last.putNull("usage");
        out.add(Voice.data(last));
        if (usage && counts != null) {
            ObjectNode chunk = bare(model);
            chunk.putArray("choices");
            chunk.set("usage", usage(counts));
            out.add(Voice.data(chunk));
        }
        out.add("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        return out;
    }

    @Override
    public ObjectNode whole(Script script, String model, Counts counts, JsonNode request) {
        ObjectNode message = Trees.object().put("role", "assistant");
        String text = said(script, Script.Say.class);
        String refused = said(script, Script.Refuse.class);
        String thought = said(script, Script.Think.class);
        message.put("content", text.isEmpty() ? null : text).put("refusal", refused.isEmpty() ? null : refused);
        message.putArray("annotations");
        if (!thought.isEmpty()) message.put("reasoning_content", thought);
        if (script.calls()) {
            ArrayNode calls = message.putArray("tool_calls");
            for (Script.Step step : script.steps()) {
                if (!(step instanceof Script.Call c)) continue;
                calls.addObject()
                        .put("id", c.id())
                        .put("type", "function")
                        .putObject("function")
                        .put("name", c.name())
                        .put("arguments", String.join("", c.arguments()));
            }
        }
        ObjectNode out = bare(model).put("object", "chat.completion");
        ObjectNode choice = out.putArray("choices").addObject().put("index", 0);
        choice.set("message", message);
        choice.putNull("logprobs").put("finish_reason", reason(script));
        if (counts != null) out.set("usage", usage(counts));
        return out;
    }

    private static String said(Script script, Class<? extends Script.Step> kind) {
        StringBuilder text = new StringBuilder();
        for (Script.Step step : script.steps()) {
            if (!kind.isInstance(step)) continue;
            text.append(
                    switch (step) {
                        case Script.Say s -> s.text();
                        case Script.Refuse r -> r.text();
                        case Script.Think t -> t.text();
                        case Script.Call c -> c.name();
                    });
        }
        return text.toString();
    }

    private static String reason(Script script) {
        return switch (script.end()) {
            case TURN, STOP_STRING -> script.calls() ? "tool_calls" : "stop";
            case LENGTH -> "length";
            case FILTER -> "content_filter";
        };
    }

    private static ObjectNode bare(String model) {
        return Trees.object()
                .put("id", ID)
                .put("object", "chat.completion.chunk")
                .put("created", 1790000000)
                .put("model", model)
                .put("service_tier", "default")
                .put("system_fingerprint", "fp_sim");
    }

    private static void choice(ObjectNode chunk, ObjectNode delta, String reason) {
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.putNull("logprobs");
        if (reason == null) choice.putNull("finish_reason");
        else choice.put("finish_reason", reason);
    }

    private static byte[] chunk(String model, ObjectNode delta, String reason, boolean usage) {
        ObjectNode chunk = bare(model);
        choice(chunk, delta, reason);
        if (usage) chunk.putNull("usage");
        return Voice.data(chunk);
    }

    private static ObjectNode usage(Counts c) {
        ObjectNode usage = Trees.object()
                .put("prompt_tokens", c.wrong() ? -7 : c.prompt())
                .put("completion_tokens", c.completion())
                .put("total_tokens", c.prompt() + c.completion());
        usage.putObject("prompt_tokens_details")
                .put("cached_tokens", c.cached())
                .put("audio_tokens", 0);
        usage.putObject("completion_tokens_details")
                .put("reasoning_tokens", c.reasoning())
                .put("audio_tokens", 0);
        return usage;
    }

    @Override
    public byte[] error() {
        return Voice.data(
                "{\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}");
    }

    @Override
    public byte[] malformed() {
        return Voice.data("{\"id\":\"chatcmpl-sim\",\"choices\":[{\"delta\":{\"content\":\"hal");
    }

    @Override
    public byte[] ping() {
        return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String message) {
        ObjectNode out = Trees.object();
        ObjectNode error = out.putObject("error").put("message", message);
        error.put(
                "type",
                status == 429 ? "rate_limit_exceeded" : status >= 500 ? "server_error" : "invalid_request_error");
        error.putNull("param").putNull("code");
        return out.toString();
    }
}
