package dev.dalang.engine.manage;

import java.time.Duration;

/** What happens to the models in memory, for whoever shows or logs it. */
public sealed interface ModelEvent {

    String name();

    /** @param done the share that is loaded, 0 to 1 */
    record Loading(String name, double done) implements ModelEvent {}

    record Loaded(String name, long bytes, Duration time) implements ModelEvent {}

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
