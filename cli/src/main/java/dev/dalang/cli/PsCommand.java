package dev.dalang.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang ps}: the models that the running server has in memory. */
@Command(name = "ps", description = "Show the models that the running server has in memory.")
final class PsCommand implements Callable<Integer> {

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    LinkFlags link = new LinkFlags();

    private final Surroundings around;

    PsCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Map<String, Object> status = link.open(around).get("/dalang/server/status");
        if (json) {
            around.out().println(Json.pretty(status));
            return ExitCode.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "SIZE", "STATE", "REQUESTS", "UNTIL"));
        for (Object model : (List<?>) status.getOrDefault("models", List.of())) {
            if (model instanceof Map<?, ?> m) rows.add(row(m));
        }
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }

    static List<String> row(Map<?, ?> m) {
        return List.of(
                Text.oneLine(String.valueOf(m.get("name"))),
                Text.bytes(whole(m.get("bytes"))),
                Text.oneLine(String.valueOf(m.get("state"))),
                String.valueOf(whole(m.get("requests"))),
                until(m));
    }

    private static String until(Map<?, ?> m) {
        if (Boolean.TRUE.equals(m.get("pinned"))) return "for ever (pinned)";
        if (m.get("expires_in") instanceof Number n) {
            return Text.clock(Duration.ofMillis((long) (n.doubleValue() * 1000)));
        }
        return whole(m.get("requests")) > 0 ? "in use" : "for ever";
    }

    static long whole(@Nullable Object value) {
        return value instanceof Number n ? n.longValue() : 0;
    }
}
