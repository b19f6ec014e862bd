package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ReasoningOptions.Effort;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request of OpenAI's Chat Completions ({@code CreateChatCompletionRequest}), in a server's flavour. */
final class ChatWriter {
    /** What no extension may replace. */
    private static final Set<String> OURS = Set.of(
            "model", "messages", "prompt", "stream", "stream_options", "n", "tools", "tool_choice", "response_format");

    private final Flavour flavour;
    private final String provider;
    private final Fields fields;

    ChatWriter(Flavour flavour, String provider, Fields fields) {
        this.flavour = flavour;
        this.provider = provider;
        this.fields = fields;
    }

    ObjectNode write(ChatRequest r, String model) {
        ObjectNode out = Json.object().put("model", model);
        if (r.prompt() instanceof Prompt.Conversation c) {
            ArrayNode messages = out.putArray("messages");
            tools(r, out);
            format(r.responseFormat(), out);
            reasoning(r.reasoning(), out);
            messages(c, model, out, messages);
            if (c.continueLast()) prefill(out, messages);
        } else {
            completion(r.prompt(), out);
        }
        Parameters.write(r, flavour.parameters(), fields, out);
        labels(r, out);
        extensions(out);
        out.put("stream", true);
        if (flavour.usageOption()) out.putObject("stream_options").put("include_usage", true);
        return out;
    }

    private void messages(Prompt.Conversation c, String model, ObjectNode out, ArrayNode to) {
        if (flavour.form() != Flavour.Form.MISTRAL) {
            new ChatMessages(flavour, provider).write(c, to);
            return;
        }
        boolean asked = !Json.text(out, "reasoning_effort", "none").equals("none");
        boolean thinks = asked || fields.hasExtension("prompt_mode") || model.contains("magistral");
        new MistralMessages(provider, thinks).write(c, to);
    }

    private void labels(ChatRequest r, ObjectNode out) {
        if (flavour.form() == Flavour.Form.MISTRAL) {
            if (!r.metadata().isEmpty()) r.metadata().forEach(out.putObject("metadata")::put);
        } else if (flavour == Flavour.OPENAI) {
            if (r.user() != null) out.put("safety_identifier", r.user());
            // Only what is stored may carry labels.
            if (!r.metadata().isEmpty() && isTrue(out, "store")) {
                ObjectNode labels = out.putObject("metadata");
                r.metadata().forEach(labels::put);
            }
        } else if (r.user() != null) {
            out.put("user", r.user());
        }
    }

    private static boolean isTrue(ObjectNode out, String field) {
        return out.path(field).isBoolean() && out.path(field).booleanValue();
    }

    private void completion(Prompt prompt, ObjectNode out) {
        switch (prompt) {
            case Prompt.Raw p -> out.put("prompt", p.text());
            case Prompt.Infill p -> out.put("prompt", p.prefix()).put("suffix", p.suffix());
            case Prompt.Tokens p -> {
                if (flavour.form() == Flavour.Form.MISTRAL) throw Fields.noPlace(provider, "a prompt of token ids");
                ArrayNode ids = out.putArray("prompt");
                for (int id : p.ids()) ids.add(id);
            }
            case Prompt.Conversation p -> throw new IllegalArgumentException("a conversation is no completion");
        }
    }

    private void prefill(ObjectNode out, ArrayNode messages) {
        ObjectNode last = (ObjectNode) messages.get(messages.size() - 1);
        switch (flavour.prefill()) {
            case PREFIX -> last.put("prefix", true);
            case CONTINUE -> out.put("continue_final_message", true).put("add_generation_prompt", false);
            case PLAIN -> {}
            case NONE -> throw Fields.noPlace(provider, "an answer that is begun already (prefill)");
        }
    }

    private void tools(ChatRequest r, ObjectNode out) {
        fields.take("tools");
        fields.take("tool_choice");
        List<Tool> tools = new ArrayList<>(r.tools());
        ToolChoice choice = r.toolChoice();
        if (choice instanceof ToolChoice.Named named
                && !flavour.allowedTools()
                && (named.names().size() > 1 || !named.required())) {
            // Without allowed_tools, those that may not be called are left out: the choice is the same.
            tools.removeIf(t -> !named.names().contains(t.name()));
            choice = named.required() ? new ToolChoice.Required() : new ToolChoice.Auto();
        }
        if (tools.isEmpty()) return;
        ArrayNode array = out.putArray("tools");
        for (Tool tool : tools) tool(array.addObject(), tool);
        switch (choice) {
            case ToolChoice.Auto c -> {}
            case ToolChoice.None c -> out.put("tool_choice", "none");
            case ToolChoice.Required c -> out.put("tool_choice", flavour.required());
            case ToolChoice.Named c -> named(r, c, out);
        }
    }

    private void tool(ObjectNode at, Tool tool) {
        switch (tool) {
            case Tool.Function f -> {
                ObjectNode function =
                        at.put("type", "function").putObject("function").put("name", f.name());
                if (f.description() != null) function.put("description", f.description());
                if (f.parameters() != null) {
                    function.set("parameters", Json.givenObject(f.parameters(), "tools." + f.name() + ".parameters"));
                } else if (flavour.form() == Flavour.Form.MISTRAL) {
                    function.putObject("parameters").put("type", "object").putObject("properties");
                }
                if (f.strict() != null) function.put("strict", f.strict());
            }
            case Tool.Custom c -> {
                if (!flavour.allowedTools()) throw Fields.noPlace(provider, "the freeform tool " + c.name());
                ObjectNode custom = at.put("type", "custom").putObject("custom").put("name", c.name());
                if (c.description() != null) custom.put("description", c.description());
                if (c.grammar() != null) {
                    custom.putObject("format")
                            .put("type", "grammar")
                            .putObject("grammar")
                            .put("syntax", c.grammar().syntax())
                            .put("definition", c.grammar().definition());
                }
            }
            case Tool.Hosted h -> {
                if (flavour.extensions() != null) {
                    throw Fields.noPlace(provider, "the hosted tool " + h.name() + " over Chat Completions");
                }
                at.setAll(Json.givenObject(h.configuration(), "tools." + h.name()));
            }
        }
    }

