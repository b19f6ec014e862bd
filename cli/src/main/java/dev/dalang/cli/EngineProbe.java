package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.hub.fit.Rates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * How fast the engine computes here: a {@link ProbeModel} reads and writes, for about a second for each type of blocks.
 *
 * <p>The whole engine is measured, not a kernel alone, so that what lies between the kernels counts too. An answer is written
 * by a model whose weights fit no cache, as those of real models do not: then memory, kernels and what a token costs besides
 * stand to each other as they will. Prompts are read in pieces as long as real ones, since that is what the kernels for many
 * tokens are made for. Of several trials the fastest counts: what slows the others down is some other program, and the spread
 * tells of it.
 */
final class EngineProbe {

    /** Tokens of a prompt; no more than go through together. */
    private static final int PROMPT = 512;

    private static final int FEW = 64;

    /** Weights of the model that writes: so much more than the last cache holds that what stays in it does not count. */
    private static final long WEIGHTS_BYTES = 320L << 20;

    private static final int FAR = 1024;
    private static final int TRIALS = 5;
    private static final int MOST_TRIALS = 25;

    /** By so much a trial must be faster than those before it, or else the last few were as good as they get. */
    private static final double FASTER = 1.02;

    private static final int LEAST_TOKENS = 6;
    private static final long WARM_NANOS = 300_000_000L;
    private static final long TRIAL_NANOS = 100_000_000L;

    /** @param spread (largest - smallest) / median of the trials */
    record Measured(Rates.Rate rate, double spread) {}

    /**
     * @param perSecond multiply-adds of attention, of a token alone
     * @param ofPrompt the same of tokens that go through together
     */
    record Attention(double perSecond, double ofPrompt, double spread) {}

    private EngineProbe() {}

