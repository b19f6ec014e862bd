package dev.dalang.server;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.guard.Caller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The models that may be asked through this server. The one place where names are looked up and each key's list of models is
 * checked, so that no dialect can forget to: a model that a key may not use is unknown to it.
 */
public interface ServedModels {

    /**
     * The same models, asked by clients that speak this dialect.
     *
     * @param dialect its short name in the ledger
     */
    default ServedModels in(String dialect) {
        return this;
    }

    /**
     * A model to ask; a local one is loaded when it is.
     *
     * @param keepAlive how long it stays in memory after the answer; negative for as long as there is room, null for the
     *     server's default
     * @throws DalangException if there is none of this name for this caller
     */
    ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller);

    default ChatModel chat(String name, Caller caller) {
        return chat(name, null, caller);
    }

    /** As {@link #chat(String, Duration, Caller)}, for vectors. */
    EmbeddingModel embedding(String name, @Nullable Duration keepAlive, Caller caller);

    default EmbeddingModel embedding(String name, Caller caller) {
        return embedding(name, null, caller);
    }

    /** All that this caller may use. */
    List<ServedModel> list(Caller caller);

    /** @throws DalangException if there is none of this name for this caller */
    ServedModel find(String name, Caller caller);

    /**
     * The file or folder of a local model, to read its metadata without loading it.
     *
     * @throws DalangException if there is no local model of this name for this caller
     */
    Path file(String name, Caller caller);

    /**
     * Lets {@code use} work with a local model itself (its tokenizer, its template), loaded, which stays so meanwhile.
     *
     * @throws DalangException if there is no local model of this name for this caller
     */
    <T> T withLocal(String name, Caller caller, Cancellation cancellation, Function<? super LocalModel, T> use);

    /** Loads a local model, if it is not loaded, and counts as a use. */
    void load(String name, @Nullable Duration keepAlive, Caller caller, Cancellation cancellation);

    /**
     * Unloads a local model as soon as it has given the answers under way.
     *
     * @return whether it was in memory
     */
    boolean unload(String name, Caller caller);

    /** The local models in memory that this caller may use. */
    List<LoadedModel> loaded(Caller caller);
}
