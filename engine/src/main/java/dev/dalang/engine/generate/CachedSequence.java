package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.cache.Sequence;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A sequence with the ids that it holds, so that a prompt which begins alike need not be read again; and, with a
 * {@link Speculator}, with tokens evaluated beforehand that may turn out not to be wanted.
 */
final class CachedSequence implements AutoCloseable {

    private final ModelRunner runner;
    private final Sequence sequence;
    private final @Nullable Speculator speculator;
    private final int mostGuesses;
    private int[] ids = new int[256];

    /** Tokens that count; the sequence holds more while there are guesses in it. */
    private int length;

    /** Of these, how many were evaluated as a prompt's. */
    private int promptLength;

    /** Guesses in the sequence, of which the first {@code confirmed} came true, and the logits after each. */
    private int[] guesses = new int[0];

    private float[][] rows = new float[0][];
    private int confirmed;
    private long guessedTokens;
    private long confirmedTokens;

    /** @param mostGuesses tokens that may be evaluated beforehand */
    CachedSequence(ModelRunner runner, AdapterMix adapters, @Nullable Speculator speculator, int mostGuesses) {
        this.runner = runner;
        this.sequence = runner.newSequence(adapters);
        this.speculator = speculator;
        this.mostGuesses = mostGuesses;
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
        int held = runner.phasesAgree() ? length : promptLength;
        int limit = Math.min(held, prompt.length - 1);
        int common = Arrays.mismatch(ids, 0, limit, prompt, 0, limit);
        guesses = new int[0];
        length = sequence.truncate(common < 0 ? limit : common);
        promptLength = length;
        return length;
    }

    int length() {
        return length;
    }

    /** Tokens guessed since the sequence was made. */
    long guessedTokens() {
        return guessedTokens;
    }

    /** Of those guessed, how many came true. */
    long confirmedTokens() {
        return confirmedTokens;
    }

    /** Evaluates more of a prompt; see {@link ModelRunner#evaluate}. */
    float @Nullable [] evaluate(int[] more, ModelRunner.Progress progress, Cancellation cancellation) {
        put(length, more);
        float[] logits = runner.evaluate(sequence, more, progress, cancellation);
        length = sequence.length();
        promptLength = length;
        return logits;
    }

    /** Evaluates a token of the answer; see {@link ModelRunner#next}. */
    float[] next(int id) {
        return next(id, UnaryOperator.identity());
    }

    /**
     * As {@link #next(int)}.
     *
     * @param filter leaves of guesses what is worth checking
     */
    float[] next(int id, UnaryOperator<int[]> filter) {
        if (confirmed < guesses.length && guesses[confirmed] == id) {
            confirmed++;
            confirmedTokens++;
            length++;
            return rows[confirmed];
        }
        sequence.truncate(length);
        put(length, new int[] {id});
        int[] guessed = filter.apply(guess());
        if (guessed.length == 0) {
            guesses = guessed;
            float[] logits = runner.next(sequence, id);
            length = sequence.length();
            return logits;
        }
        put(length + 1, guessed);
        return check(id, guessed);
    }

    /** Evaluates several tokens of the answer in one pass, for the logits after the last. */
    float[] nextAll(int[] several) {
        if (several.length == 1) return next(several[0]);
        sequence.truncate(length);
        guesses = new int[0];
        put(length, several);
        if (rows.length == 0) rows = new float[1][];
        runner.nextAll(sequence, several, (i, row) -> {
            if (i < several.length - 1) return;
            if (rows[0] == null) rows[0] = row.clone();
            else System.arraycopy(row, 0, rows[0], 0, row.length);
        });
        length += several.length;
        return rows[0];
    }

    private int[] guess() {
        if (speculator == null) return new int[0];
        int room = runner.contextLength() - length - 1;
        int most = Math.min(mostGuesses, room);
        return most <= 0 ? new int[0] : speculator.guess(ids, length + 1, most);
    }

    /** Evaluates a token and the guesses after it in one pass. */
    private float[] check(int id, int[] guessed) {
        int[] all = new int[guessed.length + 1];
        all[0] = id;
        System.arraycopy(guessed, 0, all, 1, guessed.length);
        if (rows.length < all.length) rows = Arrays.copyOf(rows, all.length);
        runner.nextAll(sequence, all, (i, row) -> {
            if (rows[i] == null) rows[i] = row.clone();
            else System.arraycopy(row, 0, rows[i], 0, row.length);
        });
        guesses = guessed;
        confirmed = 0;
        guessedTokens += guessed.length;
        length++;
        return rows[0];
    }

    private void put(int at, int[] more) {
        if (ids.length < at + more.length) ids = Arrays.copyOf(ids, Math.max(2 * ids.length, at + more.length));
        System.arraycopy(more, 0, ids, at, more.length);
    }

    @Override
    public void close() {
        sequence.close();
    }
}
