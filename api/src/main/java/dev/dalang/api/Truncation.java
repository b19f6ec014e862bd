package dev.dalang.api;

/** What to do with a prompt that does not fit the context. */
public enum Truncation {
    /** Fail with {@link Failure.ContextOverflow}, which names the limit and the ways out. */
    REFUSE,
    /**
     * Leave out the oldest turns whole, a user's message with all that answers it, never the system message nor the last
     * turn; of a prompt that is no conversation, its first tokens. A {@link ChatEvent.Notice} {@code truncated} says what:
     * {@code dropped_messages} (their indices) or {@code dropped_tokens}, {@code tokens_before}, {@code tokens} and
     * {@code limit}. Refuse when that is not enough.
     */
    DROP_OLDEST
}
