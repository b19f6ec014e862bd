package dev.dalang.engine.template;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation on its way into a template: messages as the maps that Hugging Face's templates read, with what the
 * template cannot show put into words that it can.
 */
final class ChatContext {
    private static final Map<String, Object> NO_PARAMETERS = Map.of("type", "object", "properties", Map.of());

    /** A message of the template; content is text until the maps are made. */
    private static final class Turn {
        private final Role role;
        private final List<Map<String, Object>> calls = new ArrayList<>();
        private @Nullable String name;
        private @Nullable String callId;
        private String content = "";
        private String reasoning = "";

        Turn(Role role) {
            this.role = role;
        }
    }

    private final TemplateCapabilities able;
    private final List<Notice> notices;
    private final List<Turn> turns = new ArrayList<>();
    private final Map<String, String> toolNames = new HashMap<>();
    private final Map<String, String> shortIds = new HashMap<>();
    private final Map<String, String> namedIds = new HashMap<>();
    private int calls;

    ChatContext(TemplateCapabilities able, List<Notice> notices) {
        this.able = able;
        this.notices = notices;
    }

    /** Adds a conversation, once. */
    void add(List<Message> messages, List<Tool> tools) {
        for (Message message : messages) {
            if (message.role() == Role.TOOL) addResults(message);
            else turns.add(turn(message));
        }
        if (!tools.isEmpty() && !able.tools()) describeTools(tools);
        if (!able.systemRole()) foldSystem();
        if (!shortIds.isEmpty()) {
            notice("tool_ids_rewritten", "the model's chat template takes only tool call ids of nine characters");
        }
    }

    private void notice(String code, String message) {
        Notice notice = new Notice(code, message);
        if (!notices.contains(notice)) notices.add(notice);
    }

    // ---- messages to turns -----------------------------------------------------------------------------------------

