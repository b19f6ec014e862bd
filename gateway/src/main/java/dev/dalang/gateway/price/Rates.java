package dev.dalang.gateway.price;

import org.jspecify.annotations.Nullable;

/**
 * What tokens cost, in picodollars each (which is millionths of a dollar for a million). Null is "not stated".
 *
 * @param input a token of the prompt
 * @param cached one that the provider's cache held; like input where it is not stated
 * @param cacheWrite one that was put into the cache for about five minutes; like input where it is not stated
 * @param cacheWriteLong one that was put into the cache for about an hour
 * @param output a token of the answer
 * @param reasoning one that was thought; like output where it is not stated
 * @param audioInput a token of a sound in the prompt
 * @param audioOutput a token of a sound in the answer
 * @param imageOutput a token of a picture in the answer
 */
public record Rates(
        long input,
        @Nullable Long cached,
        @Nullable Long cacheWrite,
        @Nullable Long cacheWriteLong,
        long output,
        @Nullable Long reasoning,
        @Nullable Long audioInput,
        @Nullable Long audioOutput,
        @Nullable Long imageOutput) {

    long cachedOrInput() {
        return cached == null ? input : cached;
    }

    long cacheWriteOrInput() {
        return cacheWrite == null ? input : cacheWrite;
    }

    long reasoningOrOutput() {
        return reasoning == null ? output : reasoning;
    }
}