    private static void named(ChatRequest r, ToolChoice.Named choice, ObjectNode out) {
        if (choice.names().size() == 1 && choice.required()) {
            name(r, choice.names().getFirst(), out.putObject("tool_choice"));
            return;
        }
        ObjectNode allowed =
                out.putObject("tool_choice").put("type", "allowed_tools").putObject("allowed_tools");
        allowed.put("mode", choice.required() ? "required" : "auto");
        ArrayNode names = allowed.putArray("tools");
        for (String name : choice.names()) name(r, name, names.addObject());
    }

    private static void name(ChatRequest r, String name, ObjectNode at) {
        String type = r.tools().stream().anyMatch(t -> t.name().equals(name) && t instanceof Tool.Custom)
                ? "custom"
                : "function";
        at.put("type", type).putObject(type).put("name", name);
    }

    private void format(ResponseFormat format, ObjectNode out) {
        switch (format) {
            case ResponseFormat.Text f -> {}
            case ResponseFormat.JsonObject f -> {
                fields.take("response_format");
                out.putObject("response_format").put("type", "json_object");
            }
            case ResponseFormat.JsonSchema f -> {
                fields.take("response_format");
                ObjectNode schema = out.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema")
                        .put("name", f.name() == null ? "answer" : f.name());
                schema.set("schema", Json.givenObject(f.schema(), "response_format.schema"));
                if (f.strict() != null) schema.put("strict", f.strict());
            }
            case ResponseFormat.Grammar f -> {
                if (flavour.constraints() == Flavour.Constraints.LLAMA) out.put("grammar", f.gbnf());
                else if (flavour.constraints() == Flavour.Constraints.VLLM)
                    constraint(out).put("grammar", f.gbnf());
                else return;
                fields.take("response_format");
            }
            case ResponseFormat.Regex f -> {
                if (flavour.constraints() != Flavour.Constraints.VLLM) return;
                constraint(out).put("regex", f.pattern());
                fields.take("response_format");
            }
            case ResponseFormat.Choice f -> {
                if (flavour.constraints() != Flavour.Constraints.VLLM) return;
                ArrayNode options = constraint(out).putArray("choice");
                f.options().forEach(options::add);
                fields.take("response_format");
            }
        }
    }

    private static ObjectNode constraint(ObjectNode out) {
        return out.putObject("structured_outputs");
    }

    private void reasoning(ReasoningOptions t, ObjectNode out) {
        Effort effort = t.off() ? Effort.NONE : t.effort();
        switch (flavour.thinking()) {
            case NONE -> {}
            case EFFORT, EFFORT_ONLY -> {
                boolean known = flavour.thinking() == Flavour.Thinking.EFFORT || effort != Effort.NONE;
                if (!known) return;
                if (effort != null) out.put("reasoning_effort", word(effort));
                takeSwitch();
                if (t.budgetTokens() != null && t.budgetTokens() == 0) fields.take("reasoning.budget_tokens");
            }
            case EFFORT_ASKED -> {
                if (effort == Effort.MAX) return;
                if (effort == null && Boolean.TRUE.equals(t.enabled())) effort = Effort.HIGH;
                if (effort != null) out.put("reasoning_effort", word(effort));
                takeSwitch();
                if (t.budgetTokens() != null && t.budgetTokens() == 0) fields.take("reasoning.budget_tokens");
            }
            case OBJECT -> {
                takeSwitch();
                if (effort == null && t.enabled() == null && t.budgetTokens() == null) return;
                ObjectNode reasoning = out.putObject("reasoning");
                if (effort != null) reasoning.put("effort", word(effort));
                else if (t.enabled() != null) reasoning.put("enabled", t.enabled());
                Integer budget = fields.take("reasoning.budget_tokens", t.budgetTokens());
                if (budget != null && budget > 0) reasoning.put("max_tokens", budget);
            }
            case SWITCH -> {
                Boolean on = t.off() ? Boolean.FALSE : t.enabled();
                fields.take("reasoning.enabled");
                if (effort == Effort.NONE) fields.take("reasoning.effort");
                if (on != null) out.putObject("thinking").put("type", on ? "enabled" : "disabled");
            }
            case TEMPLATE -> {
                Boolean on = t.off() ? Boolean.FALSE : t.enabled();
                fields.take("reasoning.enabled");
                if (effort == Effort.NONE) fields.take("reasoning.effort");
                else if (t.effort() != null) {
                    out.put("reasoning_effort", word(t.effort()));
                    fields.take("reasoning.effort");
                }
                if (on != null) out.putObject("chat_template_kwargs").put("enable_thinking", on);
            }
        }
    }

    private void takeSwitch() {
        fields.take("reasoning.enabled");
        fields.take("reasoning.effort");
    }

    static String word(Effort effort) {
        return effort.name().toLowerCase(Locale.ROOT);
    }

    private void extensions(ObjectNode out) {
        for (String name : fields.extensions()) {
            boolean known = flavour.extensions() == null || flavour.extensions().contains(name);
            if (!known || OURS.contains(name)) continue;
            JsonNode value = fields.extension(name);
            if (value != null) out.set(name, value);
        }
    }
}
