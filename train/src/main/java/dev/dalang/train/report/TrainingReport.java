package dev.dalang.train.report;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The page about a run: what came of it, how it went, what it learned from and under which settings. Self-contained: it
 * asks no host for anything, and reads well without colours, in the dark, printed, or aloud.
 */
public final class TrainingReport {

    private static final int SAMPLES_MAX = 12;

    private final String title;
    private final RunHistory history;
    private final StringBuilder more = new StringBuilder();
    private final Map<String, String> outcome = new LinkedHashMap<>();
    private String introduction = "";

    /** @param history of the run */
    public TrainingReport(String title, RunHistory history) {
        this.title = title;
        this.history = history;
    }

    /** A paragraph below the title. */
    public TrainingReport introduction(String text) {
        introduction = text;
        return this;
    }

    /** A line of the summary at the top. */
    public TrainingReport outcome(String name, String value) {
        outcome.put(name, value);
        return this;
    }

    /** A section with a table, below the curves and the samples. */
    public TrainingReport table(String heading, String caption, List<String> head, List<List<String>> rows) {
        more.append("<h2>").append(Page.escape(heading)).append("</h2>\n").append(Page.table(caption, head, rows));
        return this;
    }

    /** A section with a text as it is, such as a recipe. */
    public TrainingReport listing(String heading, String text) {
        more.append("<h2>").append(Page.escape(heading)).append("</h2>\n<pre>");
        more.append(Page.escape(text)).append("</pre>\n");
        return this;
    }

    /** The page as HTML that is also well-formed XML. */
    public String html() {
        Page page = new Page(title);
        if (!introduction.isEmpty()) page.paragraph(introduction);
        page.heading("Outcome").facts("The run in short", summary());
        page.heading("Curves");
        for (Plot plot : plots()) if (!plot.isEmpty()) page.add(plot.figure());
        samples(page);
        page.add(more.toString());
        return page.html();
    }

    /** @throws DalangException (storage) if the file cannot be written */
    public void write(Path file) {
        try {
            Files.writeString(file, html());
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be written: " + e.getMessage(), file.toString()), e);
        }
    }

    private Map<String, String> summary() {
        Map<String, String> s = new LinkedHashMap<>();
        if (history.parameters() > 0) s.put("Parameters", grouped(history.parameters()));
        List<RunHistory.Step> steps = history.steps();
        if (!steps.isEmpty()) {
            RunHistory.Step last = steps.getLast();
            s.put("Steps", grouped(last.step()) + " of " + grouped(history.plannedSteps()));
            s.put("Tokens", grouped((long) last.tokens()));
            double mean = steps.subList(Math.max(0, steps.size() - 50), steps.size()).stream()
                    .mapToDouble(RunHistory.Step::loss)
                    .average()
                    .orElse(Double.NaN);
            s.put("Training loss, mean of the last steps", Ticks.text(mean) + " nats per token");
        }
        if (!history.validations().isEmpty()) {
            RunHistory.Validation last = history.validations().getLast();
            RunHistory.Validation best = history.validations().stream()
                    .min((a, b) -> Double.compare(a.loss(), b.loss()))
                    .orElse(last);
            s.put("Validation perplexity", Ticks.text(last.perplexity()) + " at step " + grouped(last.step()));
            if (best.step() != last.step()) {
                s.put("Best validation perplexity", Ticks.text(best.perplexity()) + " at step " + grouped(best.step()));
            }
        }
        s.put("Ended", words(history.ending()));
        if (history.sittings() > 1) s.put("Sittings", Integer.toString(history.sittings()));
        double seconds = history.end("seconds");
        if (Double.isFinite(seconds)) {
            s.put("Time", time(seconds));
            s.put("Processor time", time(history.end("processor_seconds")));
            double joules = history.end("joules");
            s.put(
                    "Energy of the processor",
                    Double.isFinite(joules)
                            ? String.format(Locale.ROOT, "%.1f Wh, other programs' share included", joules / 3600)
                            : "not measured: this machine does not count it, or not for this user");
        }
        s.putAll(outcome);
        return s;
    }

    private static String words(@Nullable String ending) {
        return switch (ending) {
            case "finished" -> "all steps done";
            case "early" -> "early: validation did not improve any more; the best weights were kept";
            case "cancelled" -> "interrupted; it can go on";
            case "diverged" -> "the loss left all bounds";
            case null, default -> "not in order; it can go on from its last checkpoint";
        };
    }

    private List<Plot> plots() {
        Plot loss = new Plot("loss", "Loss", "nats per token", true)
                .add(curve("training", RunHistory.Step::loss))
                .add(new Curve(
                        "validation",
                        history.validations().stream()
                                .map(v -> Curve.point(v.step(), v.loss()))
                                .toList()));
        Plot perplexity = new Plot("perplexity", "Validation perplexity", "lower is better", true)
                .add(new Curve(
                        "perplexity",
                        history.validations().stream()
                                .map(v -> Curve.point(v.step(), v.perplexity()))
                                .toList()));
        return List.of(
                loss,
                perplexity,
                new Plot("rate", "Learning rate", "per step", false).add(curve("rate", RunHistory.Step::rate)),
                new Plot("norm", "Gradient norm", "before clipping", true)
                        .add(curve("norm", RunHistory.Step::gradientNorm)),
                new Plot("speed", "Speed", "tokens a second", false)
                        .add(curve("speed", RunHistory.Step::tokensPerSecond)));
    }

    private Curve curve(String name, ToDoubleFunction<RunHistory.Step> value) {
        return new Curve(
                name,
                history.steps().stream()
                        .map(s -> Curve.point(s.step(), value.applyAsDouble(s)))
                        .toList());
    }

    /** The first, the last, and some between, so that the progress can be read. */
    private void samples(Page page) {
        List<RunHistory.Sample> all = history.samples();
        if (all.isEmpty()) return;
        page.heading("What it wrote along the way");
        List<RunHistory.Sample> shown = new ArrayList<>();
        int count = Math.min(SAMPLES_MAX, all.size());
        for (int i = 0; i < count; i++) {
            shown.add(all.get(count == 1 ? 0 : (int) Math.round((double) i * (all.size() - 1) / (count - 1))));
        }
        if (shown.size() < all.size()) {
            page.paragraph(shown.size() + " of " + all.size() + " samples; the log has all.");
        }
        for (RunHistory.Sample s : shown) {
            page.add("<h3>Step " + s.step() + "</h3>\n<pre>" + Page.escape(s.text()) + "</pre>\n");
        }
    }

    private static String grouped(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** Like {@code 1 h 02 min 03 s}. */
    static String time(double seconds) {
        if (!Double.isFinite(seconds)) return "–";
        Duration d = Duration.ofMillis(Math.round(seconds * 1e3));
        if (d.toHours() > 0) {
            return String.format(
                    Locale.ROOT, "%d h %02d min %02d s", d.toHours(), d.toMinutesPart(), d.toSecondsPart());
        }
        if (d.toMinutes() > 0) {
            return String.format(Locale.ROOT, "%d min %02d s", d.toMinutesPart(), d.toSecondsPart());
        }
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }
}
