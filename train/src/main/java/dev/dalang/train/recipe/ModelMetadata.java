package dev.dalang.train.recipe;

import dev.dalang.engine.format.Metadata;
import dev.dalang.train.export.About;
import dev.dalang.train.graph.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The metadata of a new model's GGUF file: what it says of itself, its shape, its tokenizer and its chat template. */
final class ModelMetadata {

    private ModelMetadata() {}

    /** @param template the source of the chat template, or null */
    static Metadata of(About about, Shape shape, Vocabulary vocabulary, @Nullable String template) {
        Map<String, Metadata.Value> keys = new LinkedHashMap<>(shape.metadata().asMap());
        text(keys, "general.type", "model");
        about.general().forEach((key, value) -> text(keys, key, value));
        if (!about.languages().isEmpty()) {
            String[] languages = about.languages().toArray(new String[0]);
            keys.put("general.languages", new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.STRING, languages));
        }
        if (about.temperature() != null) {
            keys.put("general.sampling.temp", new Metadata.Value(Metadata.Type.FLOAT32, null, about.temperature()));
        }
        keys.putAll(vocabulary.keys());
        if (template != null) text(keys, "tokenizer.chat_template", template);
        return new Metadata(about.name(), keys);
    }

    private static void text(Map<String, Metadata.Value> keys, String key, String value) {
        keys.put(key, new Metadata.Value(Metadata.Type.STRING, null, value));
    }
}
