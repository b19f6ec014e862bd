package dev.dalang.server.llamacpp;

import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** {@code /props}: what the model is like, without loading it. */
final class PropsEndpoint {

    private final ServedModels models;
    private final OneModel one;
    private final String version;

    PropsEndpoint(ServedModels models, OneModel one, String version) {
        this.models = models;
        this.one = one;
        this.version = version;
    }

    void props(Exchange x) {
        ServedModel m = models.find(one.name(x, null), x.caller());
        ObjectNode out = Json.object();
        ObjectNode settings = out.putObject("default_generation_settings");
        settings.putObject("params");
        if (m.context() != null) settings.put("n_ctx", m.context());
        out.put("model_alias", m.name());
        if (m.kind() != ServedModel.Kind.HOSTED) {
            try (ModelSource source = ModelSources.open(models.file(m.name(), x.caller()))) {
                String template = source.metadata().stringOrNull("tokenizer.chat_template");
                out.put("chat_template", template == null ? "" : template);
            }
        }
        out.putObject("modalities")
                .put("vision", m.capabilities().contains("vision"))
                .put("audio", false);
        out.put("build_info", "dalang-" + version);
        out.put(
                "is_sleeping",
                models.loaded(x.caller()).stream().noneMatch(l -> l.name().equals(m.name())));
        x.send(200, out);
    }
}
