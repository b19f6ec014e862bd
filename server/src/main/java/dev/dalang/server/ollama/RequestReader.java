package dev.dalang.server.ollama;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import dev.dalang.api.Truncation;
import dev.dalang.server.KeepAlive;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.preset.GoTemplate;
import dev.dalang.server.preset.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Bodies of {@code POST /api/chat} and {@code POST /api/generate} as requests of the doorway. */
final class RequestReader {

    /**
     * What was asked.
     *
     * @param request null where there is nothing to answer: the model is only to be loaded, or unloaded
     * @param stream the answer is to come as it is written
     * @param keepAlive null for the server's own
     * @param context tokens of an earlier answer of {@code /api/generate} to go on from, or null
     * @param keepsContext the answer may end with its tokens, for the next request
     */
    record Read(
            String model,
            @Nullable ChatRequest request,
            boolean stream,
            @Nullable Duration keepAlive,
            int @Nullable [] context,
            boolean keepsContext) {}

    private static final int MOST_LOGPROBS = 20;

    private RequestReader() {}

    static Read chat(Fields f) {
        String model = name(f);
        List<Fields> given = f.objects("messages");
        List<Message> messages = given == null ? List.of() : MessageReader.read(given);
        boolean nothing = messages.isEmpty();
        // A last message of the assistant's is the beginning of the answer.
        boolean prefill = !nothing && messages.getLast().role() == Role.ASSISTANT;
        List<Message> turns = nothing ? List.of(Message.user("")) : messages;
        ChatRequest.Builder b = ChatRequest.builder(model, new Prompt.Conversation(turns, prefill));
        List<Fields> tools = f.objects("tools");
        if (tools != null) b.tools(tools.stream().map(RequestReader::tool).toList());
        return common(f, model, b, nothing, null, false);
    }

    static Read generate(Fields f) {
        String model = name(f);
        String prompt = f.text("prompt", "");
        String suffix = f.text("suffix", "");
        String system = f.text("system", "");
        String template = f.text("template", "");
        boolean raw = f.flag("raw", false);
        int[] context = context(f);
        List<Part> images = MessageReader.images(f);
        boolean nothing = prompt.isEmpty() && suffix.isEmpty() && images.isEmpty();
        if (raw && !(system.isEmpty() && template.isEmpty() && context == null)) {
            throw f.invalid("raw", "goes with neither template, system nor context");
        }
        if (!images.isEmpty() && (raw || !suffix.isEmpty()))
            throw f.invalid("images", "go with neither raw nor suffix");
        ChatRequest.Builder b;
        if (!suffix.isEmpty()) {
            if (raw || context != null || !system.isEmpty() || !template.isEmpty()) {
                throw f.invalid("suffix", "goes with neither raw, context, system nor template");
            }
            b = ChatRequest.builder(model, new Prompt.Infill(prompt, suffix));
        } else if (raw) {
            b = ChatRequest.builder(model, new Prompt.Raw(prompt));
        } else {
            List<Message> turns = new ArrayList<>();
            if (!system.isEmpty()) turns.add(Message.system(system));
            List<Part> parts = new ArrayList<>(List.of(new Part.Text(prompt)));
            parts.addAll(images);
            turns.add(new Message(Role.USER, parts, null));
            b = ChatRequest.builder(model, new Prompt.Conversation(turns));
            if (!template.isEmpty()) b.chatTemplate(jinja(f, template));
        }
        return common(f, model, b, nothing, context, !raw && suffix.isEmpty());
    }

