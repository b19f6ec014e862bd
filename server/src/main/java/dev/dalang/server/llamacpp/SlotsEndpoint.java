package dev.dalang.server.llamacpp;

import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /slots}: how busy the models in memory are. Requests share one pool of memory here, and none waits for a slot, so
 * there is one for each request under way and a free one for the next.
 */
final class SlotsEndpoint {

    private final ServedModels models;

    SlotsEndpoint(ServedModels models) {
        this.models = models;
    }

    void slots(Exchange x) {
        String wanted = x.query("model");
        String only = wanted == null ? null : models.find(wanted, x.caller()).name();
        ArrayNode all = Json.array();
        for (LoadedModel m : models.loaded(x.caller())) {
            if (only != null && !only.equals(m.name())) continue;
            ServedModel facts = models.find(m.name(), x.caller());
            for (int i = 0; i <= m.requests(); i++) {
                ObjectNode slot = all.addObject()
                        .put("id", all.size() - 1)
                        .put("model", m.name())
                        .put("is_processing", i < m.requests());
                if (facts.context() != null) slot.put("n_ctx", facts.context());
            }
        }
        x.send(200, all);
    }
}
