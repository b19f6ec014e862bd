package dev.dalang.api;

import org.jspecify.annotations.Nullable;

/** What a model may call. */
public sealed interface Tool {

    String name();

    @Nullable
    CacheHint cache();

    /**
     * A function that the caller runs.
     *
     * @param parameters a JSON Schema of an object, or null for no parameters
     * @param strict the arguments must match the schema; null is the model's default
     */
    record Function(
            String name,
            @Nullable String description,
            @Nullable String parameters,
            @Nullable Boolean strict,
            @Nullable CacheHint cache)
            implements Tool {
        public Function {
            ToolName.check(name);
        }

        public Function(String name, @Nullable String description, @Nullable String parameters) {
            this(name, description, parameters, null, null);
        }
    }

    /**
     * A function that the caller runs on a text instead of a JSON object.
     *
     * @param grammar what the text must look like; null for any text
     */
    record Custom(
            String name,
            @Nullable String description,
            @Nullable Grammar grammar,
            @Nullable CacheHint cache) implements Tool {

        /** {@code syntax} is the notation of the definition, {@code lark} or {@code regex}. */
        public record Grammar(String syntax, String definition) {}

        public Custom {
            ToolName.check(name);
        }
    }

    /**
     * A tool that the provider itself runs (web search, code execution).
     *
     * @param type the provider's name of the kind
     * @param configuration the whole declaration, as the provider's JSON object
     */
    record Hosted(
            String name,
            String type,
            String configuration,
            @Nullable CacheHint cache) implements Tool {}
}
