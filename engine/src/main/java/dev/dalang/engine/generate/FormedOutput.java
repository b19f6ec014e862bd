package dev.dalang.engine.generate;

import dev.dalang.engine.constrain.Constraint;
import dev.dalang.engine.constrain.machine.State;
import dev.dalang.engine.sample.TokenMask;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * One answer's form while it is written: the mask of the next token, made on another thread while the model computes
 * the logits that it is for, and the tokens that need no model because nothing else could come.
 */
final class FormedOutput {

    /** Tokens that one pass evaluates at most. */
    private static final int MOST_FORCED = Speculation.MOST;

    /** Fewer bytes than this are not worth tokenising. */
    private static final int LEAST_FORCED = 3;

    private final Constraint.Text text;
    private final Tokenizer tokenizer;
    private final Executor executor;
    private final TokenMask mask;
    private @Nullable FutureTask<TokenMask> ahead;

    FormedOutput(Constraint constraint, Tokenizer tokenizer, Executor executor, int vocabulary) {
        this.text = constraint.begin();
        this.tokenizer = tokenizer;
        this.executor = executor;
        this.mask = new TokenMask(vocabulary);
    }

    /** Begins to make the mask of what comes next; the model may be asked for its logits meanwhile. */
    void prepare() {
        // From here: guesses may be tried on the text meanwhile.
        Constraint.Text here = text.fork();
        FutureTask<TokenMask> task = new FutureTask<>(() -> {
            here.mask(mask);
            return mask;
        });
        ahead = task;
        executor.execute(task);
    }

    /** The mask of what comes next. */
    TokenMask mask() {
        FutureTask<TokenMask> task = ahead;
        if (task == null) {
            text.mask(mask);
            return mask;
        }
        ahead = null;
        // Whoever is here first does it: a busy machine may not have begun.
        task.run();
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a mask was made", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException r) throw r;
            throw new IllegalStateException(e.getCause());
        }
    }

    void accept(int token) {
        if (!text.accept(token)) throw new IllegalStateException("token " + token + " was not among those allowed");
    }

    /** Whether nothing but the end of the answer can come. */
    boolean mustEnd() {
        return text.mustEnd();
    }

    /** The guesses up to the first one that the form rules out. */
    int[] allowed(int[] guesses) {
        State here = text.at();
        int n = 0;
        while (n < guesses.length && text.accept(guesses[n])) n++;
        text.back(here);
        return n == guesses.length ? guesses : Arrays.copyOf(guesses, n);
    }

    /**
     * The tokens that must come next; empty where the model has a choice.
     *
     * <p>What is forced are bytes. They become the tokens that the tokenizer would have made of them, save the last one:
     * it may have to be a longer one together with what follows, which is the model's to choose.
     */
    int[] forced(int most) {
        if (most < 1) return new int[0];
        int token = text.forcedToken();
        if (token >= 0) return new int[] {token};
        byte[] bytes = text.forced();
        if (bytes.length < LEAST_FORCED) return new int[0];
        int[] ids = tokens(bytes);
        int[] allowed = allowed(ids);
        boolean all = allowed.length == ids.length;
        if (all && ids.length > 0 && !endsAfter(ids)) allowed = Arrays.copyOf(ids, ids.length - 1);
        return Arrays.copyOf(allowed, Math.min(allowed.length, Math.min(most, MOST_FORCED)));
    }

    private boolean endsAfter(int[] ids) {
        State here = text.at();
        for (int id : ids) text.accept(id);
        boolean ends = text.mustEnd();
        text.back(here);
        return ends;
    }

    /** The tokens of bytes in the middle of a text; empty where the tokenizer writes them otherwise. */
    private int[] tokens(byte[] bytes) {
        String s;
        try {
            s = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return new int[0];
        }
        // After a line's end, so that no space is put in front as at the beginning of a text.
        int[] ids = tokenizer.encode("\n" + s, false);
        int left = bytes.length;
        for (int i = ids.length - 1; i >= 0; i--) {
            byte[] b = tokenizer.bytes(ids[i]);
            if (b.length > left || !Arrays.equals(b, 0, b.length, bytes, left - b.length, left)) return new int[0];
            left -= b.length;
            if (left == 0) return Arrays.copyOfRange(ids, i, ids.length);
        }
        return new int[0];
    }
}
