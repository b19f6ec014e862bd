package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code dalang bench}: speed of reading a prompt and of writing an answer.
 *
 * <p>Measures what llama-bench measures, under its field names (see {@link BenchRun}), and lays a report of its beside
 * ours.
 */
@Command(
        name = "bench",
        description = "Measure the speed of reading a prompt and of writing an answer.",
        footer = {"", "Example: dalang bench ./model.gguf -p 512 -n 128 -r 3 -t 4 -o json"})
final class BenchCommand implements Callable<Integer> {

    enum Format {
        MD,
        JSON,
        CSV
    }

    @Parameters(paramLabel = "MODEL", arity = "1..*", description = "The models, measured one after the other.")
    List<String> models = List.of();

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
            names = "-pg",
            paramLabel = "P,G",
            description = "A prompt of P tokens and an answer of G in one test; may be given several times.")
    List<String> pairs = List.of();

    @Option(
            names = {"-d", "--n-depth"},
            split = ",",
            paramLabel = "N",
            description = "Tokens that are in the cache before a test begins. Default: 0.")
    List<Integer> depths = List.of(0);

    @Option(
            names = {"-npl", "--parallel"},
            split = ",",
            paramLabel = "N",
            description =
                    "Answers written together, each of a sequence of its own; speeds are of all of them. Default: 1.")
    List<Integer> parallel = List.of(1);

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
            description = "Tensor arithmetic: auto, exact, scalar, vector or native.")
    String kernels = "auto";

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "How keys and values are kept: f32, f16, bf16, q8_0 or q4_0. Default: f16.")
    String cacheType = "f16";

    @Option(
            names = "--cpu-features",
            paramLabel = "LIST",
            parameterConsumer = FeatureMask.class,
            description = "Features of the processor to do without, like -avx512f,-amx_tile.")
    String cpuFeatures = "";

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "A report of llama-bench -o json, or of this command, to lay beside this one, with ratios.")
    @Nullable
    Path against;

    private final Surroundings around;
    private boolean toldSlower;

    BenchCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        check("-r", repetitions, 1, 10_000);
        for (int n : depths) check("-d", n, 0, 1 << 24);
        for (int n : prompts) check("-p", n, 0, 1 << 24);
        for (int n : answers) check("-n", n, 0, 1 << 24);
        for (int n : threads) check("-t", n, 1, 1024);
        for (int n : parallel) check("-npl", n, 1, 1024);
        List<BenchRun.Test> tests = tests();
        if (tests.isEmpty()) throw Errors.usage("there is nothing to measure: -p and -n are 0, and there is no -pg");
        List<BenchBaseline.Row> others = against == null ? List.of() : BenchBaseline.read(against);
        List<Path> paths = models.stream()
                .map(m -> ModelArgument.resolve(m, around.store()))
                .toList();
        BenchReport report = new BenchReport(around.out(), new Machine());
        DalangException failure = null;
        try {
            for (Path path : paths) {
                for (int t : threads.isEmpty() ? List.of(0) : threads) measure(path, t, tests, report);
            }
        } catch (DalangException e) {
            failure = e; // What took an hour is not lost for a model that cannot be opened.
        }
        if (!report.isEmpty()) print(report, others);
        if (failure != null) throw failure;
        return around.interrupt().isCancelled() ? ExitCode.INTERRUPTED : ExitCode.DONE;
    }

    private void print(BenchReport report, List<BenchBaseline.Row> others) {
        switch (format) {
            case MD -> report.markdown(others);
            case JSON -> report.json();
            case CSV -> report.csv();
        }
        // Beside a report for programs, the comparison is for the person who waits for it.
        if (format != Format.MD && !others.isEmpty()) around.err().print(report.comparison(others));
    }

    private List<BenchRun.Test> tests() {
        List<BenchRun.Test> tests = new ArrayList<>();
        for (int depth : depths) {
            for (int n : prompts) if (n > 0) tests.add(new BenchRun.Test(n, 0, depth, 1));
            for (int n : answers) {
                for (int together : parallel) if (n > 0) tests.add(new BenchRun.Test(0, n, depth, together));
            }
            for (String pair : pairs) {
                tests.add(both(pair, depth));
            }
        }
        return tests;
    }

    private static BenchRun.Test both(String pair, int depth) {
        String[] parts = pair.split(",", -1);
        try {
            if (parts.length == 2) {
                int prompt = Integer.parseInt(parts[0].strip());
                int answer = Integer.parseInt(parts[1].strip());
                check("-pg", prompt, 1, 1 << 24);
                check("-pg", answer, 1, 1 << 24);
                return new BenchRun.Test(prompt, answer, depth, 1);
            }
        } catch (NumberFormatException e) {
            // The same message as for too few of them.
        }
        throw Errors.usage("-pg takes two numbers like 512,128, not '" + Text.oneLine(pair) + "'");
    }

    /** Stops where the user interrupts; a test that is not finished is not reported. */
    private void measure(Path path, int threadCount, List<BenchRun.Test> tests, BenchReport report) {
        if (around.interrupt().isCancelled()) return;
        int longest = tests.stream().mapToInt(BenchRun.Test::length).max().orElse(0);
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels(kernels)
                .withCpuFeatures(cpuFeatures)
                .withThreads(threadCount)
                .withContextLength(longest + 1)
                .withBatch(batch)
                .withCacheType(Engine.cacheType(cacheType));
        try (ModelRunner runner = Engine.runner(ModelFiles.open(path), options)) {
            sayIfSlower(runner);
            if (runner.decoder().bidirectional() && tests.stream().anyMatch(t -> t.length() > t.prompt())) {
                throw Errors.usage(
                        path + " is an encoder, which writes no answers: -n 0 without -d and -pg measures it");
            }
            BenchReport.Subject subject = BenchReport.Subject.of(path, runner);
            for (BenchRun.Test test : tests) {
                BenchRun run = new BenchRun(runner, test, around.interrupt());
                Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
                run.warmUp();
                long[] nanos = new long[repetitions];
                for (int i = 0; i < repetitions && !around.interrupt().isCancelled(); i++) {
                    nanos[i] = run.once();
                    progress(test, i + 1);
                }
                if (around.interrupt().isCancelled()) break;
                report.add(new BenchReport.Result(subject, batch, test, start, nanos));
            }
        }
        if (around.errIsTerminal()) around.err().print("\r\u001b[K");
    }

    /** Once for all models: they run on the same processor. */
    private void sayIfSlower(ModelRunner runner) {
        if (!toldSlower) Engine.sayIfSlower(runner, around);
        toldSlower = true;
    }

    private void progress(BenchRun.Test test, int done) {
        if (!around.errIsTerminal()) return;
        around.err().print(Text.format("\r\u001b[K%s: %d of %d", test.name(), done, repetitions));
        around.err().flush();
    }

    private static void check(String flag, int value, int min, int max) {
        if (value < min || value > max) {
            throw Errors.usage(String.format(Locale.ROOT, "%s must be %d to %d, not %d", flag, min, max, value));
        }
    }
}
