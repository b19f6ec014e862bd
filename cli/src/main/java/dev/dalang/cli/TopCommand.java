package dev.dalang.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dalang top}: the running server's work, looked at again and again. */
@Command(name = "top", description = "Watch the running server: requests, tokens a second, cache.")
final class TopCommand implements Callable<Integer> {

    private static final String CLEAR = "\u001b[H\u001b[2J";

    /** How long Ctrl-C may go unseen while a key is waited for. */
    private static final long GLANCE_MILLIS = 100;

    @Option(names = "--once", description = "Look once.")
    boolean once;

    @Option(names = "--json", description = "One JSON object a look.")
    boolean json;

    @Option(
            names = {"-d", "--delay"},
            paramLabel = "SECONDS",
            description = "Between looks. Default: 2.")
    double delay = 2;

    @Mixin
    LinkFlags link = new LinkFlags();

    private final Surroundings around;

    TopCommand(Surroundings around) {
        this.around = around;
    }

    /** A model's counts at one look. */
    private record Counts(long nanos, long prompt, long answer) {}

    @Override
    public Integer call() throws InterruptedException {
        if (!(delay >= 0.1) || delay > 3600) throw Errors.usage("--delay is 0.1 to 3600 seconds, not " + delay);
        ServerLink server = link.open(around);
        CountDownLatch end = new CountDownLatch(1);
        Map<String, Counts> before = new LinkedHashMap<>();
        try (var _ = around.interrupt().onCancel(end::countDown);
                PressedKeys keys = once || json ? null : PressedKeys.open(around)) {
            do {
                Map<String, Object> status = server.get("/dalang/server/status");
                if (json) {
                    around.out().println(Json.compact(status));
                } else {
                    if (!once && around.outIsTerminal()) around.out().print(CLEAR);
                    print(server.address(), status, before);
                }
                around.out().flush();
            } while (!once && !isOver(end, keys));
        }
        return ExitCode.DONE;
    }

    /** Waits for the next look; whether there is none: after Ctrl-C, or q. Any other key brings it on. */
    private boolean isOver(CountDownLatch end, @Nullable PressedKeys keys) throws InterruptedException {
        long millis = (long) (delay * 1000);
        if (keys == null) return end.await(millis, TimeUnit.MILLISECONDS);
        try {
            for (long left = millis; left > 0 && end.getCount() > 0; left -= GLANCE_MILLIS) {
                int key = keys.within(Math.min(left, GLANCE_MILLIS));
                if (key >= 0) return key == 'q' || key == 'Q';
                if (key == NonBlockingReader.EOF) return end.await(left, TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            return true;
        }
        return end.getCount() == 0;
    }

    private void print(String address, Map<String, Object> status, Map<String, Counts> before) {
        around.out()
                .println(Text.oneLine("dalang " + status.get("version") + " at " + address + ", process "
                        + PsCommand.whole(status.get("pid")) + ", since " + second(status.get("started_at"))
                        + (Boolean.TRUE.equals(status.get("ready")) ? "" : ", stopping")));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "MODEL", "STATE", "RUNNING", "WAITING", "PROMPT/S", "ANSWER/S", "CACHE", "HITS", "SIZE", "UNTIL"));
        for (Object model : (List<?>) status.getOrDefault("models", List.of())) {
            if (model instanceof Map<?, ?> m) rows.add(row(m, before));
        }
        around.out().print(Text.table(rows));
    }

    private static String second(@Nullable Object instant) {
        String text = String.valueOf(instant);
        return text.length() < 19 ? text : text.substring(0, 19).replace('T', ' ') + " UTC";
    }

    private static List<String> row(Map<?, ?> m, Map<String, Counts> before) {
        String name = String.valueOf(m.get("name"));
        long now = System.nanoTime();
        Counts counts = new Counts(now, whole(m, "prompt_tokens"), whole(m, "answer_tokens"));
        Counts last = before.put(name, counts);
        long cached = whole(m, "cached_tokens");
        List<String> ps = PsCommand.row(m);
        return List.of(
                ps.get(0),
                ps.get(2),
                Long.toString(whole(m, "running")),
                Long.toString(whole(m, "waiting")),
                speed(last == null ? null : last.nanos, now, last == null ? 0 : last.prompt, counts.prompt),
                speed(last == null ? null : last.nanos, now, last == null ? 0 : last.answer, counts.answer),
                share(whole(m, "cache_used_bytes"), whole(m, "cache_limit_bytes")),
                share(cached, cached + counts.prompt),
                ps.get(1),
                ps.get(4));
    }

    private static String speed(@Nullable Long from, long to, long before, long now) {
        if (from == null || now < before || to <= from) return "";
        return Text.format("%.1f", (now - before) * 1e9 / (to - from));
    }

    private static String share(long part, long whole) {
        return whole <= 0 ? "" : Text.format("%.0f %%", 100.0 * part / whole);
    }

    private static long whole(Map<?, ?> m, String name) {
        return PsCommand.whole(m.get(name));
    }
}
