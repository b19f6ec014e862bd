package dev.dalang.server.responses;

import dev.dalang.api.CacheHint;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.Content;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Items of the Responses dialect as messages. Items of one turn of the assistant (thought, text, calls) become one
 * message, neighbouring results of tools another.
 */
final class ItemsReader {

    private final List<Message> messages = new ArrayList<>();
    private final List<Part> turn = new ArrayList<>();
    private final List<Part> results = new ArrayList<>();

    private ItemsReader() {}

    /** @throws dev.dalang.api.DalangException naming the field that is wrong */
    static List<Message> messages(List<? extends JsonNode> items, String path) {
        ItemsReader reader = new ItemsReader();
        for (int i = 0; i < items.size(); i++) {
            Fields in = Fields.of(items.get(i), path + "[" + i + "]");
            reader.item(in, items.get(i));
        }
        reader.close();
        return reader.messages;
    }

    private void item(Fields in, JsonNode node) {
        String type = in.text("type", "message");
        switch (type) {
            case "message" -> message(in);
            case "reasoning" -> reasoning(in);
            case "function_call" -> call(in, false);
            case "custom_tool_call" -> call(in, true);
            case "function_call_output", "custom_tool_call_output" -> result(in);
            default -> {
                // Only its provider knows what it is, and gets it as it was.
                own(new Part.Opaque("openai", type, Json.text(node), null));
                return;
            }
        }
        in.done();
    }

    // ------------------------------------------------------------------ turns

    private void own(Part part) {
        closeResults();
        boolean again = part instanceof Part.Text || part instanceof Part.Reasoning;
        if (again && turn.stream().anyMatch(p -> p instanceof Part.Text || p instanceof Part.ToolCall)) closeTurn();
        turn.add(part);
    }

    private void closeTurn() {
        if (turn.isEmpty()) return;
        messages.add(new Message(Role.ASSISTANT, turn, null));
        turn.clear();
    }

    private void closeResults() {
        if (results.isEmpty()) return;
        messages.add(new Message(Role.TOOL, results, null));
        results.clear();
    }

    private void close() {
        closeTurn();
        closeResults();
    }

    // ------------------------------------------------------------------ kinds of items

    private void message(Fields in) {
        Role role = role(in);
        String id = in.text("id");
        String phase = in.text("phase");
        in.text("status");
        in.any("dalang");
        List<Part> parts = content(in, "content", Ids.ofProvider(id), phase);
        if (role == Role.ASSISTANT) {
            closeResults();
            boolean spoken = turn.stream().anyMatch(p -> p instanceof Part.Text || p instanceof Part.ToolCall);
            if (spoken) closeTurn();
            turn.addAll(parts);
        } else {
            close();
            messages.add(new Message(role, parts, null));
        }
    }

    private static Role role(Fields in) {
        return switch (in.requireText("role")) {
            case "user" -> Role.USER;
            case "system" -> Role.SYSTEM;
            case "developer" -> Role.DEVELOPER;
            case "assistant" -> Role.ASSISTANT;
            default -> throw in.invalid("role", "must be user, assistant, system or developer");
        };
    }

    private void reasoning(Fields in) {
        String id = Ids.ofProvider(in.text("id"));
        in.text("status");
        Fields ours = in.object("dalang");
        if (ours != null && id == null) id = ours.text("item_id");
        String sealed = in.text("encrypted_content");
        String summary = texts(in, "summary");
        String whole = texts(in, "content");
        if (!whole.isEmpty()) own(new Part.Reasoning(whole, sealed, id, false));
        else if (!summary.isEmpty()) own(new Part.Reasoning(summary, sealed, id, true));
        else if (sealed != null) own(new Part.RedactedReasoning(sealed, id));
    }

    private static String texts(Fields in, String name) {
        List<Fields> parts = in.objects(name);
        if (parts == null) return "";
        StringBuilder text = new StringBuilder();
        for (Fields part : parts) {
            part.text("type");
            if (!text.isEmpty()) text.append("\n\n");
            text.append(part.requireText("text"));
        }
        return text.toString();
    }

    private void call(Fields in, boolean freeform) {
        in.text("status");
        Part.ToolCall call = new Part.ToolCall(
                in.requireText("call_id"),
                in.requireText("name"),
                in.requireText(freeform ? "input" : "arguments"),
                Ids.ofProvider(in.text("id")),
                freeform,
                null);
        closeResults();
        turn.add(call);
    }

    private void result(Fields in) {
        in.text("id");
        in.text("status");
        String call = in.requireText("call_id");
        in.requireAny("output");
        List<Part> parts = content(in, "output", null, null);
        closeTurn();
        results.add(new Part.ToolResult(call, in.text("name"), parts, false, null));
    }

    // ------------------------------------------------------------------ content

    private static List<Part> content(Fields in, String name, @Nullable String itemId, @Nullable String phase) {
        JsonNode content = in.requireAny(name);
        if (content.isString()) return List.of(new Part.Text(content.stringValue(), null, null, itemId, phase));
        if (!content.isArray()) throw in.invalid(name, "must be a string or an array of parts");
        List<Part> parts = new ArrayList<>();
        for (Fields part : in.requireObjects(name)) parts.add(part(part, itemId, phase));
        return List.copyOf(parts);
    }

    private static Part part(Fields in, @Nullable String itemId, @Nullable String phase) {
        String type = in.requireText("type");
        CacheHint cache = Content.cache(in);
        return switch (type) {
            case "input_text", "text" -> new Part.Text(in.requireText("text"), cache, null, itemId, phase);
            case "output_text" -> {
                JsonNode annotations = in.any("annotations");
                in.any("logprobs");
                String said = annotations == null || annotations.isEmpty() ? null : Json.text(annotations);
                yield new Part.Text(in.requireText("text"), cache, said, itemId, phase);
            }
            case "refusal" -> new Part.Refusal(in.requireText("refusal"));
            case "input_image" -> new Part.Image(image(in), in.text("detail"), cache);
            case "input_file" -> file(in, cache);
            default -> throw in.invalid("type", "must be input_text, input_image, input_file, output_text or refusal");
        };
    }

    private static Source image(Fields in) {
        String url = in.text("image_url");
        String id = in.text("file_id");
        if (url != null && id == null) return Content.source(url, in.path("image_url"));
        if (id != null && url == null) return new Source.FileId(id);
        throw in.invalid("image_url", "or file_id is required, and only one of them");
    }

    private static Part file(Fields in, @Nullable CacheHint cache) {
        String data = in.text("file_data");
        String id = in.text("file_id");
        String url = in.text("file_url");
        in.refuseUnless("detail", "\"auto\"", "how much of a file is looked at is the model's business");
        Source source;
        if (data != null && id == null && url == null) source = Content.data(data, in.path("file_data"));
        else if (id != null && data == null && url == null) source = new Source.FileId(id);
        else if (url != null && data == null && id == null) source = new Source.Url(url);
        else throw in.invalid("file_data", "or file_id or file_url is required, and only one of them");
        return new Part.Document(source, in.text("filename"), null, false, cache);
    }
}