    /** Whether a probe of this type can be made; others go by the one most like them. */
    static boolean can(BlockType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 ->
                true;
            default -> false;
        };
    }

    static Measured type(BlockType type, LoadOptions options) {
        double[] read = reading(type, options);
        double[] write = writing(type, options);
        return new Measured(new Rates.Rate(best(write), best(read)), Math.max(spread(read), spread(write)));
    }

    /** Multiply-adds a second of a prompt, in ascending order. One layer is enough: arithmetic is the roof. */
    private static double[] reading(BlockType type, LoadOptions options) {
        ProbeModel model = new ProbeModel(type, 1, ProbeModel.WIDE);
        int length = Math.min(PROMPT, options.batch());
        try (ModelRunner runner = Engine.runner(model, options.withContextLength(ProbeModel.CONTEXT))) {
            warm(() -> prompt(runner, length));
            // Half the prompt is what its tokens look back at; what that costs is little at this length.
            return trials(() -> model.elements() * (double) length / repeated(() -> prompt(runner, length)));
        }
    }

    /** Bytes of weights a second of an answer, in ascending order. */
    private static double[] writing(BlockType type, LoadOptions options) {
        ProbeModel model =
                new ProbeModel(type, ProbeModel.layers(type, ProbeModel.WIDE, WEIGHTS_BYTES), ProbeModel.WIDE);
        try (ModelRunner runner = Engine.runner(model, options.withContextLength(ProbeModel.CONTEXT))) {
            warm(() -> tokens(runner, 8));
            return trials(() -> type.bytesFor(model.elements()) / token(runner, 0));
        }
    }

    /**
     * The last few trials, in ascending order, and the best of all among them: they go on while they become faster, as they
     * do until what runs often is compiled.
     */
    private static double[] trials(DoubleSupplier rate) {
        List<Double> all = new ArrayList<>();
        double best = 0;
        for (int since = 0; since < TRIALS && all.size() < MOST_TRIALS; ) {
            double r = rate.getAsDouble();
            all.add(r);
            since = r > best * FASTER ? 0 : since + 1;
            best = Math.max(best, r);
        }
        double[] last = all.subList(Math.max(0, all.size() - TRIALS), all.size()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        Arrays.sort(last);
        last[last.length - 1] = best;
        return last;
    }

    private static void warm(Runnable run) {
        long start = System.nanoTime();
        do run.run();
        while (System.nanoTime() - start < WARM_NANOS);
    }

    private static double best(double[] ascending) {
        return ascending[ascending.length - 1];
    }

    /** From the time that a token takes far into a context and near its start. */
    static Attention attention(LoadOptions options) {
        ProbeModel model = new ProbeModel(BlockType.Q8_0, 2, ProbeModel.NARROW);
        try (ModelRunner runner = Engine.runner(model, options.withContextLength(ProbeModel.CONTEXT))) {
            prompt(runner, FEW);
            double[] far = new double[TRIALS];
            double[] near = new double[TRIALS];
            tokens(runner, 32);
            for (int i = 0; i < TRIALS; i++) {
                far[i] = token(runner, FAR);
                near[i] = token(runner, 0);
            }
            double perToken = model.lookBack() * (double) FAR;
            double[] pieceFar = pieces(runner, FAR);
            double[] pieceNear = pieces(runner, 0);
            return new Attention(perToken / more(far, near), FEW * perToken / more(pieceFar, pieceNear), spread(far));
        }
    }

    /** By how much the one takes longer than the other. Sorts both. */
    private static double more(double[] far, double[] near) {
        Arrays.sort(far);
        Arrays.sort(near);
        return Math.max(far[0] - near[0], far[0] / 50);
    }

    /** Seconds of a prompt's piece behind {@code depth} tokens, several times. */
    private static double[] pieces(ModelRunner runner, int depth) {
        double[] seconds = new double[TRIALS];
        for (int i = 0; i < TRIALS; i++) {
            try (Sequence sequence = runner.newSequence()) {
                if (depth > 0) runner.evaluate(sequence, ids(depth), ModelRunner.Progress.NONE, Cancellation.NONE);
                long start = System.nanoTime();
                runner.evaluate(sequence, ids(FEW), ModelRunner.Progress.NONE, Cancellation.NONE);
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        return seconds;
    }

    private static void prompt(ModelRunner runner, int length) {
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluate(sequence, ids(length), ModelRunner.Progress.NONE, Cancellation.NONE);
        }
    }

    private static void tokens(ModelRunner runner, int count) {
        try (Sequence sequence = runner.newSequence()) {
            for (int i = 0; i < count; i++) one(runner, sequence);
        }
    }

    /** Seconds of a token behind {@code depth} others: the first quartile, as other programs only make it slower. */
    private static double token(ModelRunner runner, int depth) {
        List<Double> seconds = new ArrayList<>();
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluate(sequence, ids(depth + 1), ModelRunner.Progress.NONE, Cancellation.NONE);
            long start = System.nanoTime();
            long before = start;
            while (before - start < TRIAL_NANOS || seconds.size() < LEAST_TOKENS) {
                one(runner, sequence);
                long now = System.nanoTime();
                seconds.add((now - before) / 1e9);
                before = now;
                if (sequence.length() > depth + 200) break;
            }
        }
        seconds.sort(null);
        return seconds.get(seconds.size() / 4);
    }

    private static void one(ModelRunner runner, Sequence sequence) {
        runner.evaluate(sequence, new int[] {7}, ModelRunner.Progress.NONE, Cancellation.NONE);
    }

    private static int[] ids(int count) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = i % 251;
        return ids;
    }

    /** Seconds of one run, of as many as a trial takes. */
    private static double repeated(Runnable run) {
        long start = System.nanoTime();
        int runs = 0;
        do {
            run.run();
            runs++;
        } while (System.nanoTime() - start < TRIAL_NANOS);
        return (System.nanoTime() - start) / 1e9 / runs;
    }

    private static double spread(double[] sorted) {
        return (sorted[sorted.length - 1] - sorted[0]) / sorted[sorted.length / 2];
    }
}
