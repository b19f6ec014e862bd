package dev.dalang.engine.manage;

import dev.dalang.api.ChatModel;
import dev.dalang.engine.generate.LocalModel;
import org.jspecify.annotations.Nullable;

/** A model in memory. */
public interface Resident extends AutoCloseable {

    ChatModel model();

    /** Memory that it takes now, caches included. */
    long bytes();

    /** Why it computes slower than this machine could, in one line for a person, or null. */
    default @Nullable String slower() {
        return null;
    }

    /** Gives the memory back; nobody is using the model, and nobody will. */
    @Override
    void close();

    static Resident of(LocalModel model) {
        return new Resident() {
            @Override
            public ChatModel model() {
                return model;
            }

            @Override
            public long bytes() {
                return model.bytes();
            }

            @Override
            public @Nullable String slower() {
                return model.runner().slower();
            }

            @Override
            public void close() {
                model.close();
            }
        };
    }
}
