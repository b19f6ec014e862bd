package dev.dalang.trust.policy;

import org.jspecify.annotations.Nullable;

/**
 * Who asks whom.
 *
 * @param key the name of the key that asks, or null
 * @param route the alias by which the model was asked for, or null
 * @param provider whose model it is; null for a model on this machine
 * @param model as the route ends: {@code openai/gpt-5}, {@code qwen3:4b}
 */
public record Question(
        @Nullable String key,
        @Nullable String route,
        @Nullable String provider,
        String model) {

    /** {@code provider/model} is hosted, anything else is here. */
    public static Question of(@Nullable String key, @Nullable String route, String model) {
        int slash = model.indexOf('/');
        boolean path =
                model.startsWith("/") || model.startsWith(".") || model.startsWith("hf.co/") || model.endsWith(".gguf");
        return new Question(key, route, slash > 0 && !path ? model.substring(0, slash) : null, model);
    }

    /** Nothing leaves the machine. */
    public boolean local() {
        return provider == null;
    }
}
