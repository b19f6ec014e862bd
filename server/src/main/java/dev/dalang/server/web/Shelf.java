package dev.dalang.server.web;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the page's models are: the catalogue and the store, as whoever puts the program together has them. The trees are
 * those that {@code dalang search --json}, {@code show --json}, {@code fit --json} and {@code du --json} print.
 */
public interface Shelf {

    /**
     * All models of the catalogue.
     *
     * @return {@code date}, {@code recommended} (a name, or null) and {@code models}, each with {@code installed} and
     *     {@code licence_words}
     */
    JsonNode catalogue();

    /**
     * One of them.
     *
     * @return {@code model}, {@code licence} in plain words and, for a downloadable one, {@code fit}
     * @throws DalangException if the catalogue has none of this name
     */
    JsonNode model(String name);

    /** What is on this disk: {@code models} with {@code name}, {@code bytes}, {@code holder}, {@code removable}; usage. */
    JsonNode installed();

    /**
     * Fetches a model, and returns when it is there. When cancelled, what came is kept, and the next call goes on from it.
     *
     * @param quantisation null for the usual one
     * @param accepted identities of the licences that the person has read and accepted
     * @throws DalangException if it cannot be had: licence not accepted, no room, no connection
     */
    void pull(
            String name,
            @Nullable String quantisation,
            java.util.Set<String> accepted,
            Watch watch,
            Cancellation cancellation);

    /** @throws DalangException if it is not there, or not the store's to remove */
    void remove(String name);

    /** Told how a download goes. */
    interface Watch {
        /** One line for a person. */
        void status(String line);

        /** This licence, in plain words, must be accepted first; the pull fails. */
        void consent(JsonNode licence);

        /** {@code done} of {@code total} bytes are here. */
        void bytes(long done, long total);
    }
}
