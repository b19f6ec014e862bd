package dev.dalang.cli;

import dev.dalang.train.recipe.PretrainedModel;
import dev.dalang.train.recipe.RunPlan;
import dev.dalang.train.recipe.TrainingRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a training would be, for people and for programs. */
final class TrainPlanReport {

    private TrainPlanReport() {}

    /** A line or two before a run begins. */
    static List<String> summary(RunPlan p) {
        return List.of(Text.count(p.parameters()) + " parameters, "
                + Text.plural(p.steps(), "step") + " of about " + Text.count(p.batchTokens()) + " tokens, "
                + Text.format("%.1f", rounds(p)) + " rounds through " + Text.count(p.roundTokens())
                + " tokens; " + Text.bytes(p.memoryBytes()) + " of memory");
    }

    private static double rounds(RunPlan p) {
        return (double) p.tokens() / Math.max(1, p.roundTokens());
    }

    static void print(Surroundings around, TrainingRun run, RunPlan p, boolean json) {
        double speed = run.measureSpeed();
        double seconds = p.tokens() / speed;
        if (json) {
            around.out().println(Json.pretty(fields(run, p, speed, seconds)));
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("source", "kind", "documents", "tokens", "weight", "held out", "left out"));
        for (RunPlan.Source s : p.sources()) {
            rows.add(List.of(
                    Text.oneLine(s.name()),
                    s.kind(),
                    grouped(s.documents()),
                    grouped(s.tokens()),
                    Text.format("%.4g", s.weight()),
                    grouped(s.heldOut()),
                    grouped(s.leftOut())));
        }
        around.out().print(Text.table(rows));
        around.out().println();
        List<List<String>> facts = new ArrayList<>();
        PretrainedModel start = run.recipe().start();
        if (start != null)
            facts.add(List.of("goes on from", Text.oneLine(start.file().toString())));
        facts.add(List.of("parameters", grouped(p.parameters())));
        facts.add(List.of("vocabulary", grouped(p.vocabulary())));
        facts.add(List.of("steps", grouped(p.steps())));
        facts.add(List.of("tokens a step", grouped(p.batchTokens())));
        facts.add(List.of("tokens of the run", grouped(p.tokens()) + Text.format(", %.2f rounds", rounds(p))));
        facts.add(List.of("batches are full to", Text.format("%.1f %%", 100 * p.fill())));
        facts.add(List.of("arithmetic", Text.format("%.3g FLOP", p.flops())));
        facts.add(List.of(
                "memory",
                Text.bytes(p.memoryBytes()) + ": network " + Text.bytes(p.networkBytes()) + ", optimizer "
                        + Text.bytes(p.optimizerBytes()) + ", the JVM and data "
                        + Text.bytes(p.process().total())));
        facts.add(List.of("a checkpoint", Text.bytes(p.checkpointBytes())));
        facts.add(List.of("computes with", run.machine()));
        facts.add(List.of("speed here", Text.format("%,.0f tokens/s, measured for some seconds", speed)));
        facts.add(List.of(
                "expected time",
                Text.clock(Duration.ofSeconds(Math.round(seconds))) + ", without validations and samples"));
        around.out().print(Text.table(facts));
    }

    private static Map<String, Object> fields(TrainingRun run, RunPlan p, double speed, double seconds) {
        Map<String, Object> f = new LinkedHashMap<>();
        PretrainedModel start = run.recipe().start();
        if (start != null) f.put("start", start.file().toString());
        f.put("parameters", p.parameters());
        f.put("vocabulary", p.vocabulary());
        f.put("steps", p.steps());
        f.put("tokens_per_step", p.batchTokens());
        f.put("tokens", p.tokens());
        f.put("tokens_per_round", p.roundTokens());
        f.put("fill", p.fill());
        f.put("flops", p.flops());
        f.put("memory_bytes", p.memoryBytes());
        f.put("network_bytes", p.networkBytes());
        f.put("optimizer_bytes", p.optimizerBytes());
        f.put("data_bytes", p.dataBytes());
        f.put("checkpoint_bytes", p.checkpointBytes());
        f.put("machine", run.machine());
        f.put("tokens_per_second", speed);
        f.put("expected_seconds", seconds);
        List<Map<String, Object>> sources = new ArrayList<>();
        for (RunPlan.Source s : p.sources()) {
            Map<String, Object> source = new LinkedHashMap<>();
            source.put("name", s.name());
            source.put("kind", s.kind());
            source.put("licence", s.licence());
            source.put("files", s.files());
            source.put("characters", s.characters());
            source.put("documents", s.documents());
            source.put("tokens", s.tokens());
            source.put("weight", s.weight());
            source.put("held_out", s.heldOut());
            source.put("left_out", s.leftOut());
            sources.add(source);
        }
        f.put("sources", sources);
        return f;
    }

    private static String grouped(long n) {
        return Text.format("%,d", n);
    }
}
