package dev.dalang.engine.manage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory, or on its way there or out, as {@code ps} shows it.
 *
 * @param bytes memory that it takes; what it is expected to take while it loads
 * @param requests that it is answering
 * @param expires when it will be unloaded if nobody uses it; null for never, or while it is in use
 */
public record LoadedModel(
        String name,
        State state,
        long bytes,
        int requests,
        boolean pinned,
        @Nullable Duration expires) {

    /** Where it stands. */
    public enum State {
        LOADING,
        READY,
        UNLOADING
    }
}
