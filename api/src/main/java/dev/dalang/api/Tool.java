package dev.dalang.api;

import java.util.regex.Pattern;
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
        private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.:/-]{1,256}");

        public Function {
            if (!NAME.matcher(name).matches()) {
                throw Checks.invalid(
                        "tools",
                        "a tool's name is made of 1 to 256 letters, digits and _ . : / -, unlike \"" + name + "\"");
            }
        }

        public Function(String name, @Nullable String description, @Nullable String parameters) {
            this(name, description, parameters, null, null);
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
