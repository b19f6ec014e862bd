package dev.dalang.server.responses;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import java.util.ArrayList;
import java.util.List;
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
     */
    ChatRequest request(List<ObjectNode> history) {
        List<Message> messages = new ArrayList<>();
        if (instructions != null) messages.add(Message.system(instructions));
        messages.addAll(ItemsReader.messages(history, "previous_response_id"));
        messages.addAll(ItemsReader.messages(items, "input"));
        return settings.toBuilder().prompt(new Prompt.Conversation(messages)).build();
    }
}
