package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.ChatRequestReader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A chat request in a file, in the form of OpenAI's chat completions: read as the server reads it. */
final class RequestFile {
    private RequestFile() {}

    /**
     * @param what the file's name, for messages
     * @param model in place of the request's own, or null
     * @throws DalangException naming what is wrong
     */
    static ChatRequest read(String text, String what, @Nullable String model) {
        try {
            JsonNode body = Json.parse(text);
            if (model != null && body instanceof ObjectNode request) request.put("model", model);
            return ChatRequestReader.request(body);
        } catch (DalangException e) {
            if (!(e.failure() instanceof Failure.InvalidRequest f)) throw e;
            throw DalangException.invalidRequest(what + ": " + f.message(), f.parameter());
        }
    }
}
