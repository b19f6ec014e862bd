package dev.dalang.train.export;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model says of itself.
 *
 * @param name for people
 * @param description a sentence or two
 * @param licence of the weights, an SPDX identifier such as {@code apache-2.0}
 * @param author who made it
 * @param url where more is said about it
 * @param version of the weights
 * @param languages that it speaks, as BCP 47 tags
 * @param temperature to sample with where nobody asks for another, or null to leave it to the program
 */
public record About(
        String name,
        @Nullable String description,
        @Nullable String licence,
        @Nullable String author,
        @Nullable String url,
        @Nullable String version,
        List<String> languages,
        @Nullable Double temperature) {

    public About {
        languages = List.copyOf(languages);
    }

    /** The keys {@code general.*} of a GGUF file. */
    public Map<String, String> general() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("general.name", name);
        put(keys, "general.description", description);
        put(keys, "general.license", licence);
        put(keys, "general.author", author);
        put(keys, "general.url", url);
        put(keys, "general.version", version);
        return keys;
    }

    private static void put(Map<String, String> keys, String key, @Nullable String value) {
        if (value != null) keys.put(key, value);
    }
}
