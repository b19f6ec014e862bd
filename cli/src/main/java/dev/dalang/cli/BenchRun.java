package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.generate.ModelRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One test of {@code dalang bench}, run again and again: random tokens, each time into an empty cache, after a warm-up
 * that does not count: one run, or as many as fit in two seconds, since the JVM compiles what runs often.
 */
final class BenchRun {

    private static final long WARM_UP_NANOS = 2_000_000_000L;

    /**
     * @param prompt tokens read
     * @param answer tokens written, by each of the sequences
     * @param depth tokens in the cache before
     * @param parallel sequences that are written together
     */
    record Test(int prompt, int answer, int depth, int parallel) {

        /** As llama-bench names it. */
        String name() {
            return (prompt > 0 && answer > 0
                            ? "pp" + prompt + "+tg" + answer
                            : prompt > 0 ? "pp" + prompt : "tg" + answer)
                    + (depth > 0 ? " @ d" + depth : "")
                    + (parallel > 1 ? " x " + parallel : "");
        }

        /** Positions that a sequence takes. */
        int length() {
            return depth + prompt + answer;
        }

        /** Tokens that are timed. */
        int tokens() {
            return (prompt + answer) * parallel;
        }
    }

    private final ModelRunner runner;
    private final Test test;
    private final Cancellation interrupt;
    private final int[] tokens;

    BenchRun(ModelRunner runner, Test test, Cancellation interrupt) {
        this.runner = runner;
        this.test = test;
        this.interrupt = interrupt;
        this.tokens = new SplittableRandom(1)
                .ints(Math.max(1, test.length()), 0, runner.decoder().vocabulary())
                .toArray();
    }

    void warmUp() {
        long start = System.nanoTime();
        do once();
        while (System.nanoTime() - start < WARM_UP_NANOS && !interrupt.isCancelled());
    }

    /** Nanoseconds of one run; filling the caches to their depth does not count. */
    long once() {
        List<Sequence> sequences = new ArrayList<>();
        try {
            for (int i = 0; i < test.parallel; i++) {
                Sequence s = runner.newSequence();
                sequences.add(s);
                if (test.depth > 0) read(s, 0, test.depth);
            }
            float[][] logits = new float[test.parallel][runner.decoder().outputs()];
            long start = System.nanoTime();
            if (test.prompt > 0) read(sequences.getFirst(), test.depth, test.prompt);
            int[] ids = new int[test.parallel];
            for (int i = 0; i < test.answer && !interrupt.isCancelled(); i++) {
                Arrays.fill(ids, tokens[test.depth + test.prompt + i]);
                runner.nextTogether(sequences, ids, logits);
            }
            return System.nanoTime() - start;
        } finally {
            sequences.forEach(Sequence::close);
        }
    }

    private void read(Sequence sequence, int from, int count) {
        int[] ids = Arrays.copyOfRange(tokens, from, from + count);
        runner.evaluate(sequence, ids, ModelRunner.Progress.NONE, interrupt);
    }
}
