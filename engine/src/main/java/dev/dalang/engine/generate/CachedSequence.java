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
     * to evaluate, for its logits.
     *
     * @return how many tokens of the prompt are held
     */
    int keep(int[] prompt) {
        int limit = Math.min(sequence.length(), prompt.length - 1);
        int common = Arrays.mismatch(ids, 0, limit, prompt, 0, limit);
        return sequence.truncate(common < 0 ? limit : common);
    }

    int length() {
        return sequence.length();
    }

    /** Evaluates more tokens; see {@link ModelRunner#evaluate}. */
    float @Nullable [] evaluate(int[] more, ModelRunner.Progress progress, Cancellation cancellation) {
        int at = sequence.length();
        if (ids.length < at + more.length) ids = Arrays.copyOf(ids, Math.max(2 * ids.length, at + more.length));
        System.arraycopy(more, 0, ids, at, more.length);
        return runner.evaluate(sequence, more, progress, cancellation);
    }

    @Override
    public void close() {
        sequence.close();
    }
}
