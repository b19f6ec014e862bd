package dev.dalang.gateway.meter;

import org.jspecify.annotations.Nullable;

/**
 * A model that may answer a request, as far as its bill depends on it.
 *
 * @param model its name: {@code provider/model}, or a local model's
 * @param local it runs on this machine
 * @param digest of a local model's file, or null
 * @param context the most tokens of prompt and answer, or null where it is not known
 * @param maxOutput the most tokens of an answer, or null where it is not known
 */
public record Target(
        String model,
        boolean local,
        @Nullable String digest,
        @Nullable Integer context,
        @Nullable Integer maxOutput) {

    public static Target local(String model, @Nullable String digest, @Nullable Integer context) {
        return new Target(model, true, digest, context, null);
    }

    public static Target hosted(String model) {
        return new Target(model, false, null, null, null);
    }

    /** {@code local}, or what stands before the slash. */
    public String provider() {
        int slash = model.indexOf('/');
        return local ? "local" : slash < 0 ? "" : model.substring(0, slash);
    }
}
