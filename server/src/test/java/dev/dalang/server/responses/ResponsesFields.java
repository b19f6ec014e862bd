package dev.dalang.server.responses;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** What is made of a request of the Responses dialect, without the ids that are new each time. */
public final class ResponsesFields {

    private ResponsesFields() {}

    public static Object read(JsonNode body) {
        ResponseCall call = ResponseReader.read(body);
        return List.of(
                call.settings(),
                ItemsReader.messages(call.items(), "input"),
                String.valueOf(call.instructions()),
                String.valueOf(call.previous()),
                call.store(),
                call.background(),
                call.stream());
    }
}
