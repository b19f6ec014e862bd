package dev.dalang.train.chat;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From an example of each {@link DataFormat} to a {@link ChatExample}. */
final class Shapes {

    private Shapes() {}

    static ChatExample read(DataFormat format, long line, Map<?, ?> tree) throws Unusable {
        Fields example = new Fields("", tree);
        ChatExample read = switch (format) {
            case MESSAGES -> messages(line, example, "messages");
            case ALPACA -> alpaca(line, example);
            case SHAREGPT -> shareGpt(line, example);
            case PREFERENCES -> preference(line, example);
        };
        switch (read) {
            case ChatExample.Conversation c -> {
                TurnRules.check(c.messages());
                if (c.asked().isEmpty()) throw new Unusable("has no assistant's message to be learned");
            }
            case ChatExample.Preference p -> {
                TurnRules.check(joined(p.prompt(), p.chosen()));
                TurnRules.check(joined(p.prompt(), p.rejected()));
                if (p.chosen().equals(p.rejected())) throw new Unusable("has the same answer as chosen and rejected");
            }
        }
        return read;
    }

    static List<Message> joined(List<Message> first, List<Message> second) {
        List<Message> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private static ChatExample messages(long line, Fields example, String key) throws Unusable {
        List<Integer> asked = new ArrayList<>();
        List<Message> messages = MessageReader.messages(key, example.list(key), asked);
        return new ChatExample.Conversation(line, messages, MessageReader.tools(example.get("tools")), asked);
    }

    /** @see <a href="https://github.com/tatsu-lab/stanford_alpaca#data-release">Stanford Alpaca, data release</a> */
    private static ChatExample alpaca(long line, Fields example) throws Unusable {
        List<Message> messages = new ArrayList<>();
        String system = example.stringOrEmpty("system");
        if (!system.isBlank()) messages.add(Message.system(system));
        String input = example.stringOrEmpty("input");
        String instruction = example.string("instruction");
        messages.add(Message.user(input.isBlank() ? instruction : instruction + "\n\n" + input));
        messages.add(Message.assistant(example.string("output")));
        return new ChatExample.Conversation(line, messages, List.of(), List.of(messages.size() - 1));
    }

    private static ChatExample shareGpt(long line, Fields example) throws Unusable {
        List<?> turns = example.list("conversations");
        if (!turns.isEmpty() && turns.getFirst() instanceof Map<?, ?> first && first.containsKey("role")) {
            return messages(line, example, "conversations");
        }
        List<Message> messages = new ArrayList<>();
        String system = example.stringOrEmpty("system");
        if (!system.isBlank()) messages.add(Message.system(system));
        String lastCall = "call_0";
        for (int i = 0; i < turns.size(); i++) {
            Fields turn = Fields.of("conversations[" + i + "]", turns.get(i));
            String from = turn.string("from");
            String value = turn.string("value");
            switch (from) {
                case "system" -> messages.add(Message.system(value));
                case "human", "user" -> messages.add(Message.user(value));
                case "gpt", "chatgpt", "assistant", "model", "bot" -> messages.add(Message.assistant(value));
                case "function_call", "tool_call" -> {
                    lastCall = "call_" + i;
                    Fields call = Fields.of(turn.path("value"), JsonTree.parse(value));
                    messages.add(new Message(
                            Role.ASSISTANT,
                            List.of(new Part.ToolCall(
                                    lastCall, call.string("name"), MessageReader.arguments(call.get("arguments")))),
                            null));
                }
                case "observation", "tool", "function_response", "tool_response" ->
                    messages.add(Message.toolResult(lastCall, value));
                default ->
                    throw new Unusable("has the speaker '" + from + "' in " + turn.what() + ", which nobody knows");
            }
        }
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) if (messages.get(i).role() == Role.ASSISTANT) asked.add(i);
        return new ChatExample.Conversation(line, messages, MessageReader.tools(example.get("tools")), asked);
    }

    /**
     * Texts or messages; a conversation that both answers begin with may stand in the answers themselves. OpenAI's
     * names of the fields are read too.
     */
    private static ChatExample preference(long line, Fields example) throws Unusable {
        Object prompt = example.get("prompt");
        Object tools = example.get("tools");
        if (example.get("input") instanceof Map<?, ?> input) {
            prompt = input.get("messages");
            tools = input.get("tools");
        }
        boolean ours = example.has("chosen");
        List<Message> chosen = side(example, ours ? "chosen" : "preferred_output");
        List<Message> rejected = side(example, ours ? "rejected" : "non_preferred_output");
        List<Message> shared = prompt == null ? common(chosen, rejected) : prompt(prompt);
        return new ChatExample.Preference(
                line, shared, MessageReader.tools(tools), after(shared, chosen), after(shared, rejected));
    }

    private static List<Message> prompt(@Nullable Object prompt) throws Unusable {
        if (prompt instanceof String s) return List.of(Message.user(s));
        if (prompt instanceof List<?> list) return MessageReader.messages("prompt", list, new ArrayList<>());
        throw new Unusable("has neither a text nor messages in prompt");
    }

    private static List<Message> side(Fields example, String key) throws Unusable {
        Object side = example.get(key);
        if (side instanceof String s) return List.of(Message.assistant(s));
        // Some give the one message without a list around it.
        if (side instanceof Map<?, ?>) return MessageReader.messages(key, List.of(side), new ArrayList<>());
        return MessageReader.messages(key, example.list(key), new ArrayList<>());
    }

    private static List<Message> common(List<Message> a, List<Message> b) throws Unusable {
        int n = 0;
        while (n < Math.min(a.size(), b.size()) && a.get(n).equals(b.get(n))) n++;
        while (n > 0 && a.get(n - 1).role() == Role.ASSISTANT) n--;
        if (n == 0) throw new Unusable("has no prompt, and its two answers do not begin alike");
        return a.subList(0, n);
    }

    private static List<Message> after(List<Message> prompt, List<Message> side) {
        boolean whole =
                side.size() > prompt.size() && side.subList(0, prompt.size()).equals(prompt);
        return whole ? side.subList(prompt.size(), side.size()) : side;
    }
}
