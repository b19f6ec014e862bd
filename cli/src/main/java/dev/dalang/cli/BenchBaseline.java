package dev.dalang.cli;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Another program's report of the same tests: what {@code llama-bench -o json} writes. */
final class BenchBaseline {

    private static final long MAX_BYTES = 64 << 20;

    /**
     * One test of the other program.
     *
     * @param file name of the model's file, without its folder
     * @param caches types of cached keys and values, without those that the report does not name
     * @param speed tokens per second, on average
     */
    record Row(String file, int threads, Set<String> caches, BenchRun.Test test, double speed) {

        /** Whether that is the same test, whose speed may be laid beside this one. */
        boolean isOf(BenchReport.Result ours) {
            return file.equals(ours.subject().fileName())
                    && threads == ours.subject().threads()
                    && Set.of(ours.subject().cacheType()).containsAll(caches)
                    && test.equals(ours.test());
        }

        String name() {
            return Text.oneLine(file) + " " + test.name() + ", " + Text.plural(threads, "thread")
                    + (caches.isEmpty() ? "" : ", " + Text.oneLine(String.join(" and ", caches)) + " cache");
        }
    }

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
        Set<String> caches = new TreeSet<>();
        for (String name : List.of("type_k", "type_v")) {
            if (fields.get(name) instanceof String type) caches.add(type);
        }
        double speed = number(fields, "avg_ts", file);
        if (!(speed > 0)) throw notAReport(file, "the speed avg_ts of a test is " + speed);
        return new Row(
                model.substring(model.lastIndexOf('/') + 1),
                (int) number(fields, "n_threads", file),
                caches,
                test,
                speed);
    }

    private static double number(Map<?, ?> fields, String name, Path file) {
        if (fields.get(name) instanceof Number value) return value.doubleValue();
        throw notAReport(file, "a test has no number " + name);
    }

    private static DalangException notAReport(Path file, String why) {
        return Errors.usage("--against: " + file + " is no report of llama-bench -o json: " + why);
    }
}
