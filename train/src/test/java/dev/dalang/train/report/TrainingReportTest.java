package dev.dalang.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.train.loop.Effort;
import dev.dalang.train.loop.TrainingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingReportTest {

    @TempDir
    Path folder;

    @Test
    void thePageIsWellFormedAndAsksNoHostForAnything() {
        String html = report(log(700)).html();
        Markup.check(html);
        String withoutNames = html.replaceAll(" xmlns=\"[^\"]*\"", "");
        assertThat(withoutNames).doesNotContain("http://", "https://", "<script", "src=", "@import", "url(", "<link");
        assertThat(html).contains("prefers-color-scheme: dark", "lang=\"en\"", "role=\"img\"", "scope=\"col\"");
    }

    @Test
    void everyCurveIsDrawnAndSaidInWords() {
        String html = report(log(700)).html();
        for (String id : List.of("loss", "perplexity", "rate", "norm", "speed")) {
            assertThat(html).contains("<figure id=\"" + id + "\">", "id=\"" + id + "-d\"");
        }
        assertThat(html).contains("training: 6 at step", "validation: 6 at step 0, 2.5 at step 700");
        assertThat(html).contains("700 of 700", "all steps done", "1 h 02 min 05 s", "12.5 Wh");
    }

    @Test
    void whatTheNetworkWroteIsTextAndNothingElse() {
        Path log = folder.resolve("log.jsonl");
        try (RunLog out = new RunLog(log)) {
            out.on(new TrainingEvent.Started(0, 5, 10, null));
            out.on(new TrainingEvent.Sampled(1, "<script>alert(1)</script> & \"\u0000\u001b[31m\ud800\uffff\" 😀"));
        }
        String html = report(log).html();
        Markup.check(html);
        assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;\ufffd\ufffd[31m?\ufffd&quot; 😀");
    }

    @Test
    void aRunWithoutStepsOrWithLossesThatAreNoNumbersHasAPageToo() {
        Path log = folder.resolve("log.jsonl");
        try (RunLog out = new RunLog(log)) {
            out.on(new TrainingEvent.Started(0, 5, 10, null));
        }
        Markup.check(report(log).html());
        try (RunLog out = new RunLog(log)) {
            out.on(step(1, Double.NaN));
            out.on(step(2, 3));
            out.on(new TrainingEvent.Diverged(2, Double.NaN, "begin anew"));
        }
        String html = report(log).html();
        Markup.check(html);
        assertThat(html).contains("training: 3 at step 2, 3 at step 2");
    }

    @Test
    void stepsThatWereDoneAgainCountOnce() throws IOException {
        Path log = folder.resolve("log.jsonl");
        try (RunLog out = new RunLog(log)) {
            out.on(new TrainingEvent.Started(0, 10, 10, null));
            for (int i = 1; i <= 6; i++) out.on(step(i, 5));
            out.on(new TrainingEvent.Validated(6, 4, 10, true));
        }
        // The machine went down in the middle of a line.
        Files.writeString(log, "{\"event\":\"step\",\"step\":7,\"lo", StandardOpenOption.APPEND);
        try (RunLog out = new RunLog(log)) {
            out.on(new TrainingEvent.Started(4, 10, 10, folder.resolve("step-4")));
            for (int i = 5; i <= 10; i++) out.on(step(i, 1));
        }
        RunHistory history = RunHistory.read(log);
        assertThat(history.steps())
                .extracting(RunHistory.Step::step)
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(history.steps().get(4).loss()).isEqualTo(1);
        assertThat(history.validations()).isEmpty();
        assertThat(history.sittings()).isEqualTo(2);
        assertThat(history.ending()).isNull();
    }

    @Test
    void theCheckOfMarkupFindsWhatIsWrong() {
        for (String bad : List.of("<p>", "<p></q>", "<p>a & b</p>", "<p>1 < 2</p>", "<p a=b></p>", "<p>\u0000</p>")) {
            assertThatThrownBy(() -> Markup.check("<!DOCTYPE html>\n" + bad)).isInstanceOf(AssertionError.class);
        }
    }

    private static TrainingReport report(Path log) {
        return new TrainingReport("Tiny <Tales>", RunHistory.read(log))
                .introduction("A & B")
                .outcome("Licence", "CC0-1.0")
                .table("Data", "Sources", List.of("source", "tokens"), List.of(List.of("a<b", "1,000")))
                .listing("Recipe", "[model]\nname = \"x\" # <&>");
    }

    private Path log(int steps) {
        Path log = folder.resolve("log.jsonl");
        try (RunLog out = new RunLog(log)) {
            out.on(new TrainingEvent.Started(0, steps, 123_456, null));
            out.on(new TrainingEvent.Validated(0, 6, 1000, true));
            for (int i = 1; i <= steps; i++) out.on(step(i, 2 + 4.0 * (steps - i) / (steps - 1)));
            out.on(new TrainingEvent.Validated(steps, 2.5, 1000, true));
            out.on(new TrainingEvent.Ended(
                    TrainingEvent.Ending.FINISHED,
                    steps,
                    2,
                    2.5,
                    steps * 100L,
                    new Effort(Duration.ofSeconds(3725), Duration.ofSeconds(7000), OptionalDouble.of(45_000)),
                    null));
        }
        return log;
    }

    private static TrainingEvent.Step step(int i, double loss) {
        return new TrainingEvent.Step(
                i, 700, loss, 1e-3, 0.5, i * 100L, i / 100.0, 9000, Duration.ofSeconds(i), Duration.ZERO);
    }
}
