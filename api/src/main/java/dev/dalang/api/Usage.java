package dev.dalang.api;

import java.util.Map;

/**
 * Tokens, counted once: {@code cachedTokens} and {@code cacheWriteTokens} are part of {@code promptTokens},
 * {@code reasoningTokens} of {@code completionTokens}.
 *
 * @param promptTokens read, cached ones included
 * @param cachedTokens not computed anew, because a cache held them
 * @param cacheWriteTokens stored in a cache that charges for it
 * @param completionTokens written, reasoning included
 * @param reasoningTokens written before the answer
 * @param other a provider's further counts under its own names
 */
public record Usage(
        int promptTokens,
        int cachedTokens,
        int cacheWriteTokens,
        int completionTokens,
        int reasoningTokens,
        Map<String, Long> other) {

    public static final Usage ZERO = new Usage(0, 0, 0, 0, 0, Map.of());

    public Usage {
        other = Checks.ordered(other);
        if (promptTokens < 0
                || cachedTokens < 0
                || cacheWriteTokens < 0
                || completionTokens < 0
                || reasoningTokens < 0) {
            throw new IllegalArgumentException("negative token count");
        }
    }

    public static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, 0, 0, completionTokens, 0, Map.of());
    }

    public int totalTokens() {
        return Math.addExact(promptTokens, completionTokens);
    }
}
