package dev.dalang.server.openai;

import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Declarations of tools, and which of them must be called. The chat dialect puts what is said of a function into an
 * object {@code function} within the declaration; the Responses dialect has it beside the type.
 */
public final class Tools {

    public static final Tools CHAT = new Tools(true);
    public static final Tools RESPONSES = new Tools(false);

    private final boolean nested;

    private Tools(boolean nested) {
        this.nested = nested;
    }

    public List<Tool> tools(Fields in) {
        List<JsonNode> declared = in.array("tools");
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; declared != null && i < declared.size(); i++) {
            tools.add(tool(in, declared.get(i), in.path("tools") + "[" + i + "]"));
        }
        return tools;
    }

    private Tool tool(Fields parent, JsonNode node, String path) {
        String type = Fields.of(node, path).requireText("type");
        return switch (type) {
            case "function" -> function(parent.child(node, path));
            case "custom" -> custom(parent.child(node, path));
            default -> {
                if (nested) throw parent.child(node, path).invalid("type", "must be function or custom");
                yield new Tool.Hosted(hostedName(type, node.get("server_label")), type, Json.text(node), null);
            }
        };
    }

    private Tool function(Fields in) {
        in.text("type");
        Fields f = nested ? in.requireObject("function") : in;
        JsonNode parameters = f.any("parameters");
        if (parameters != null && !parameters.isObject()) throw f.invalid("parameters", "must be an object");
        return new Tool.Function(
                f.requireText("name"),
                f.text("description"),
                parameters == null ? null : Json.text(parameters),
                f.flag("strict"),
                null);
    }

    private Tool custom(Fields in) {
        in.text("type");
        Fields c = nested ? in.requireObject("custom") : in;
        Fields format = c.object("format");
        return new Tool.Custom(
                c.requireText("name"), c.text("description"), format == null ? null : grammar(format), null);
    }

    private Tool.Custom.@Nullable Grammar grammar(Fields format) {
        String type = format.word("type", List.of("text", "grammar"));
        if (type == null) throw format.invalid("type", "is required");
        if (type.equals("text")) return null;
        Fields g = nested ? format.requireObject("grammar") : format;
        return new Tool.Custom.Grammar(g.requireText("syntax"), g.requireText("definition"));
    }

    /** Several servers of one protocol are told apart by their labels. */
    private static String hostedName(String type, @Nullable JsonNode label) {
        return label != null && label.isString() ? type + ":" + label.stringValue() : type;
    }

    // ------------------------------------------------------------------ which must be called

    public ToolChoice choice(Fields in) {
        JsonNode node = in.any("tool_choice");
        if (node == null) return new ToolChoice.Auto();
        if (node.isString()) {
            return switch (node.stringValue()) {
                case "auto" -> new ToolChoice.Auto();
                case "none" -> new ToolChoice.None();
                case "required" -> new ToolChoice.Required();
                default -> throw in.invalid("tool_choice", "must be none, auto, required or an object");
            };
        }
        Fields choice = in.child(node, in.path("tool_choice"));
        if (!"allowed_tools".equals(choice.text("type"))) return new ToolChoice.Named(List.of(named(choice)));
        Fields allowed = nested ? choice.requireObject("allowed_tools") : choice;
        String mode = allowed.word("mode", List.of("auto", "required"));
        if (mode == null) throw allowed.invalid("mode", "is required");
        List<String> names =
                allowed.requireObjects("tools").stream().map(this::named).toList();
        return new ToolChoice.Named(names, mode.equals("required"));
    }

    private String named(Fields tool) {
        String type = tool.requireText("type");
        if (type.equals("function") || type.equals("custom")) {
            return (nested ? tool.requireObject(type) : tool).requireText("name");
        }
        if (nested) throw tool.invalid("type", "must be function, custom or allowed_tools");
        String label = tool.text("server_label");
        return label == null ? type : type + ":" + label;
    }
}
