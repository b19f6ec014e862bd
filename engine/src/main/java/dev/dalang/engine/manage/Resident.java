package dev.dalang.engine.manage;

import dev.dalang.api.ChatModel;
import dev.dalang.engine.generate.LocalModel;

/** A model in memory. */
public interface Resident extends AutoCloseable {

    ChatModel model();

    /** Memory that it takes now, caches included. */
    long bytes();

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
            public void close() {
                model.close();
            }
        };
    }
}
