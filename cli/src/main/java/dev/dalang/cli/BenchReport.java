package dev.dalang.cli;

import dev.dalang.engine.generate.ModelRunner;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The results of {@code dalang bench}, under llama-bench's field names so that two reports lie side by side. */
final class BenchReport {

    /** One test: {@code nPrompt} or {@code nGen} tokens, timed {@code nanos.length} times. */
    record Result(
            String kernels,
            int threads,
            int batch,
            int nPrompt,
            int nGen,
            int depth,
            Instant time,
            @SuppressWarnings("ArrayRecordComponent") long[] nanos) {

        /** Tokens per second of each run. */
        double[] speeds() {
            return Arrays.stream(nanos)
                    .mapToDouble(n -> n == 0 ? 0 : 1e9 * (nPrompt + nGen) / n)
                    .toArray();
        }
    }

    private final Path path;
    private final PrintStream out;
    private final Machine machine;
    private String type = "";
    private String cacheType = "";
    private long bytes;
    private long parameters;

    BenchReport(Path path, PrintStream out, Machine machine) {
        this.path = path;
        this.out = out;
        this.machine = machine;
    }

    /** Takes down what the model is, while it is open. */
    void describe(ModelRunner runner) {
        ModelReport report = new ModelReport(runner.source());
        bytes = ModelFiles.tensorBytes(runner.source());
        parameters = ModelFiles.parameters(runner.source());
        String label = runner.source().metadata().string("general.size_label", Text.count(parameters));
        type = report.architecture() + " " + label + " " + report.quantization();
        cacheType = runner.options().cacheType().name().toLowerCase(Locale.ROOT);
    }

    void json(List<Result> results) {
        out.println(Json.pretty(results.stream().map(this::fields).toList()));
    }

    void csv(List<Result> results) {
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

    void markdown(List<Result> results) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("model", "size", "params", "backend", "threads", "test", "t/s"));
        for (Result r : results) {
            rows.add(List.of(
                    Text.oneLine(type),
                    Text.format("%.2f MiB", bytes / 1048576.0),
                    Text.count(parameters),
                    "CPU " + r.kernels(),
                    Integer.toString(r.threads()),
                    BenchCommand.name(r.nPrompt(), r.nGen()) + (r.depth() > 0 ? " @ d" + r.depth() : ""),
                    Text.format("%.2f ± %.2f", mean(r.speeds()), deviation(r.speeds()))));
        }
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++)
                widths[i] = Math.max(widths[i], row.get(i).length());
        }
        for (int line = 0; line < rows.size(); line++) {
            StringBuilder text = new StringBuilder("|");
            StringBuilder rule = new StringBuilder("|");
            for (int i = 0; i < widths.length; i++) {
                // Words stand left, numbers right.
                boolean left = i == 0 || i == 3;
                String cell = rows.get(line).get(i);
                String pad = " ".repeat(widths[i] - cell.length());
                text.append(' ').append(left ? cell + pad : pad + cell).append(" |");
                rule.append(' ')
                        .append(left ? "-".repeat(widths[i]) : "-".repeat(widths[i] - 1) + ":")
                        .append(" |");
            }
            out.println(text);
            if (line == 0) out.println(rule);
        }
    }

    private Map<String, Object> fields(Result r) {
        double[] nanos = Arrays.stream(r.nanos()).asDoubleStream().toArray();
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("build_commit", "dalang " + Dalang.Version.number());
        String cpu = machine.cpuModel();
        f.put("cpu_info", cpu == null ? "" : cpu);
        f.put("gpu_info", "");
        f.put("backends", "CPU");
        f.put("kernels", r.kernels());
        f.put("model_filename", path.toString());
        f.put("model_type", type);
        f.put("model_size", bytes);
        f.put("model_n_params", parameters);
        f.put("n_batch", r.batch());
        f.put("n_ubatch", r.batch());
        f.put("n_threads", r.threads());
        f.put("type_k", cacheType);
        f.put("type_v", cacheType);
        f.put("n_prompt", r.nPrompt());
        f.put("n_gen", r.nGen());
        f.put("n_depth", r.depth());
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
