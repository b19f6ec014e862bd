package dev.dalang.engine.manage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What happens to the models in memory, for whoever shows or logs it. */
public sealed interface ModelEvent {

    String name();

    /** @param done the share that is loaded, 0 to 1 */
    record Loading(String name, double done) implements ModelEvent {}

    /** @param slower why it computes slower than this machine could, in one line for a person, or null */
    record Loaded(
            String name,
            long bytes,
            Duration time,
            @Nullable String slower) implements ModelEvent {}

    /** @param message one line for a person */
    record LoadFailed(String name, String message) implements ModelEvent {}

    record Unloaded(String name, Reason reason) implements ModelEvent {}

    /** Why a model was unloaded. */
    enum Reason {
        /** Nobody used it for as long as it was to be kept. */
        IDLE,
        /** Another needed its room. */
        ROOM,
        /** Somebody asked for it. */
        STOPPED
    }
}
