package dev.dalang.server.llamacpp;

import dev.dalang.api.ChatRequest;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.ChatRequestReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /apply-template}: the prompt that a chat request of OpenAI's form becomes. */
final class TemplateEndpoint {

    private final ServedModels models;
    private final OneModel one;

    TemplateEndpoint(ServedModels models, OneModel one) {
        this.models = models;
        this.one = one;
    }

    void apply(Exchange x) {
        JsonNode body = x.json();
        String model = one.name(x, body.path("model").asString(null));
        if (body instanceof ObjectNode o) o.put("model", model);
        ChatRequest request = ChatRequestReader.request(body);
        String prompt = models.withLocal(
                model,
                x.caller(),
                x.cancellation(),
                m -> m.prompts().whole(request).text());
        x.send(200, Json.object().put("prompt", prompt));
    }
}
