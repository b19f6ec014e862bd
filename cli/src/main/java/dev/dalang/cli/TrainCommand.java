package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.recipe.Recipe;
import dev.dalang.train.recipe.RunPlan;
import dev.dalang.train.recipe.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang train}: a model from scratch, as a recipe says. */
@Command(
        name = "train",
        description = "Train a model from scratch, as a recipe says.",
        footer = {
            "",
            "A recipe is a TOML file; docs/TRAINING.md describes its keys. Ctrl-C saves, and --resume goes on.",
            "Examples: dalang train tiny.toml --dry-run",
            "          dalang train tiny.toml --set training.steps=500 --output out/tiny"
        })
final class TrainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "RECIPE", description = "The recipe.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set a key of the recipe, as in training.steps=500 or data.source.books.weight=2.")
    List<String> overrides = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Write everything there, in place of the recipe's folder.")
    @Nullable
    Path output;

    @Option(names = "--resume", description = "Go on with an interrupted run.")
    boolean resume;

    @Option(names = "--dry-run", description = "Show what the run would be, and measure its speed; write nothing.")
    boolean dryRun;

    @Option(names = "--plain", description = "Lines in place of a curve that is redrawn.")
    boolean plain;

    @Option(names = "--json", description = "Every event as a line of JSON.")
    boolean json;

    @Option(names = "--anyway", description = "Begin even if the memory does not seem to suffice.")
    boolean anyway;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads to compute on.")
    @Nullable
    Integer threads;

    private final Surroundings around;

    TrainCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        List<String> set = new ArrayList<>(overrides);
        if (threads != null) set.add("training.threads=" + threads);
        Recipe recipe = Recipe.read(file, set, output);
        try (BeforeExit _ = new BeforeExit();
                TrainProgress progress = new TrainProgress(around, json, plain);
                TrainingRun run = TrainingRun.prepare(recipe, resume, progress::say)) {
            RunPlan plan = run.plan();
            if (around.interrupt().isCancelled()) return ExitCode.INTERRUPTED;
            if (dryRun) {
                TrainPlanReport.print(around, run, plan, json);
                return ExitCode.DONE;
            }
            checkMemory(plan);
            if (!json) TrainPlanReport.summary(plan).forEach(progress::say);
            TrainingEvent.Ended ended = run.train(resume, progress, around.interrupt());
            String problem = run.logProblem();
            if (problem != null) progress.say(problem);
            return finish(run, ended, progress);
        }
    }

    private void checkMemory(RunPlan plan) {
        long available = new Machine().memoryAvailable();
        if (anyway || plan.furtherBytes() <= available) return;
        throw new DalangException(new Failure.DoesNotFit(
                "the run needs about " + Text.bytes(plan.furtherBytes()) + " more of memory, and "
                        + Text.bytes(available)
                        + " are free: a smaller training.group, training.checkpointing = true or a smaller shape takes less,"
                        + " and --anyway begins all the same",
                plan.furtherBytes(),
                available));
    }

    private int finish(TrainingRun run, TrainingEvent.Ended ended, TrainProgress progress) {
        switch (ended.ending()) {
            case CANCELLED -> {
                Path report = run.report();
                Path saved = ended.checkpoint();
                progress.say("stopped at step " + ended.step() + "; "
                        + (saved == null
                                ? "nothing was saved"
                                : "saved in " + saved + "; `dalang train " + file + resumeFlags()
                                        + " --resume` goes on"));
                progress.say("report so far: " + report);
                return ExitCode.INTERRUPTED;
            }
            case DIVERGED -> {
                Path report = run.report();
                throw new DalangException(new Failure.Internal("the training diverged at step " + ended.step() + ": "
                        + advice(ended) + "; report: " + report));
            }
            case FINISHED, EARLY -> {}
        }
        List<Path> files = run.export(around.interrupt());
        Path report = run.report();
        if (json) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("event", "exported");
            line.put("step", ended.step());
            line.put("files", files.stream().map(Path::toString).toList());
            line.put("report", report.toString());
            around.out().println(Json.compact(line));
        } else {
            progress.close();
            for (Path f : files) around.out().println(Text.oneLine(f.toString()));
            around.out().println(Text.oneLine(report.toString()));
        }
        return ExitCode.DONE;
    }

    private String resumeFlags() {
        StringBuilder flags = new StringBuilder();
        for (String o : overrides) flags.append(" --set '").append(o).append('\'');
        if (output != null) flags.append(" --output ").append(output);
        return flags.toString();
    }

    private static String advice(TrainingEvent.Ended ended) {
        return ended.checkpoint() == null
                ? "a lower schedule.rate or a longer schedule.warmup helps"
                : "a lower schedule.rate or a longer schedule.warmup helps; the last good weights are in "
                        + ended.checkpoint();
    }
}
