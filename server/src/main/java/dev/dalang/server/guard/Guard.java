package dev.dalang.server.guard;

import dev.dalang.api.DalangException;

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

    /** A request's line and headers, all that a guard may see. */
    interface RequestHead {
        String method();

        String path();

        java.util.List<String> headers(String name);
    }
}
