package dev.dalang.server;

import dev.dalang.api.ChatModel;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.server.guard.Caller;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands between asking and giving: routes to hosted models, rules on what may leave, metering. Put together where the
 * program is.
 */
public interface Links {

    /** Whether a name is a route, or a model of a provider. */
    boolean knows(String name);

    /**
     * A route, or a hosted model, with all links around it.
     *
     * @param dialect that the caller speaks, for the ledger
     * @throws dev.dalang.api.DalangException if it cannot be had
     */
    ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller, String dialect);

    /** The same for vectors. */
    EmbeddingModel embedding(String name, Caller caller);

    /** A model of this machine with the links that it needs: nothing leaves, yet it is written down. */
    ChatModel around(ChatModel local, ServedModel model, Caller caller, String dialect);

    /** The same for vectors. */
    EmbeddingModel around(EmbeddingModel local);

    /** What a list says of a name that is known. */
    ServedModel find(String name);

    /** Routes, and those hosted models that are known by name; providers may have more. */
    List<ServedModel> list();
}
