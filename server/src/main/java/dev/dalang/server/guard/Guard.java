package dev.dalang.server.guard;

import dev.dalang.api.DalangException;
import java.util.List;
import java.util.function.BiConsumer;

/** Who is asking, and may they: the one place that every request passes. */
public interface Guard {

    /**
     * Checks where a request comes from ({@code Host}, {@code Origin}), before anything else is looked at.
     *
     * @throws DalangException if it must not be answered
     */
    void checkSource(RequestHead head);

    /**
     * Who is asking.
     *
     * @throws DalangException if nobody known is
     */
    Caller authenticate(RequestHead head);

    /**
     * Counts a request for a model against the caller's quotas.
     *
     * @param headers told the {@code x-ratelimit-…} of the answer
     * @throws DalangException if there were too many
     */
    default void admit(Caller caller, BiConsumer<String, String> headers) {}

    /** Whether a page of this origin, other than the server's own, may read answers (CORS). */
    default boolean allowsOrigin(String origin) {
        return false;
    }

    /** A request's line and headers, all that a guard may see. */
    interface RequestHead {
        String method();

        /** Encoded, without the query. */
        String path();

        /** Whether it came over TLS. */
        boolean secure();

        /** All values of a header; names are case-insensitive. */
        List<String> headers(String name);
    }
}
