package dev.dalang.cli;

import dev.dalang.net.EgressLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang egress}: every connection that was made or refused. */
@Command(name = "egress", description = "Show the log of connections: when, why, where to, and what came of it.")
final class EgressCommand implements Callable<Integer> {

    @Option(names = "-n", paramLabel = "N", description = "The last N requests; the default is 50.")
    int last = 50;

    @Option(names = "--json", description = "The lines of the log as they are.")
    boolean json;

    private final Surroundings around;

    EgressCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (last < 1) throw Errors.usage("-n must be at least 1, not " + last);
        Path log = HubAccess.log(around);
        List<Path> files = EgressLog.files(log);
        if (files.isEmpty()) {
            around.say("no connection was ever made (" + log + ")");
            return ExitCode.DONE;
        }
        if (!json) {
            around.out().print(Text.table(table(files)));
            return ExitCode.DONE;
        }
        for (Path file : files) {
            try (BufferedReader in = Files.newBufferedReader(file)) {
                in.lines().forEach(around.out()::println);
            } catch (IOException e) {
                throw Errors.storage(e, file);
            }
        }
        return ExitCode.DONE;
    }

    private List<List<String>> table(List<Path> files) {
        Map<String, Map<?, ?>> ends = new LinkedHashMap<>();
        ArrayDeque<Map<?, ?>> begins = new ArrayDeque<>();
        for (Path file : files) {
            try (BufferedReader in = Files.newBufferedReader(file)) {
                for (String line; (line = in.readLine()) != null; ) {
                    // A line that a kill cut short is no news.
                    if (!line.endsWith("}") || !(Json.parse(line, "the log") instanceof Map<?, ?> event)) continue;
                    if ("close".equals(event.get("event"))) {
                        ends.put(text(event.get("id")), event);
                        continue;
                    }
                    begins.add(event);
                    if (begins.size() > last) ends.remove(text(begins.remove().get("id")));
                }
            } catch (IOException e) {
                throw Errors.storage(e, file);
            }
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("AT", "WHY", "ADDRESS", "TO", "RESULT", "BYTES"));
        for (Map<?, ?> e : begins) {
            Map<?, ?> end = ends.get(text(e.get("id")));
            rows.add(List.of(
                    text(e.get("at")),
                    text(e.get("purpose")),
                    text(e.get("address")),
                    text(e.get("to") == null ? e.get("proxy") : e.get("to")),
                    result(e, end),
                    end == null || !(end.get("bytes") instanceof Long n) ? "" : Text.bytes(n)));
        }
        return rows;
    }

    private static String result(Map<?, ?> begin, @Nullable Map<?, ?> end) {
        if ("refused".equals(begin.get("event"))) return "refused";
        if ("unknown".equals(begin.get("event"))) return "unknown name";
        if (end == null) return "not ended";
        return end.get("problem") == null ? text(end.get("status")) : "failed";
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : Text.oneLine(value.toString());
    }
}
