package dev.dalang.cli;

import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import dev.dalang.train.report.EventJson;
import dev.dalang.train.report.TerminalCurve;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a training goes: a curve and a bar that renew themselves on a terminal, a line now and then elsewhere, or every event
 * as JSON.
 */
final class TrainProgress implements TrainingListener, AutoCloseable {

    private static final long REDRAW_NANOS = 200_000_000L;
    private static final long LINE_NANOS = 10_000_000_000L;
    private static final int CURVE_ROWS = 10;
    /** Lines besides the curve, and room for what was said before. */
    private static final int OTHER_ROWS = 6;

    private final Surroundings around;
    private final boolean json;
    private final @Nullable LiveBlock live;
    private final TerminalCurve curve = new TerminalCurve();
    private TrainingEvent.@Nullable Step last;
    private TrainingEvent.@Nullable Validated validated;
    private long drawn;

    TrainProgress(Surroundings around, boolean json, boolean plain) {
        this.around = around;
        this.json = json;
        this.live = !json && !plain && around.styled(around.errIsTerminal()) ? new LiveBlock(around) : null;
    }

    /** A line that stays. */
    void say(String line) {
        if (live != null) live.clear();
        around.say(line);
    }

    @Override
    public void on(TrainingEvent event) {
        if (json) {
            around.out().println(EventJson.line(event));
            around.out().flush();
            return;
        }
        switch (event) {
            case TrainingEvent.Started e -> {
                if (e.step() > 0) say("going on from step " + e.step());
            }
            case TrainingEvent.Step e -> step(e);
            case TrainingEvent.Validated e -> {
                validated = e;
                if (live == null) {
                    line(Text.format(
                            "step %d  validation loss %.4f, perplexity %.3f", e.step(), e.loss(), e.perplexity()));
                }
            }
            case TrainingEvent.Sampled e -> {
                if (live != null) live.clear();
                line("step " + e.step() + ":\n  " + Text.printable(e.text()).replace("\n", "\n  "));
            }
            case TrainingEvent.Saved e -> {
                if (live == null) line("step " + e.step() + "  saved " + e.checkpoint());
            }
            case TrainingEvent.NotSaved e -> say(e.problem());
            case TrainingEvent.Diverged e -> {}
            case TrainingEvent.Ended e -> {
                TrainingEvent.Step s = last;
                if (s != null) draw(s);
            }
        }
    }

    private void step(TrainingEvent.Step e) {
        last = e;
        curve.add(e.step(), e.loss());
        long now = System.nanoTime();
        boolean first = drawn == 0;
        if (!first && now - drawn < (live == null ? LINE_NANOS : REDRAW_NANOS)) return;
        drawn = now;
        draw(e);
    }

    private void draw(TrainingEvent.Step e) {
        if (live == null) {
            line(Text.format("step %d/%d  %s", e.step(), e.steps(), state(e)));
            return;
        }
        List<String> lines = new ArrayList<>(
                curve.draw(e.steps(), live.columns() - 1, Math.min(CURVE_ROWS, live.rows() - OTHER_ROWS)));
        lines.add(bar(e, live.columns() - 1));
        live.show(lines);
    }

    private void line(String text) {
        around.err().println(text);
        around.err().flush();
    }

    /** As much of a bar as the numbers leave room for. */
    private String bar(TrainingEvent.Step e, int columns) {
        String before = e.step() + "/" + e.steps() + " ";
        String after = Text.format(" %d%%  ", 100 * e.step() / e.steps()) + state(e);
        int room = Math.min(30, columns - before.length() - after.length());
        if (room < 5) return before + after.strip();
        int done = (int) (room * e.step() / e.steps());
        return before + "█".repeat(done) + "░".repeat(room - done) + after;
    }

    private String state(TrainingEvent.Step e) {
        TrainingEvent.Validated v = validated;
        return Text.format("loss %.4f", e.loss())
                + (v == null ? "" : Text.format("  validation %.4f", v.loss()))
                + Text.format("  %,.0f tokens/s  ", e.tokensPerSecond())
                + Text.clock(e.remaining())
                + " left";
    }

    @Override
    public void close() {
        if (live != null) live.close();
    }
}
