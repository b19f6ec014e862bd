package dev.dalang.cli;

import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.MemoryBandwidth;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The results of {@code dalang bench}, under llama-bench's field names so that two reports lie side by side. */
final class BenchReport {

    /**
     * What was measured, taken down while it is open.
     *
     * @param bytesPerToken weights that a token of an answer reads
     * @param memorySpeed bytes a second that this machine reads with as many threads; 0 where that is not known
     */
    record Subject(
            Path path,
            String type,
            long bytes,
            long parameters,
            String cacheType,
            String kernels,
            int threads,
            long bytesPerToken,
            double memorySpeed) {

        static Subject of(Path path, ModelRunner runner) {
            ModelReport report = new ModelReport(runner.source());
            long parameters = ModelFiles.parameters(runner.source());
            long bytesPerToken = ModelFiles.bytesPerToken(runner.source());
            String label = runner.source().metadata().string("general.size_label", Text.count(parameters));
            return new Subject(
                    path,
                    report.architecture() + " " + label + " " + report.quantization(),
                    ModelFiles.tensorBytes(runner.source()),
                    parameters,
                    runner.options().cacheType().name().toLowerCase(Locale.ROOT),
                    runner.kernels(),
                    runner.threads(),
                    bytesPerToken,
                    MemoryBandwidth.read(bytesPerToken, runner.threads(), READINGS)
                            .orElse(0));
        }

        String fileName() {
            Path name = path.getFileName();
            return name == null ? path.toString() : name.toString();
        }
    }

    /** One test, timed {@code nanos.length} times. */
    record Result(
            Subject subject,
            int batch,
            BenchRun.Test test,
            Instant time,
            @SuppressWarnings("ArrayRecordComponent") long[] nanos) {

        /** Tokens per second of each run. */
        double[] speeds() {
            return Arrays.stream(nanos)
                    .mapToDouble(n -> n == 0 ? 0 : 1e9 * test.tokens() / n)
                    .toArray();
        }
    }

    private static final int READINGS = 12;

    private final PrintStream out;
    private final Machine machine;
    private final List<Result> results = new ArrayList<>();

    BenchReport(PrintStream out, Machine machine) {
        this.out = out;
        this.machine = machine;
    }

    boolean isEmpty() {
        return results.isEmpty();
    }

    void add(Result result) {
        results.add(result);
    }

    void json() {
        out.println(Json.pretty(results.stream().map(this::fields).toList()));
    }

    void csv() {
        boolean head = true;
        for (Result r : results) {
            Map<String, Object> fields = fields(r);
            // llama-bench leaves the samples out of its csv too.
            fields.remove("samples_ns");
            fields.remove("samples_ts");
            if (head) out.println(String.join(",", fields.keySet()));
            head = false;
            out.println(fields.values().stream()
                    .map(v -> '"' + String.valueOf(v).replace("\"", "\"\"") + '"')
                    .collect(Collectors.joining(",")));
        }
    }

