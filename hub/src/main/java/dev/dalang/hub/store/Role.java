package dev.dalang.hub.store;

import java.util.Locale;

/** What a file is to its model. */
public enum Role {
    WEIGHTS,
    CONFIG,
    TOKENIZER,
    TEMPLATE,
    LICENCE,
    CARD,
    ADAPTER,
    /** What turns pictures or sound into the model's vectors. */
    PROJECTOR,
    /** Sampling parameters, system prompts and the like. */
    SETTINGS,
    OTHER;

    /** As in manifests. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@link #OTHER} for words of later versions. */
    static Role of(String word) {
        for (Role r : values()) if (r.word().equals(word)) return r;
        return OTHER;
    }

    /** By the customary names of Hugging Face and Ollama. */
    public static Role ofName(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        if (name.matches("licen[sc]e.*|notice.*|use[_-]?policy.*|copying.*|.*licen[sc]e\\.(txt|md)")) return LICENCE;
        if (name.equals("readme.md")) return CARD;
        if (name.startsWith("mmproj") || name.contains("-mmproj-")) return PROJECTOR;
        if (name.startsWith("adapter_model.") || name.equals("adapter_config.json")) return ADAPTER;
        if (name.endsWith(".gguf") || name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json")) {
            return WEIGHTS;
        }
        if (name.startsWith("chat_template") || name.endsWith(".jinja") || name.equals("template")) return TEMPLATE;
        if (name.matches("tokenizer.*|vocab\\.(json|txt)|merges\\.txt|added_tokens\\.json|special_tokens_map\\.json")) {
            return TOKENIZER;
        }
        if (name.equals("config.json")) return CONFIG;
        if (name.matches("generation_config\\.json|params|system|messages|preprocessor_config\\.json")) return SETTINGS;
        return OTHER;
    }
}
