package dev.dalang.server.openai;

import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.anthropic.AnthropicModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/models} and {@code GET /v1/models/{id}}, whose id may hold slashes and colons. Anthropic's API has the same paths,
 * and is told by its version's header.
 */
final class ModelsEndpoint {

    private final ServedModels models;

    ModelsEndpoint(ServedModels models) {
        this.models = models;
    }

    void list(Exchange exchange) {
        if (AnthropicModels.wanted(exchange)) {
            exchange.send(200, AnthropicModels.page(models.list(exchange.caller()), exchange));
            return;
        }
        ObjectNode body = Json.object().put("object", "list");
        ArrayNode data = body.putArray("data");
        for (ServedModel m : models.list(exchange.caller())) data.add(model(m));
        exchange.send(200, body);
    }

    void get(Exchange exchange) {
        ServedModel found = models.find(exchange.pathParameter("id"), exchange.caller());
        exchange.send(200, AnthropicModels.wanted(exchange) ? AnthropicModels.one(found) : model(found));
    }

    private static ObjectNode model(ServedModel m) {
        return Json.object()
                .put("id", m.name())
                .put("object", "model")
                .put("created", m.modified().getEpochSecond())
                .put("owned_by", m.owner());
    }
}
