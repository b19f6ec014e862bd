package dev.dalang.engine.template;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template does with the parts of a conversation, found by rendering small conversations and looking for their
 * words in the output: a template cannot be asked, and reading its source would only guess.
 *
 * @param systemRole shows a system message
 * @param developerRole shows a developer message
 * @param stringContent takes a message's content as a string
 * @param typedContent takes a message's content as a list of parts with a type
 * @param tools shows tool declarations
 * @param toolCalls shows an assistant's calls
 * @param toolResults shows messages of role tool
 * @param argumentsAsObject wants a call's arguments as an object; false for a JSON string
 * @param shortCallIds takes only call ids of nine letters and digits
 * @param namesInCallIds shows a call's id in the place of its name (Kimi K2: {@code functions.NAME:0})
 * @param reasoningField the message field that it shows as reasoning, or null when it shows none
 * @param thinkingSwitch its output depends on {@code enable_thinking} or {@code thinking}
 * @param effortSwitch its output depends on {@code reasoning_effort}
 */
public record TemplateCapabilities(
        boolean systemRole,
        boolean developerRole,
        boolean stringContent,
        boolean typedContent,
        boolean tools,
        boolean toolCalls,
        boolean toolResults,
        boolean argumentsAsObject,
        boolean shortCallIds,
        boolean namesInCallIds,
        @Nullable String reasoningField,
        boolean thinkingSwitch,
        boolean effortSwitch) {

    private static final String SYSTEM = "probesystemword";
    private static final String USER = "probeuserword";
    private static final String TOOL = "probe_tool_name";
    private static final String ARGUMENT = "probeargumentword";
    private static final String RESULT = "proberesultword";
    private static final String REASONING = "probereasoningword";

    static TemplateCapabilities probe(Template template, Map<String, Object> constants, RenderOptions options) {
        return new Probe(template, constants, options).run();
    }

    private record Probe(Template template, Map<String, Object> constants, RenderOptions options) {

        TemplateCapabilities run() {
            boolean strings = shows(List.of(message("user", USER)), Map.of(), USER);
            Object parts = List.of(Map.of("type", MarkedText.trusted("text"), "text", USER));
            String typed = render(List.of(message("user", parts)), Map.of());
            boolean typedContent = typed != null && typed.contains(USER) && !typed.contains("'type'");
            Object user = strings || !typedContent ? USER : parts;
            Map<String, Object> question = message("user", user);
            Map<String, Object> tools = Map.of("tools", List.of(tool()));

            boolean objects = showsCall(question, Map.of("city", ARGUMENT), "probe0001");
            boolean texts = !objects && showsCall(question, "{\"city\": \"" + ARGUMENT + "\"}", "probe0001");
            Object arguments = texts ? "{\"city\": \"" + ARGUMENT + "\"}" : Map.of("city", ARGUMENT);
            boolean calls = objects || texts;
            boolean longIds = calls && showsCall(question, arguments, "call_0123456789");
            Map<String, Object> result = message("tool", RESULT);
            result.put("tool_call_id", "probe0001");
            result.put("name", TOOL);
            boolean results = shows(List.of(question, call(arguments, "probe0001"), result), tools, RESULT);
            return new TemplateCapabilities(
                    shows(List.of(message("system", SYSTEM), question), Map.of(), SYSTEM),
                    shows(List.of(message("developer", SYSTEM), question), Map.of(), SYSTEM),
                    strings,
                    typedContent,
                    shows(List.of(question), tools, TOOL),
                    calls,
                    results,
                    !texts,
                    calls && !longIds,
                    calls && showsIdAlone(question, arguments),
                    reasoningField(question, arguments, result),
                    differs(
                            question,
                            Map.of("enable_thinking", true, "thinking", true),
                            Map.of("enable_thinking", false, "thinking", false)),
                    differs(question, Map.of("reasoning_effort", "low"), Map.of("reasoning_effort", "high")));
        }

        private boolean showsCall(Map<String, Object> question, Object arguments, String id) {
            String text = render(List.of(question, call(arguments, id)), Map.of("tools", List.of(tool())));
            return text != null && text.contains(ARGUMENT) && !text.contains("\\\"" + ARGUMENT);
        }

        private boolean showsIdAlone(Map<String, Object> question, Object arguments) {
            String text = render(List.of(question, call(arguments, "probe0001")), Map.of());
            return text != null && text.contains("probe0001") && !text.contains(TOOL);
        }

        private @Nullable String reasoningField(Map<String, Object> question, Object arguments, Object result) {
            for (String field : List.of("reasoning_content", "thinking", "reasoning")) {
                Map<String, Object> answer = message("assistant", "done");
                answer.put(field, REASONING);
                if (shows(List.of(question, answer), Map.of("add_generation_prompt", false), REASONING)) return field;
                Map<String, Object> calling = call(arguments, "probe0001");
                calling.put(field, REASONING);
                Map<String, Object> tools = Map.of("tools", List.of(tool()));
                if (shows(List.of(question, calling, cast(result)), tools, REASONING)) return field;
            }
            return null;
        }

        @SuppressWarnings("unchecked")
        private static Map<String, Object> cast(Object map) {
            return (Map<String, Object>) map;
        }

        private boolean differs(Map<String, Object> question, Map<String, Object> one, Map<String, Object> other) {
            String first = render(List.of(question), one);
            return first != null && !first.equals(render(List.of(question), other));
        }

        private static Map<String, Object> message(String role, Object content) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put("role", MarkedText.trusted(role));
            message.put("content", content);
            return message;
        }

        private static Map<String, Object> call(Object arguments, String id) {
            Map<String, Object> message = message("assistant", "");
            message.put(
                    "tool_calls",
                    List.of(Map.of(
                            "id", id, "type", "function", "function", Map.of("name", TOOL, "arguments", arguments))));
            return message;
        }

        private static Map<String, Object> tool() {
            Map<String, Object> parameters = Map.of(
                    "type",
                    "object",
                    "properties",
                    Map.of("city", Map.of("type", "string", "description", "the city")),
                    "required",
                    List.of("city"));
            return Map.of(
                    "type",
                    "function",
                    "function",
                    Map.of("name", TOOL, "description", "looks something up", "parameters", parameters));
        }

        private boolean shows(List<Map<String, Object>> messages, Map<String, Object> extra, String word) {
            String text = render(messages, extra);
            return text != null && text.contains(word);
        }

        private @Nullable String render(List<Map<String, Object>> messages, Map<String, Object> extra) {
            Map<String, Object> context = new LinkedHashMap<>(constants);
            context.put("messages", new ArrayList<>(messages));
            context.put("add_generation_prompt", true);
            context.putAll(extra);
            try {
                return template.render(context, options).text().text();
            } catch (DalangException e) {
                // The template refuses this kind of conversation, and that is the answer.
                return null;
            }
        }
    }
}