    /** As llama-bench prints it; with another program's tests beside it, where they are the same. */
    void markdown(List<BenchBaseline.Row> others) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("model", "size", "params", "backend", "threads", "test", "t/s"));
        for (Result r : results) {
            rows.add(List.of(
                    Text.oneLine(r.subject.type),
                    Text.format("%.2f MiB", r.subject.bytes / 1048576.0),
                    Text.count(r.subject.parameters),
                    "CPU " + r.subject.kernels,
                    Integer.toString(r.subject.threads),
                    r.test.name(),
                    Text.format("%.2f ± %.2f", mean(r.speeds()), deviation(r.speeds()))));
        }
        out.print(table(rows, Set.of(0, 3)));
        out.print(roofline());
        if (!others.isEmpty()) out.print("\n" + comparison(others));
    }

    /** What share of the memory's own speed the answers reached: each token reads the weights once. */
    private String roofline() {
        StringBuilder text = new StringBuilder();
        for (Result r : results) {
            if (r.test.prompt() > 0 || r.test.parallel() > 1 || r.subject.memorySpeed == 0) continue;
            double read = mean(r.speeds()) * r.subject.bytesPerToken;
            text.append(Text.format(
                    "%s %s, %s: weights at %.1f GB/s of the %.1f that memory was read with, %.0f %%\n",
                    Text.oneLine(r.subject.type),
                    r.test.name(),
                    Text.plural(r.subject.threads, "thread"),
                    read / 1e9,
                    r.subject.memorySpeed / 1e9,
                    100 * read / r.subject.memorySpeed));
        }
        return text.isEmpty() ? "" : "\n" + text;
    }

    /** Tests that both ran, on the same file with as many threads and the same cache: our speed over theirs. */
    String comparison(List<BenchBaseline.Row> others) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("file", "threads", "test", "theirs t/s", "ours t/s", "ratio"));
        Set<BenchBaseline.Row> leftOut = new LinkedHashSet<>(others);
        for (Result r : results) {
            for (BenchBaseline.Row other : others) {
                if (!other.isOf(r)) continue;
                leftOut.remove(other);
                rows.add(List.of(
                        Text.oneLine(other.file()),
                        Integer.toString(other.threads()),
                        r.test.name(),
                        Text.format("%.2f", other.speed()),
                        Text.format("%.2f", mean(r.speeds())),
                        Text.format("%.2f", mean(r.speeds()) / other.speed())));
            }
        }
        String alike = "same file, threads, cache types and lengths";
        if (rows.size() == 1) return "none of the other report's tests was run here: " + alike + "\n";
        String table = table(rows, Set.of(0));
        if (leftOut.isEmpty()) return table;
        return table
                + Text.format(
                        "not run here (%s), of the other report: %s\n",
                        alike, leftOut.stream().map(BenchBaseline.Row::name).collect(Collectors.joining("; ")));
    }

    /** @param left columns of words, which stand left; numbers stand right */
    private static String table(List<List<String>> rows, Set<Integer> left) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++)
                widths[i] = Math.max(widths[i], row.get(i).length());
        }
        StringBuilder table = new StringBuilder();
        for (int line = 0; line < rows.size(); line++) {
            StringBuilder text = new StringBuilder("|");
            StringBuilder rule = new StringBuilder("|");
            for (int i = 0; i < widths.length; i++) {
                String cell = rows.get(line).get(i);
                String pad = " ".repeat(widths[i] - cell.length());
                text.append(' ')
                        .append(left.contains(i) ? cell + pad : pad + cell)
                        .append(" |");
                rule.append(' ')
                        .append(left.contains(i) ? "-".repeat(widths[i]) : "-".repeat(widths[i] - 1) + ":")
                        .append(" |");
            }
            table.append(text).append('\n');
            if (line == 0) table.append(rule).append('\n');
        }
        return table.toString();
    }

    private Map<String, Object> fields(Result r) {
        double[] nanos = Arrays.stream(r.nanos()).asDoubleStream().toArray();
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("build_commit", "dalang " + Dalang.Version.number());
        String cpu = machine.cpuModel();
        f.put("cpu_info", cpu == null ? "" : cpu);
        f.put("gpu_info", "");
        f.put("backends", "CPU");
        f.put("kernels", r.subject.kernels);
        f.put("model_filename", r.subject.path.toString());
        f.put("model_type", r.subject.type);
        f.put("model_size", r.subject.bytes);
        f.put("model_n_params", r.subject.parameters);
        f.put("n_batch", r.batch());
        f.put("n_ubatch", r.batch());
        f.put("n_threads", r.subject.threads);
        f.put("type_k", r.subject.cacheType);
        f.put("type_v", r.subject.cacheType);
        f.put("n_prompt", r.test.prompt());
        f.put("n_gen", r.test.answer());
        f.put("n_depth", r.test.depth());
        f.put("bytes_per_token", r.subject.bytesPerToken);
        f.put("memory_read_bytes_per_second", Math.round(r.subject.memorySpeed));
        f.put("n_parallel", r.test.parallel());
        f.put("test_time", r.time().toString());
        f.put("avg_ns", Math.round(mean(nanos)));
        f.put("stddev_ns", Math.round(deviation(nanos)));
        f.put("avg_ts", mean(r.speeds()));
        f.put("stddev_ts", deviation(r.speeds()));
        f.put("samples_ns", r.nanos());
        f.put("samples_ts", r.speeds());
        return f;
    }

    static double mean(double[] v) {
        return Arrays.stream(v).average().orElse(0);
    }

    /** Of a sample: divides by one less than the count. */
    static double deviation(double[] v) {
        if (v.length < 2) return 0;
        double mean = mean(v);
        double squares = Arrays.stream(v).map(x -> (x - mean) * (x - mean)).sum();
        return Math.sqrt(squares / (v.length - 1));
    }
}
