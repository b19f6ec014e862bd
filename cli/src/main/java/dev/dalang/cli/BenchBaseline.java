package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Another program's report of the same tests: what {@code llama-bench -o json} writes. */
final class BenchBaseline {

    private static final long MAX_BYTES = 64 << 20;

    /**
     * One test of the other program.
     *
     * @param file name of the model's file, without its folder
     * @param speed tokens per second, on average
     */
    record Row(String file, int threads, BenchRun.Test test, double speed) {}

    private BenchBaseline() {}

    /** @throws DalangException if it is no such report */
    static List<Row> read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) throw Errors.usage("--against: " + file + " is too large for a report");
            return parse(Files.readString(file), file);
        } catch (IOException e) {
            throw Errors.usage("--against: " + file + " cannot be read: " + Errors.describe(e));
        }
    }

    private static List<Row> parse(String text, Path file) {
        Object report;
        try {
            report = Json.parse(text, file.toString());
        } catch (DalangException e) {
            throw notAReport(file, e.failure().message());
        }
        if (!(report instanceof List<?> tests) || tests.isEmpty()) throw notAReport(file, "it lists no tests");
        List<Row> rows = new ArrayList<>();
        for (Object test : tests) {
            if (!(test instanceof Map<?, ?> fields)) throw notAReport(file, "a test is no object");
            rows.add(row(fields, file));
        }
        return rows;
    }

    private static Row row(Map<?, ?> fields, Path file) {
        String model = fields.get("model_filename") instanceof String name ? name : "";
        BenchRun.Test test = new BenchRun.Test(
                (int) number(fields, "n_prompt", file),
                (int) number(fields, "n_gen", file),
                fields.containsKey("n_depth") ? (int) number(fields, "n_depth", file) : 0,
                fields.containsKey("n_parallel") ? (int) number(fields, "n_parallel", file) : 1);
        return new Row(
                model.substring(model.lastIndexOf('/') + 1),
                (int) number(fields, "n_threads", file),
                test,
                number(fields, "avg_ts", file));
    }

    private static double number(Map<?, ?> fields, String name, Path file) {
        if (fields.get(name) instanceof Number value) return value.doubleValue();
        throw notAReport(file, "a test has no number " + name);
    }

    private static DalangException notAReport(Path file, String why) {
        return Errors.usage("--against: " + file + " is no report of llama-bench -o json: " + why);
    }
}
