package dev.dalang.cli;

import dev.dalang.train.chat.BadLine;
import dev.dalang.train.tune.Answers;
import dev.dalang.train.tune.Provenance;
import dev.dalang.train.tune.TunePlan;
import dev.dalang.train.tune.TuneResult;
import dev.dalang.train.tune.TuneSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What tuning says before and after, for people and for programs. */
final class TuneReport {

    private static final int MOST_BAD = 10;
    private static final int SHOWN = 200;

    private TuneReport() {}

    /** The lines that cannot be used, the first of them with their reasons. */
    static List<String> bad(Path file, List<BadLine> bad) {
        List<String> lines = new ArrayList<>();
        for (BadLine b : bad.subList(0, Math.min(MOST_BAD, bad.size()))) {
            lines.add(file + ": line " + b.line() + " " + b.problem());
        }
        if (bad.size() > MOST_BAD) lines.add("… and " + Text.plural(bad.size() - MOST_BAD, "line") + " more");
        return lines;
    }

    static List<String> plan(TunePlan p, Provenance from, String kernels) {
        List<String> lines = new ArrayList<>();
        lines.add(Text.plural(p.examples(), p.preferences() ? "preference" : "example") + " to learn from, "
                + p.validation() + " to measure with; " + Text.count(p.positions()) + " tokens a round, "
                + Text.count(p.targets()) + " of them to be learned; the longest has " + p.longest());
        lines.add(Text.count(p.parameters()) + " numbers that learn, beside " + p.matrices() + " of its matrices; "
                + Text.plural(p.steps(), "step") + " at most, in "
                + Text.format("%.3g rounds, at a learning rate of up to %.2g", p.epochs(), p.rate()));
        lines.add("memory: about " + Text.bytes(p.bytes()) + " (model " + Text.bytes(p.modelBytes()) + ", adapter "
                + Text.bytes(p.adapterBytes()) + ", batch " + Text.bytes(p.activationBytes()) + ", the JVM and data "
                + Text.bytes(p.process().total()) + ")");
        lines.add(Text.format(
                "time: about %s, %.2g s a step on %s", Text.clock(rounded(p.time())), seconds(p.stepTime()), kernels));
        lines.add("whoever passes on what is made from " + from.base() + " is bound by its licence:");
        for (String term : from.terms()) lines.add("- " + term);
        lines.add("the result is called " + from.name());
        return lines;
    }

    private static Duration rounded(Duration d) {
        return Duration.ofSeconds(Math.max(1, Math.round(seconds(d))));
    }

    private static double seconds(Duration d) {
        return d.toNanos() / 1e9;
    }

    static List<String> result(TuneResult r, TunePlan p, List<Answers.Answer> answers) {
        List<String> lines = new ArrayList<>();
        if (r.ended().step() == 0) {
            lines.add(
                    "no validation was better than the model as it is, so the adapter changes nothing: more examples, a"
                            + " lower --learning-rate, or --patience 0 to take the last state whatever it is");
        }
        if (!Double.isNaN(r.after())) {
            lines.add(Text.format(
                    "perplexity of %s not learned: %.4g before, %.4g after",
                    Text.plural(p.validation(), "example"), r.before(), r.after()));
        }
        if (!Double.isNaN(r.preferred())) {
            lines.add(Text.format("chosen answers made likelier than rejected ones: %.0f %%", 100 * r.preferred()));
        }
        if (!answers.isEmpty()) {
            lines.add("answers as wished, word by word: "
                    + answers.stream().filter(Answers.Answer::known).count() + " before, "
                    + answers.stream().filter(Answers.Answer::learned).count() + " after, of " + answers.size());
        }
        for (Answers.Answer a : answers.subList(0, Math.min(3, answers.size()))) {
            lines.add("> " + shown(a.question()));
            lines.add("  before: " + shown(a.before()));
            lines.add("  after:  " + shown(a.after()));
        }
        return lines;
    }

    private static String shown(String text) {
        String line = Text.oneLine(text.strip());
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
    }

    static Map<String, @Nullable Object> json(
            TunePlan p, TuneSettings s, Provenance from, @Nullable TuneResult r, List<Answers.Answer> answers) {
        Map<String, @Nullable Object> f = new LinkedHashMap<>();
        f.put("name", from.name());
        f.put("base", from.base());
        f.put("base_digest", from.digest());
        f.put("licences", from.licences());
        f.put("terms", from.terms());
        f.put("method", p.preferences() ? "dpo" : "lora");
        f.put("rank", s.rank());
        f.put("alpha", s.alpha());
        f.put("dropout", s.dropout());
        f.put("learning_rate", p.rate());
        f.put("epochs", p.epochs());
        f.put("seed", s.seed());
        f.put("examples", p.examples());
        f.put("validation_examples", p.validation());
        f.put("tokens_per_round", p.positions());
        f.put("targets_per_round", p.targets());
        f.put("parameters", p.parameters());
        f.put("steps", p.steps());
        f.put("memory_bytes", p.bytes());
        f.put("expected_seconds", seconds(p.time()));
        if (r == null) return f;
        f.put("ending", r.ended().ending().name().toLowerCase(Locale.ROOT));
        f.put("step", r.ended().step());
        f.put("tokens", r.ended().tokens());
        f.put("seconds", seconds(r.ended().effort().time()));
        f.put("perplexity_before", number(r.before()));
        f.put("perplexity_after", number(r.after()));
        f.put("preferred", number(r.preferred()));
        List<Object> asked = new ArrayList<>();
        for (Answers.Answer a : answers) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("question", a.question());
            one.put("wanted", a.wanted());
            one.put("before", a.before());
            one.put("after", a.after());
            asked.add(one);
        }
        f.put("answers", asked);
        return f;
    }

    private static @Nullable Double number(double d) {
        return Double.isFinite(d) ? d : null;
    }
}
