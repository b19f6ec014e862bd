package dev.dalang.engine.generate;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.Phase;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** What the {@link Scheduler} has done for it: a model, or in tests something simpler. */
interface ForwardPass {

    /**
     * Tokens to evaluate at the end of a sequence, which has room for them.
     *
     * @param logits receives the logits after the last {@code logits.length} tokens
     */
    @SuppressWarnings("ArrayRecordComponent") // a message to one receiver, never compared
    record Chunk(Sequence sequence, int[] ids, Phase phase, float[][] logits) {}

    /**
     * Evaluates chunks of several sequences together and advances these.
     *
     * @param chunks at least one, prompts first
     * @param abandoned whether nobody wants the results any more
     * @throws CancellationException if it was broken off for that; then, as after any exception, the sequences are in
     *     no defined state and only to be closed
     */
    void run(List<Chunk> chunks, BooleanSupplier abandoned);

    /** Runs independent work {@code 0 .. count-1}, on whatever threads there are. */
    void forEach(int count, IntConsumer work);
}
