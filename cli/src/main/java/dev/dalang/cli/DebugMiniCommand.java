package dev.dalang.cli;

import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.mini.Evaluation;
import dev.dalang.mini.HeldOut;
import dev.dalang.mini.Question;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang debug mini}: the questions that Dalang Mini is measured by. */
@Command(name = "mini", description = "Ask a model the questions that Dalang Mini never learned from, and count.")
final class DebugMiniCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(names = "--questions", required = true, paramLabel = "FOLDER", description = "The folder mini/held-out.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path questions;

    @Option(names = "--factbook", required = true, paramLabel = "FOLDER", description = "The factbook.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path factbook;

    @Option(names = "--wrong", description = "Show what was wrong.")
    boolean wrong;

    @Option(names = "--json", description = "Every question with its answer, as JSON.")
    boolean json;

    private final Surroundings around;

    DebugMiniCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        List<Question> asked = HeldOut.read(questions, factbook);
        List<Evaluation.Answered> answers;
        Path path = ModelArgument.resolve(model, around.store());
        try (ModelRunner runner = Engine.runner(ModelFiles.open(path), LoadOptions.DEFAULT)) {
            answers = new Evaluation(runner).answers(asked, around.interrupt());
        }
        around.stopWhenInterrupted();
        if (json) around.out().println(Json.pretty(tree(answers)));
        else print(answers);
        return ExitCode.DONE;
    }

    private void print(List<Evaluation.Answered> answers) {
        if (wrong) {
            for (Evaluation.Answered a : answers) {
                if (a.right() && a.wellFormed()) continue;
                around.out()
                        .println(Text.oneLine(
                                a.question().group() + ": " + a.question().ask() + " -> " + a.answer()));
            }
            around.out().println();
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("GROUP", "RIGHT", "ASKED", "SHARE"));
        Evaluation.scores(answers)
                .forEach((group, score) -> rows.add(List.of(
                        group,
                        Integer.toString(score.right()),
                        Integer.toString(score.asked()),
                        Text.format("%.1f %%", 100 * score.share()))));
        long whole = answers.stream().filter(Evaluation.Answered::wellFormed).count();
        rows.add(List.of(
                "whole sentences",
                Long.toString(whole),
                Integer.toString(answers.size()),
                Text.format("%.1f %%", 100.0 * whole / answers.size())));
        around.out().print(Text.table(rows));
    }

    private static Map<String, Object> tree(List<Evaluation.Answered> answers) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (Evaluation.Answered a : answers) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("group", a.question().group());
            one.put("question", a.question().ask());
            one.put("answer", a.answer());
            one.put("right", a.right());
            one.put("whole", a.wellFormed());
            all.add(one);
        }
        return Map.of("answers", all);
    }
}
