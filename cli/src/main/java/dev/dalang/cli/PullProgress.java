package dev.dalang.cli;

import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.pull.PullWatch;
import dev.dalang.hub.store.Manifest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import org.jspecify.annotations.Nullable;

/**
 * How a pull goes: one line that renews itself on a terminal, a line for each file elsewhere, or JSON lines with the words
 * of Ollama's {@code /api/pull}.
 */
final class PullProgress implements PullWatch, AutoCloseable {
    private static final long TERMINAL_MILLIS = 200;
    private static final long JSON_MILLIS = 1000;
    /** Speed is of the last seconds, so that it follows what happens. */
    private static final double MEMORY_SECONDS = 5;
    /** What is longer is not known yet. */
    private static final double LONGEST_SECONDS = 100 * 3600.0;

    private final Surroundings around;
    private final boolean json;
    private final boolean terminal;
    private final Timer timer = new Timer("progress", true);

    private long total;
    private long done;
    private long fileDone;
    private Plan.@Nullable PlannedFile file;
    private double speed;
    private long fetchedSince;
    private long since = System.nanoTime();
    private boolean lineOpen;

    PullProgress(Surroundings around, boolean json) {
        this.around = around;
        this.json = json;
        this.terminal = !json && around.errIsTerminal();
    }

    @Override
    public synchronized void status(String words) {
        if (json) line(Map.of("status", words));
        else if (terminal) show(words);
    }

    /** Makes room for what others say. */
    synchronized void quiet() {
        if (!lineOpen) return;
        around.err().print("\r\u001b[K");
        around.err().flush();
        lineOpen = false;
    }

    @Override
    public synchronized void planned() {
        quiet();
    }

    @Override
    public synchronized void starts(Plan plan) {
        total = plan.bytes();
        since = System.nanoTime();
        if (!json && !terminal) {
            around.say("pulling " + plan.name() + ": "
                    + Text.plural(plan.files().size(), "file") + ", " + Text.bytes(total));
        }
        if (!json && !terminal) return;
        long period = json ? JSON_MILLIS : TERMINAL_MILLIS;
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        tick();
                    }
                },
                period,
                period);
    }

    @Override
    public synchronized void begins(Plan.PlannedFile f, long already) {
        if (file == f) done -= fileDone; // it begins anew
        file = f;
        fileDone = already;
        done += already;
        if (json) line(state(f));
    }

    @Override
    public synchronized void came(Plan.PlannedFile f, long bytes) {
        fileDone += bytes;
        done += bytes;
        fetchedSince += bytes;
    }

    @Override
    public synchronized void waits(Plan.PlannedFile f) {
        String words = "another pull fetches " + f.name() + "; waiting for it";
        if (json || terminal) status(words);
        else around.say(words);
    }

    @Override
    public synchronized void verifies(Plan.PlannedFile f) {
        if (json) line(state(f));
        status(VERIFIES);
    }

    @Override
    public synchronized void ends(Plan.PlannedFile f) {
        if (!json && !terminal) around.say(f.name() + ": " + Text.bytes(f.bytes()));
    }

    synchronized void done(Manifest m, boolean same) {
        if (json) {
            Map<String, Object> end = new LinkedHashMap<>();
            end.put("status", SUCCESS);
            end.put("model", m.name());
            end.put("digest", m.contentDigest().toString());
            line(end);
            return;
        }
        around.say((same ? "up to date: " : "pulled ") + m.name() + " (" + Text.bytes(m.bytes()) + ")");
    }

    @Override
    public synchronized void close() {
        timer.cancel();
        quiet();
    }

    private synchronized void tick() {
        long now = System.nanoTime();
        double seconds = (now - since) / 1e9;
        if (seconds <= 0) return;
        double weight = Math.exp(-seconds / MEMORY_SECONDS);
        speed = speed == 0 ? fetchedSince / seconds : weight * speed + (1 - weight) * fetchedSince / seconds;
        fetchedSince = 0;
        since = now;
        Plan.PlannedFile f = file;
        if (f == null) return;
        if (json) {
            line(state(f));
            return;
        }
        boolean known = speed >= 1 && (total - done) / speed < LONGEST_SECONDS;
        String left = !known || done >= total
                ? ""
                : "  " + Text.clock(Duration.ofSeconds(Math.round((total - done) / speed))) + " left";
        show(f.name() + "  " + (total == 0 ? 100 : done * 100 / total) + "%  " + Text.bytes(done) + " of "
                + Text.bytes(total) + "  " + Text.bytes(Math.round(speed)) + "/s" + left);
    }

    private Map<String, Object> state(Plan.PlannedFile f) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("status", PullWatch.pulling(f));
        state.put("digest", PullWatch.digest(f));
        state.put("total", f.bytes());
        state.put("completed", Math.max(0, Math.min(fileDone, f.bytes())));
        return state;
    }

    private void show(String text) {
        around.err().print("\r\u001b[K" + Text.oneLine(text));
        around.err().flush();
        lineOpen = true;
    }

    private void line(Map<String, ?> fields) {
        around.out().println(Json.compact(fields));
        around.out().flush();
    }
}
