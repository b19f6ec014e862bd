package dev.dalang.server.ollama;

import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What there is and what is in memory: {@code /api/tags}, {@code /api/ps} and {@code /api/version}. */
final class ModelEndpoints {

    /** The version of Ollama's API that is spoken; some clients refuse to talk to older ones. */
    static final String API_VERSION = "0.13.0";

    /** What never expires does so later than anybody looks. */
    private static final Duration NEVER = Duration.ofDays(365L * 100);

    private final ServedModels models;
    private final String version;

    /** @param version Dalang's own */
    ModelEndpoints(ServedModels models, String version) {
        this.models = models;
        this.version = version;
    }

    void tags(Exchange x) {
        ObjectNode out = Json.object();
        ArrayNode rows = out.putArray("models");
        for (ServedModel m : models.list(x.caller())) rows.add(Details.row(m));
        x.send(200, out);
    }

    void ps(Exchange x) {
        ObjectNode out = Json.object();
        ArrayNode rows = out.putArray("models");
        List<ServedModel> known = models.list(x.caller());
        Instant now = Instant.now();
        for (LoadedModel l : models.loaded(x.caller())) {
            ServedModel m = known.stream()
                    .filter(k -> k.name().equals(l.name()))
                    .findFirst()
                    .orElse(null);
            ObjectNode row = rows.addObject();
            row.put("name", l.name());
            row.put("model", l.name());
            row.put("size", l.bytes());
            row.put("digest", m == null ? "" : Details.digest(m));
            row.set("details", m == null ? Json.object() : Details.of(m));
            row.put(
                    "expires_at",
                    now.plus(l.expires() == null ? NEVER : l.expires()).toString());
            row.put("size_vram", 0L);
            if (m != null && m.context() != null) row.put("context_length", m.context());
        }
        x.send(200, out);
    }

    void version(Exchange x) {
        x.send(200, Json.object().put("version", API_VERSION).put("dalang", version));
    }
}
