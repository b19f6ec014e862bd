package dev.dalang.server;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that may be asked here, as lists of models show it.
 *
 * @param name that requests use
 * @param bytes of its files; 0 for a hosted one
 * @param digest of its weights, {@code sha256:…}, as far as it is known
 * @param modified when it came
 * @param family the architecture, like {@code llama}; null when unknown
 * @param format {@code gguf}, {@code safetensors}; null when unknown
 * @param quantisation like {@code Q4_K_M}; null when unknown
 * @param parameters how many weights; null when unknown
 * @param context the longest prompt with its answer, in tokens; null when unknown
 * @param capabilities in Ollama's words: {@code completion}, {@code tools}, {@code insert}, {@code vision},
 *     {@code embedding}, {@code thinking}
 * @param owner who made or holds it, in one word
 */
public record ServedModel(
        String name,
        Kind kind,
        long bytes,
        @Nullable String digest,
        Instant modified,
        @Nullable String family,
        @Nullable String format,
        @Nullable String quantisation,
        @Nullable Long parameters,
        @Nullable Integer context,
        Set<String> capabilities,
        String owner) {

    /** Where it runs. */
    public enum Kind {
        /** On this machine, from the store. */
        LOCAL,
        /** On this machine, part of the program. */
        BUILT_IN,
        /** With a provider. */
        HOSTED
    }

    public ServedModel {
        capabilities = Set.copyOf(capabilities);
    }
}
