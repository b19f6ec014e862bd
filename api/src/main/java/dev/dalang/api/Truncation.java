package dev.dalang.api;

/** What to do with a prompt that does not fit the context. */
public enum Truncation {
    /** Fail with {@link Failure.ContextOverflow}, which names the limit and the ways out. */
    REFUSE,
    /**
     * Leave out the oldest turns, never the system message nor the last user message, nor one half of a tool call and
     * its result; a {@link ChatEvent.Notice} says how many. Refuse when that is not enough.
     */
    DROP_OLDEST
}
