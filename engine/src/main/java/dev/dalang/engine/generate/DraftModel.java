package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;

/** Guesses by a smaller model of the same vocabulary, which always takes its likeliest token. */
final class DraftModel implements Speculator {

    private final ModelRunner runner;
    private final Sequence sequence;
    private int[] held = new int[256];

    /**
     * @param path of the smaller model
     * @param target tokenizer of the model that it guesses for
     * @param options of the target, whose kernels and threads it shares
     * @throws DalangException if their vocabularies differ
     */
    DraftModel(Path path, Tokenizer target, LoadOptions options, int contextLength) {
        ModelSource source = ModelSources.open(path);
        try {
            check(path, ModelSources.tokenizer(source), target);
            this.runner = new ModelRunner(
                    source,
                    LoadOptions.DEFAULT
                            .withKernels(options.kernels())
                            .withCpuFeatures(options.cpuFeatures())
                            .withThreads(options.threads())
                            .withContextLength(contextLength));
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        this.sequence = runner.newSequence();
    }

    private static void check(Path path, Tokenizer own, Tokenizer target) {
        // Some publishers pad the vocabularies of one family to different sizes; what both have must be the same.
        int shared = Math.min(own.vocabularySize(), target.vocabularySize());
        for (int i = 0; i < shared; i++) {
            if (own.token(i).equals(target.token(i))) continue;
            throw DalangException.invalidRequest(
                    path + " cannot guess for this model: its token " + i + " is '" + own.token(i) + "', not '"
                            + target.token(i) + "'; a draft model must have the same vocabulary",
                    "model-draft");
        }
    }

    @Override
    public int[] guess(int[] ids, int length, int most) {
        int room = runner.contextLength() - length;
        int count = Math.min(most, room);
        if (count <= 0) return new int[0];
        int limit = Math.min(sequence.length(), length - 1);
        int common = Arrays.mismatch(held, 0, limit, ids, 0, limit);
        int kept = sequence.truncate(common < 0 ? limit : common);
        if (held.length < length + count) held = Arrays.copyOf(held, 2 * (length + count));
        System.arraycopy(ids, kept, held, kept, length - kept);
        float[] logits = length - kept == 1
                ? runner.next(sequence, ids[length - 1])
                : runner.evaluate(
                        sequence, Arrays.copyOfRange(ids, kept, length), ModelRunner.Progress.NONE, Cancellation.NONE);
        if (logits == null) return new int[0];
        int[] guessed = new int[count];
        for (int i = 0; ; i++) {
            guessed[i] = likeliest(logits);
            if (i + 1 == count) return guessed;
            held[length + i] = guessed[i];
            logits = runner.next(sequence, guessed[i]);
        }
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
        return best;
    }

    @Override
    public void close() {
        sequence.close();
        runner.close();
    }
}
