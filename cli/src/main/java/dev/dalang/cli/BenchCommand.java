package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code dalang bench}: speed of reading a prompt and of writing an answer.
 *
 * <p>Measures what llama-bench measures, under its field names: random tokens, each test on an empty cache, and a
 * warm-up that does not count: one run, or as many as fit in two seconds, since the JVM compiles what runs often.
 */
@Command(
        name = "bench",
        description = "Measure the speed of reading a prompt and of writing an answer.",
        footer = {"", "Example: dalang bench ./model.gguf -p 512 -n 128 -r 3 -t 4 -o json"})
final class BenchCommand implements Callable<Integer> {

    private static final long WARM_UP_NANOS = 2_000_000_000L;

    enum Format {
        MD,
        JSON,
        CSV
    }

    @Parameters(paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(
            names = {"-p", "--n-prompt"},
            split = ",",
            paramLabel = "N",
            description = "Prompt lengths to measure; 0 is none. Default: 512.")
    List<Integer> prompts = List.of(512);

    @Option(
            names = {"-n", "--n-gen"},
            split = ",",
            paramLabel = "N",
            description = "Answer lengths to measure; 0 is none. Default: 128.")
    List<Integer> answers = List.of(128);

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            description = "Runs of each test. Default: 5.")
    int repetitions = 5;

    @Option(
            names = {"-d", "--n-depth"},
            paramLabel = "N",
            description = "Tokens that are in the cache before a test begins. Default: 0.")
    int depth;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Tokens of a prompt that go through the model together.")
    int batch = LoadOptions.DEFAULT.batch();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "md, json or csv. Default: md.")
    Format format = Format.MD;

    @Option(
            names = {"-t", "--threads"},
            split = ",",
            paramLabel = "N",
            description = "Numbers of threads to measure.")
    List<Integer> threads = new ArrayList<>();

    @Option(
            names = "--kernels",
            paramLabel = "TIER",
            description = "Tensor arithmetic: auto, scalar, vector or native.")
    String kernels = "auto";

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "How keys and values are kept: f32, f16, bf16 or q8_0. Default: f16.")
    String cacheType = "f16";

    private final Surroundings around;

    BenchCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        check("-r", repetitions, 1, 10_000);
        check("-d", depth, 0, 1 << 24);
        for (int n : prompts) check("-p", n, 0, 1 << 24);
        for (int n : answers) check("-n", n, 0, 1 << 24);
        for (int n : threads) check("-t", n, 1, 1024);
        Path path = ModelArgument.resolve(model, around.store());
        BenchReport report = new BenchReport(path, around.out(), new Machine());
        List<BenchReport.Result> results = new ArrayList<>();
        List<Integer> counts = threads.isEmpty() ? List.of(0) : threads;
        for (int t : counts) {
            int longest = 0;
            for (int n : prompts) longest = Math.max(longest, n);
            for (int n : answers) longest = Math.max(longest, n);
            LoadOptions options = LoadOptions.DEFAULT
                    .withKernels(kernels)
                    .withThreads(t)
                    .withContextLength(depth + longest + 1)
                    .withBatch(batch)
                    .withCacheType(BlockType.ofName(cacheType));
            try (ModelRunner runner = Engine.runner(ModelFiles.open(path), options)) {
                for (int n : prompts) if (n > 0) results.add(measure(runner, n, 0));
                for (int n : answers) if (n > 0) results.add(measure(runner, 0, n));
                report.describe(runner);
            }
            if (around.interrupt().isCancelled()) return ExitCode.INTERRUPTED;
        }
        switch (format) {
            case MD -> report.markdown(results);
            case JSON -> report.json(results);
            case CSV -> report.csv(results);
        }
        return ExitCode.DONE;
    }

    private BenchReport.Result measure(ModelRunner runner, int prompt, int answer) {
        SplittableRandom random = new SplittableRandom(1);
        int[] tokens = random.ints(
                        Math.max(1, depth + prompt + answer),
                        0,
                        runner.decoder().vocabulary())
                .toArray();
        Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        long warm = System.nanoTime();
        do once(runner, tokens, prompt, answer);
        while (System.nanoTime() - warm < WARM_UP_NANOS && !around.interrupt().isCancelled());
        long[] nanos = new long[repetitions];
        for (int i = 0; i < repetitions; i++) {
            if (around.interrupt().isCancelled()) break;
            nanos[i] = once(runner, tokens, prompt, answer);
            if (around.errIsTerminal()) {
                around.err().print(Text.format("\r\u001b[K%s: %d of %d", name(prompt, answer), i + 1, repetitions));
                around.err().flush();
            }
        }
        if (around.errIsTerminal()) around.err().print("\r\u001b[K");
        return new BenchReport.Result(runner.kernels(), runner.threads(), batch, prompt, answer, depth, start, nanos);
    }

    static String name(int prompt, int answer) {
        return (prompt > 0 ? "pp" + prompt : "") + (answer > 0 ? "tg" + answer : "");
    }

    /** Nanoseconds of one run; filling the cache to its depth does not count. */
    private long once(ModelRunner runner, int[] tokens, int prompt, int answer) {
        try (Sequence sequence = runner.newSequence()) {
            Cancellation interrupt = around.interrupt();
            if (depth > 0) {
                runner.evaluate(sequence, Arrays.copyOf(tokens, depth), ModelRunner.Progress.NONE, interrupt);
            }
            long start = System.nanoTime();
            if (prompt > 0) {
                runner.evaluate(
                        sequence,
                        Arrays.copyOfRange(tokens, depth, depth + prompt),
                        ModelRunner.Progress.NONE,
                        interrupt);
            }
            for (int i = 0; i < answer && !interrupt.isCancelled(); i++) {
                runner.next(sequence, tokens[Math.min(tokens.length - 1, depth + prompt + i)]);
            }
            return System.nanoTime() - start;
        }
    }

    private static void check(String flag, int value, int min, int max) {
        if (value < min || value > max) {
            throw Errors.usage(String.format(Locale.ROOT, "%s must be %d to %d, not %d", flag, min, max, value));
        }
    }
}
