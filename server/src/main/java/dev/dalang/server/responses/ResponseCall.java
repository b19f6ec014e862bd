package dev.dalang.server.responses;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request of the Responses dialect: what the doorway is asked, as far as it is known without earlier responses, and what
 * stays here.
 *
 * @param settings of the request to the doorway, whose prompt is still to be put together
 * @param items what is new, each with an id
 * @param echo the request's settings as the response repeats them
 */
record ResponseCall(
        ChatRequest settings,
        List<ObjectNode> items,
        @Nullable String instructions,
        @Nullable String previous,
        boolean store,
        boolean background,
        boolean stream,
        ObjectNode echo) {

    ResponseCall {
        items = List.copyOf(items);
    }

    /**
     * The whole request.
     *
     * @param history the items of the responses that this one goes on from, oldest first
     * @throws dev.dalang.api.DalangException if the items cannot be read, or one is the output of a call that was never made
     */
    ChatRequest request(List<ObjectNode> history) {
        checkOutputs(history);
        List<Message> messages = new ArrayList<>();
        if (instructions != null) messages.add(Message.system(instructions));
        messages.addAll(ItemsReader.messages(history, "previous_response_id"));
        messages.addAll(ItemsReader.messages(items, "input"));
        return settings.toBuilder().prompt(new Prompt.Conversation(messages)).build();
    }

    private void checkOutputs(List<ObjectNode> history) {
        Set<String> calls = new HashSet<>();
        history.forEach(item -> calls.add(item.path("call_id").asString("")));
        // The calls of what was compacted are hidden in it.
        boolean compacted = Stream.concat(history.stream(), items.stream())
                .anyMatch(item -> item.path("type").asString("").startsWith("compaction"));
        for (int i = 0; i < items.size() && !compacted; i++) {
            ObjectNode item = items.get(i);
            String type = item.path("type").asString("");
            String call = item.path("call_id").asString("");
            boolean output = type.equals("function_call_output") || type.equals("custom_tool_call_output");
            if (!output) {
                calls.add(call);
            } else if (!call.isEmpty() && !calls.contains(call)) {
                String field = "input[" + i + "].call_id";
                throw DalangException.invalidRequest(
                        field + " is " + call
                                + ", which neither an item before it nor the response that this one goes on"
                                + " from has called",
                        field);
            }
        }
    }
}