    private static Read common(
            Fields f,
            String model,
            ChatRequest.Builder b,
            boolean nothing,
            int @Nullable [] context,
            boolean keepsContext) {
        Options.read(f.object("options"), b);
        ResponseFormat format = format(f);
        if (format != null) b.responseFormat(format);
        b.reasoning(thinking(f));
        if (f.flag("truncate", false)) b.truncation(Truncation.DROP_OLDEST);
        f.refuseUnless("shift", "false", "an answer ends where the context is full");
        boolean scores = f.flag("logprobs", false);
        Integer top = f.integer("top_logprobs");
        if (top != null && (top < 0 || top > MOST_LOGPROBS)) {
            throw f.invalid("top_logprobs", "must be 0 to " + MOST_LOGPROBS + ", not " + top);
        }
        if (top != null && top > 0 && !scores) throw f.invalid("top_logprobs", "needs logprobs to be true");
        if (scores) b.topLogprobs(top == null ? 0 : top);
        boolean stream = f.flag("stream", true);
        Duration keepAlive = keepAlive(f);
        f.refuseUnless("_debug_render_only", "false", "/apply-template shows a rendered prompt");
        f.done();
        return new Read(model, nothing ? null : b.build(), stream, keepAlive, context, keepsContext);
    }

    /** {@code model}, or {@code name} as older clients say. */
    static String name(Fields f) {
        String model = f.text("model");
        String name = f.text("name");
        String wanted = model == null || model.isEmpty() ? name : model;
        if (wanted == null || wanted.isEmpty()) throw f.invalid("model", "is required");
        return wanted;
    }

    /** Seconds, or a duration like {@code "5m"}; null for the server's own. */
    static @Nullable Duration keepAlive(Fields f) {
        JsonNode value = f.any("keep_alive");
        if (value == null) return null;
        if (value.isNumber()) return KeepAlive.ofSeconds(value.doubleValue());
        if (value.isString()) return KeepAlive.parse(value.stringValue());
        throw f.invalid("keep_alive", "must be a number of seconds or a duration like \"5m\"");
    }

    /** A template of the request's own: Jinja, as models bring theirs. */
    static String jinja(Fields f, String template) {
        if (GoTemplate.isOne(template)) {
            throw f.invalid("template", "is in Go's notation; templates here are Jinja, like those in models' files");
        }
        return template;
    }

    private static Tool tool(Fields t) {
        t.refuseUnless("type", "\"function\"", "functions are what can be called");
        Fields function = t.requireObject("function");
        String name = function.requireText("name");
        JsonNode parameters = function.any("parameters");
        if (parameters != null && !parameters.isObject()) throw function.invalid("parameters", "must be an object");
        return new Tool.Function(
                name,
                function.text("description"),
                parameters == null ? null : Json.text(parameters),
                function.flag("strict"),
                null);
    }

    private static @Nullable ResponseFormat format(Fields f) {
        JsonNode format = f.any("format");
        if (format == null) return null;
        if (format.isObject()) return new ResponseFormat.JsonSchema(null, Json.text(format), null);
        if (format.isString()) {
            String word = format.stringValue();
            if (word.isEmpty()) return null;
            if (word.equals("json")) return new ResponseFormat.JsonObject();
        }
        throw f.invalid("format", "must be \"json\" or a JSON Schema");
    }

    private static ReasoningOptions thinking(Fields f) {
        JsonNode think = f.any("think");
        if (think == null) return ReasoningOptions.DEFAULT;
        if (think.isBoolean()) return ReasoningOptions.of(think.booleanValue());
        if (think.isString()) {
            return switch (think.stringValue()) {
                case "true" -> ReasoningOptions.of(true);
                case "false" -> ReasoningOptions.of(false);
                case "low" -> ReasoningOptions.of(Effort.LOW);
                case "medium" -> ReasoningOptions.of(Effort.MEDIUM);
                case "high" -> ReasoningOptions.of(Effort.HIGH);
                case "max" -> ReasoningOptions.of(Effort.MAX);
                default -> throw noThought(f);
            };
        }
        throw noThought(f);
    }

    private static DalangException noThought(Fields f) {
        return f.invalid("think", "must be true, false, \"low\", \"medium\", \"high\" or \"max\"");
    }

    private static int @Nullable [] context(Fields f) {
        List<JsonNode> ids = f.array("context");
        if (ids == null || ids.isEmpty()) return null;
        int[] context = new int[ids.size()];
        for (int i = 0; i < context.length; i++) {
            JsonNode id = ids.get(i);
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
                throw f.invalid("context", "must hold token ids, as an earlier answer gave them");
            }
            context[i] = id.intValue();
        }
        return context;
    }
}
