package dev.dalang.engine.generate;

import dev.dalang.api.FinishReason;
import dev.dalang.engine.adapter.AdapterMix;

/**
 * A request as the {@link Scheduler} knows it: a prompt, somebody who draws tokens, and what decides its place among
 * others. Calls come from the scheduler, never two at once for one generation.
 */
interface Generation {

    /** In place of a token: the answer is complete, and everybody concerned was told. */
    int END = -1;

    /** No deadline. */
    long NEVER = Long.MAX_VALUE;

    /** At least one token. */
    int[] prompt();

    AdapterMix adapters();

    /** Whom the work is for: users get equal shares. */
    String user();

    Priority priority();

    /** When the answer must be complete, on the scheduler's clock, in nanoseconds. */
    long deadline();

    /** Whether nobody wants the answer any more; asked before every pass, and within passes. */
    boolean cancelled();

    /** It waits for its turn from now on. */
    void accepted();

    /** {@code done} tokens of the prompt are in the sequence; first called when the request's turn has come. */
    void read(int done);

    /**
     * Draws the next token.
     *
     * @param logits after the last token
     * @param cached tokens of the prompt that others had read
     * @return the token; {@link #END} when the answer is complete
     */
    int next(float[] logits, int cached);

    /**
     * Tokens that may follow the first {@code length}, to be checked in one pass; maybe none.
     *
     * @param alone whether no other request is under way; with others, only what is nearly sure is worth its place
     */
    int[] guess(int[] ids, int length, boolean alone);

    /** Ends the answer for a reason that is not in the tokens. */
    void finish(FinishReason reason);

    /** Ends the answer without success. */
    void fail(Throwable why);
}