    private Turn turn(Message message) {
        Role role = message.role();
        if (role == Role.DEVELOPER && !able.developerRole()) {
            role = Role.SYSTEM;
            notice(
                    "developer_as_system",
                    "the model knows no developer role; those messages are system messages to it");
        }
        Turn turn = new Turn(role);
        turn.name = message.name();
        StringBuilder content = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Text text -> content.append(text.text());
                case Part.Refusal refusal -> content.append(refusal.text());
                case Part.Reasoning thought -> reasoning.append(thought.text());
                case Part.ToolCall call -> addCall(turn, call, content);
                case Part.Image ignored -> throw unreadable("an image");
                case Part.Audio ignored -> throw unreadable("a sound");
                case Part.Document ignored -> throw unreadable("a document");
                case Part.RedactedReasoning ignored -> throw unreadable("another provider's sealed reasoning");
                case Part.Opaque ignored -> throw unreadable("a block of another provider");
                case Part.ToolResult ignored -> throw new IllegalStateException("a tool result outside its role");
            }
        }
        turn.content = content.toString();
        turn.reasoning = reasoning.toString();
        if (!turn.reasoning.isEmpty() && able.reasoningField() == null) {
            notice("reasoning_dropped", "the model's chat template shows no earlier reasoning; it was left out");
        }
        return turn;
    }

    private static DalangException unreadable(String what) {
        return DalangException.unsupported(
                "this model reads text only, and the conversation holds " + what, "messages");
    }

    private void addCall(Turn turn, Part.ToolCall call, StringBuilder content) {
        toolNames.put(call.id(), call.name());
        if (!able.toolCalls()) {
            content.append(content.isEmpty() ? "" : "\n")
                    .append("<tool_call>\n{\"name\": ")
                    .append(json(call.name()))
                    .append(", \"arguments\": ")
                    .append(call.arguments().isBlank() ? "{}" : call.arguments())
                    .append("}\n</tool_call>");
            notice(
                    "tool_calls_in_text",
                    "the model's chat template shows no tool calls; they were written out as text");
            return;
        }
        String text = call.arguments().isBlank() ? "{}" : call.arguments();
        Object arguments =
                able.argumentsAsObject() ? JsonReader.read(text, "the arguments of the call to " + call.name()) : text;
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", arguments == null ? Map.of() : arguments);
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", able.namesInCallIds() ? namedId(call) : id(call.id()));
        map.put("type", MarkedText.trusted("function"));
        map.put("function", function);
        turn.calls.add(map);
    }

    private void addResults(Message message) {
        for (Part part : message.parts()) {
            if (!(part instanceof Part.ToolResult result)) continue;
            for (Part inner : result.parts()) {
                if (!(inner instanceof Part.Text)) throw unreadable("a tool result that is not text");
            }
            Turn turn = new Turn(able.toolResults() ? Role.TOOL : Role.USER);
            String named = namedIds.get(result.callId());
            turn.callId = named != null ? named : id(result.callId());
            turn.name = result.toolName() != null ? result.toolName() : toolNames.get(result.callId());
            turn.content = result.text();
            if (!able.toolResults()) {
                turn.content = "<tool_response>\n" + result.text() + "\n</tool_response>";
                turn.name = null;
                notice(
                        "tool_results_as_user",
                        "the model's chat template shows no tool results; they were given to it as user messages");
            }
            turns.add(turn);
        }
    }

    /** The id by which the model knows the call, when it came from elsewhere. */
    private String namedId(Part.ToolCall call) {
        int index = calls++;
        return call.id().startsWith("functions.")
                ? call.id()
                : namedIds.computeIfAbsent(call.id(), k -> "functions." + call.name() + ":" + index);
    }

    /** The call's id, or nine characters that stand for it where the template takes nothing longer. */
    private String id(String id) {
        boolean fits = id.length() == 9 && id.chars().allMatch(c -> c < 128 && Character.isLetterOrDigit(c));
        if (!able.shortCallIds() || fits) return id;
        return shortIds.computeIfAbsent(id, k -> String.format("call%05d", shortIds.size() + 1));
    }

    // ---- putting into words ----------------------------------------------------------------------------------------

    private void describeTools(List<Tool> tools) {
        StringBuilder text = new StringBuilder("You can call these functions, each described by a JSON object:\n");
        for (Object declaration : declarations(tools)) {
            text.append(json(declaration)).append('\n');
        }
        text.append("To call one, answer with its name and arguments like this:\n")
                .append("<tool_call>\n{\"name\": \"the name\", \"arguments\": {}}\n</tool_call>");
        Turn first = turns.isEmpty() ? null : turns.getFirst();
        if (first != null && first.role == Role.SYSTEM) {
            first.content = first.content + "\n\n" + text;
        } else {
            Turn system = new Turn(Role.SYSTEM);
            system.content = text.toString();
            turns.addFirst(system);
        }
        notice(
                "tools_in_prompt",
                "the model's chat template knows no tools; they were described in the system message");
    }

    private void foldSystem() {
        StringBuilder system = new StringBuilder();
        for (Turn turn : turns) {
            if (turn.role == Role.SYSTEM) system.append(turn.content).append("\n\n");
        }
        if (system.isEmpty()) return;
        turns.removeIf(turn -> turn.role == Role.SYSTEM);
        Turn user = null;
        for (Turn turn : turns) {
            if (user == null && turn.role == Role.USER) user = turn;
        }
        if (user == null) {
            user = new Turn(Role.USER);
            turns.addFirst(user);
            user.content = system.toString().strip();
        } else {
            user.content = system + user.content;
        }
        notice(
                "system_folded",
                "the model has no system role; the system message was put before the first user message");
    }

    /** Joins neighbours of one role; says whether there were any. */
    boolean mergeNeighbours() {
        boolean merged = false;
        for (int i = turns.size() - 1; i > 0; i--) {
            Turn turn = turns.get(i);
            Turn before = turns.get(i - 1);
            boolean plain = turn.calls.isEmpty() && before.calls.isEmpty() && turn.role != Role.TOOL;
            if (turn.role != before.role || !plain) continue;
            before.content = before.content + "\n\n" + turn.content;
            before.reasoning = before.reasoning + turn.reasoning;
            turns.remove(i);
            merged = true;
        }
        return merged;
    }

    void appendToLast(String suffix) {
        turns.getLast().content += suffix;
    }

    // ---- maps ------------------------------------------------------------------------------------------------------

    List<Map<String, Object>> messages() {
        List<Map<String, Object>> messages = new ArrayList<>(turns.size());
        for (Turn turn : turns) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("role", ChatTemplate.word(turn.role));
            map.put("content", content(turn));
            if (turn.name != null) map.put("name", turn.name);
            if (turn.callId != null) map.put("tool_call_id", turn.callId);
            if (!turn.calls.isEmpty()) map.put("tool_calls", turn.calls);
            if (!turn.reasoning.isEmpty() && able.reasoningField() != null) {
                map.put(able.reasoningField(), turn.reasoning);
            }
            messages.add(map);
        }
        return messages;
    }

    private Object content(Turn turn) {
        boolean typed = !able.stringContent() && able.typedContent();
        return typed ? List.of(Map.of("type", MarkedText.trusted("text"), "text", turn.content)) : turn.content;
    }

    /** Tools as the maps that templates read: OpenAI's form, schemas parsed. */
    static List<Object> declarations(List<Tool> tools) {
        List<Object> declarations = new ArrayList<>(tools.size());
        for (Tool tool : tools) {
            if (!(tool instanceof Tool.Function function)) {
                String why = tool instanceof Tool.Custom
                        ? " takes free text, which a local model cannot be told of"
                        : " runs at its provider and not with a local model";
                throw DalangException.unsupported("the tool " + tool.name() + why, "tools");
            }
            Map<String, Object> inner = new LinkedHashMap<>();
            inner.put("name", function.name());
            inner.put("description", function.description() == null ? "" : function.description());
            Object schema = function.parameters() == null
                    ? null
                    : JsonReader.read(function.parameters(), "the parameters of the tool " + function.name());
            inner.put("parameters", schema == null ? NO_PARAMETERS : schema);
            Map<String, Object> outer = new LinkedHashMap<>();
            outer.put("type", MarkedText.trusted("function"));
            outer.put("function", inner);
            declarations.add(outer);
        }
        return declarations;
    }

    private static String json(Object value) {
        Render render = new Render(RenderOptions.DEFAULT, 0);
        Value converted = new ContextValues().dict(Map.of("v", value)).values().getFirst();
        return PythonText.str(render, JsonWriter.toJson(render, converted, Args.NONE))
                .text();
    }
}
