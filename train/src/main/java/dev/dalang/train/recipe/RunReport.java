package dev.dalang.train.recipe;

import dev.dalang.train.report.RunHistory;
import dev.dalang.train.report.TrainingReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report of a recipe's run. */
final class RunReport {

    private final TrainingRun run;
    private final RunPlan plan;

    RunReport(TrainingRun run, RunPlan plan) {
        this.run = run;
        this.plan = plan;
    }

    Path write() {
        Recipe recipe = run.recipe();
        Path folder = recipe.output().folder();
        Path file = folder.resolve("report.html");
        TrainingReport report = new TrainingReport(
                recipe.about().name() + ": how it was trained", RunHistory.read(folder.resolve("log.jsonl")));
        if (recipe.about().description() != null)
            report.introduction(recipe.about().description());
        report.outcome("Vocabulary", grouped(plan.vocabulary()) + " tokens")
                .outcome("Arithmetic of the whole run", String.format(Locale.ROOT, "%.2e FLOP", plan.flops()))
                .outcome("Memory, reckoned in advance", bytes(plan.memoryBytes()))
                .outcome("Computed with", run.machine());
        if (recipe.about().licence() != null)
            report.outcome("Licence of the weights", recipe.about().licence());
        report.table(
                "What it learned from",
                "Sources of data; tokens are those of one time through",
                List.of("source", "kind", "licence", "documents", "tokens", "weight", "held out", "left out"),
                sources());
        report.listing("The recipe", text(recipe));
        report.write(file);
        return file;
    }

    private List<List<String>> sources() {
        List<List<String>> rows = new ArrayList<>();
        for (RunPlan.Source s : plan.sources()) {
            rows.add(List.of(
                    s.name(),
                    s.files() == 0
                            ? s.kind()
                            : s.kind() + ", " + grouped(s.files()) + (s.files() == 1 ? " file" : " files"),
                    s.licence(),
                    grouped(s.documents()),
                    grouped(s.tokens()),
                    number(s.weight()),
                    grouped(s.heldOut()),
                    grouped(s.leftOut())));
        }
        return rows;
    }

    private static String text(Recipe recipe) {
        StringBuilder text = new StringBuilder(recipe.text().strip());
        for (String o : recipe.overrides()) text.append("\n# --set ").append(o);
        return text.toString();
    }

    private static String grouped(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String number(double d) {
        return d == Math.rint(d) ? Long.toString((long) d) : Double.toString(d);
    }

    private static String bytes(long n) {
        return String.format(Locale.ROOT, n < 1e9 ? "%.0f MB" : "%.2f GB", n < 1e9 ? n / 1e6 : n / 1e9);
    }
}
