package dev.dalang.hub.store;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a GGUF file says about itself that is kept with the model: its licence, above all. */
public final class GgufFacts {
    private static final int MAX_FACT = 500;
    private static final Map<String, String> KEYS = Map.of(
            "general.license", "licence",
            "general.license.name", "licence_name",
            "general.license.link", "licence_link",
            "general.base_model.0.name", "base_model",
            "general.base_model.0.repo_url", "base_model_link");

    private GgufFacts() {}

    /** Reads the header by the checking reader. */
    public static Map<String, String> of(Path file) {
        try (Gguf gguf = Gguf.open(java.util.List.of(file))) {
            return of(gguf.metadata());
        }
    }

    static Map<String, String> of(Metadata metadata) {
        Map<String, String> facts = new LinkedHashMap<>();
        KEYS.forEach((key, fact) -> {
            Metadata.Value v = metadata.get(key);
            if (v != null && v.value() instanceof String s && !s.isBlank()) {
                String line = s.strip().replaceAll("[\\p{Cntrl}]+", " ");
                facts.put(fact, line.length() > MAX_FACT ? line.substring(0, MAX_FACT) : line);
            }
        });
        return facts;
    }
}
