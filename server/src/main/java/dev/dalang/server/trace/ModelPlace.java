package dev.dalang.server.trace;

import org.jspecify.annotations.Nullable;

/**
 * Who computes an answer, in the words of the GenAI conventions.
 *
 * @param provider {@code gen_ai.provider.name}
 * @param host of a hosted model ({@code server.address}); null for one in this process
 * @param port of a hosted model; 0 for one in this process
 */
public record ModelPlace(String provider, @Nullable String host, int port) {

    /** A model of this machine, in this process. */
    public static final ModelPlace HERE = new ModelPlace("dalang", null, 0);
}
