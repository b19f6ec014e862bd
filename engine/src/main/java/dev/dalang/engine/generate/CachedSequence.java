package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.cache.Sequence;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A sequence with the ids that it holds, so that a prompt which begins alike need not be read again. */
final class CachedSequence implements AutoCloseable {

    private final ModelRunner runner;
    private final Sequence sequence;
    private int[] ids = new int[256];
    private int promptLength;

    CachedSequence(ModelRunner runner, AdapterMix adapters) {
        this.runner = runner;
        this.sequence = runner.newSequence(adapters);
    }

    /** What is held was computed under these, and is of no use under others. */
    AdapterMix adapters() {
        return sequence.adapters();
    }

    /**
     * Keeps what the sequence has in common with a prompt and forgets the rest. The prompt's last token is always left
     * to evaluate, for its logits; and where a token of an answer has other bits than the same token of a prompt, the
     * answer is forgotten too, so that a conversation gets the answer that the same prompt would get by itself.
     *
     * @return how many tokens of the prompt are held
     */
    int keep(int[] prompt) {
        int held = runner.phasesAgree() ? sequence.length() : promptLength;
        int limit = Math.min(held, prompt.length - 1);
        int common = Arrays.mismatch(ids, 0, limit, prompt, 0, limit);
        promptLength = sequence.truncate(common < 0 ? limit : common);
        return promptLength;
    }

    int length() {
        return sequence.length();
    }

    /** Evaluates more of a prompt; see {@link ModelRunner#evaluate}. */
    float @Nullable [] evaluate(int[] more, ModelRunner.Progress progress, Cancellation cancellation) {
        remember(more);
        float[] logits = runner.evaluate(sequence, more, progress, cancellation);
        promptLength = sequence.length();
        return logits;
    }

    /** Evaluates a token of the answer; see {@link ModelRunner#next}. */
    float[] next(int id) {
        remember(new int[] {id});
        return runner.next(sequence, id);
    }

    private void remember(int[] more) {
        int at = sequence.length();
        if (ids.length < at + more.length) ids = Arrays.copyOf(ids, Math.max(2 * ids.length, at + more.length));
        System.arraycopy(more, 0, ids, at, more.length);
    }

    @Override
    public void close() {
        sequence.close();
    }
}
