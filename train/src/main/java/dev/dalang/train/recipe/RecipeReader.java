package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Quantization;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.TextCut;
import dev.dalang.train.export.About;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.loop.OptimizerSettings;
import dev.dalang.train.recipe.Recipe.Kind;
import dev.dalang.train.tokenizer.VocabularySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** From the tables of a recipe to a checked {@link Recipe}: every key with its range and its default, once. */
final class RecipeReader {

    private static final long MANY = 1_000_000_000_000L;

    private final Path file;
    private final Path folder;

    private RecipeReader(Path file) {
        this.file = file;
        Path parent = file.toAbsolutePath().getParent();
        this.folder = parent == null ? file.toAbsolutePath() : parent;
    }

    static Recipe read(Path file, List<String> overrides, @Nullable Path output) {
        RecipeTable root = RecipeText.read(file, overrides);
        return new RecipeReader(file).read(root, RecipeText.text(file), overrides, output);
    }

    private Recipe read(RecipeTable root, String text, List<String> overrides, @Nullable Path output) {
        About about = about(root.table("model"));
        PretrainedModel start = start(root);
        Recipe.TokenizerPlan tokenizer =
                start == null ? tokenizer(root.table("tokenizer")) : new Recipe.TokenizerPlan.Existing(start.file());
        Recipe.ShapePlan shape = start == null ? shape(root.table("shape")) : start.shapePlan();
        Recipe.DataPlan data = data(root.table("data"));
        Path template = template(root.table("chat"));
        Recipe recipe = new Recipe(
                file,
                text,
                List.copyOf(overrides),
                about,
                start,
                tokenizer,
                shape,
                data,
                template,
                training(root, shape),
                samples(root.table("samples")),
                output(root.table("output"), output));
        for (Recipe.SourcePlan s : data.sources()) {
            if (s.kind() != Kind.CHAT || recipe.converses()) continue;
            throw root.bad("data.source", "\"" + s.name() + "\" holds conversations, and chat.template is missing");
        }
        root.finish();
        return recipe;
    }

    /** What comes with the model is not said again, and cannot be changed. */
    private @Nullable PretrainedModel start(RecipeTable root) {
        if (!root.has("start")) return null;
        RecipeTable t = root.table("start");
        Path path = folder.resolve(t.text("model")).normalize();
        if (!Files.isRegularFile(path)) throw t.bad("model", "names " + path + ", and there is no such file");
        t.finish();
        for (String given : List.of("tokenizer", "shape")) {
            if (root.has(given)) throw root.bad(given, "comes with the model that start.model names: leave it out");
        }
        return PretrainedModel.read(path);
    }

    private About about(RecipeTable t) {
        About about = new About(
                t.text("name"),
                t.textOrNull("description"),
                t.textOrNull("licence"),
                t.textOrNull("author"),
                t.textOrNull("url"),
                t.textOrNull("version"),
                t.texts("languages"),
                t.has("temperature") ? t.real("temperature", 0, 100) : null);
        t.finish();
        return about;
    }

    private Recipe.TokenizerPlan tokenizer(RecipeTable t) {
        Recipe.TokenizerPlan plan;
        if (t.has("file")) {
            Path path = folder.resolve(t.text("file"));
            if (!Files.exists(path)) throw t.bad("file", "names " + path + ", and there is no such file");
            plan = new Recipe.TokenizerPlan.Existing(path);
        } else {
            Set<String> specials = new LinkedHashSet<>();
            VocabularySettings.Roles roles = new VocabularySettings.Roles(
                    t.text("begin", "<|begin|>"), t.text("end", "<|end|>"), t.text("padding", "<|padding|>"));
            specials.add(roles.begin());
            specials.add(roles.end());
            specials.add(roles.padding());
            specials.addAll(t.texts("special"));
            plan = new Recipe.TokenizerPlan.Learned(
                    new VocabularySettings(
                            t.text("pre", "qwen2"),
                            t.integer("size", 256 + specials.size(), 1 << 20),
                            t.integer("minimum_frequency", 1, 1 << 20, 2),
                            t.integer("longest", 2, 1 << 10, VocabularySettings.LONGEST),
                            List.copyOf(specials),
                            roles),
                    t.whole("characters", 1000, MANY, 100_000_000));
        }
        t.finish();
        return plan;
    }

    private Recipe.ShapePlan shape(RecipeTable t) {
        int embedding = t.integer("embedding", 8, 1 << 16);
        int heads = t.integer("heads", 1, 1 << 10);
        int kvHeads = t.integer("kv_heads", 1, 1 << 10, heads);
        if (heads % kvHeads != 0) throw t.bad("kv_heads", "is " + kvHeads + ", which does not divide the heads");
        int headSize = t.integer("head_size", 2, 1 << 10, Math.max(2, embedding / heads));
        if (headSize % 2 != 0) throw t.bad("head_size", "is " + headSize + ", and the rotation needs an even one");
        Recipe.ShapePlan shape = new Recipe.ShapePlan(
                t.integer("context", 8, 1 << 20),
                embedding,
                t.integer("layers", 1, 1 << 10),
                heads,
                kvHeads,
                headSize,
                t.integer("feed_forward", 8, 1 << 18),
                t.real("rope_base", 1, 1e9, 10000),
                t.real("norm_epsilon", 1e-12, 1e-2, 1e-5),
                t.flag("tied", true));
        t.finish();
        return shape;
    }

    private Recipe.DataPlan data(RecipeTable t) {
        Path root = folder.resolve(t.text("root", ".")).normalize();
        double heldOut = t.real("held_out", 0, 0.5, 0.01);
        boolean refuse = t.choice("bad", Bad.class, Bad.REFUSE) == Bad.REFUSE;
        List<Recipe.SourcePlan> sources = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (RecipeTable s : t.tables("source")) {
            Recipe.SourcePlan source = source(s, heldOut);
            if (!names.add(source.name())) throw s.bad("name", "\"" + source.name() + "\" is taken by another source");
            sources.add(source);
        }
        if (sources.isEmpty()) throw t.bad("source", "is missing: there is nothing to learn from");
        t.finish();
        return new Recipe.DataPlan(root, heldOut, refuse, sources);
    }

    private enum Bad {
        REFUSE,
        SKIP
    }

    private static Recipe.SourcePlan source(RecipeTable t, double heldOut) {
        Kind kind = t.choice("kind", Kind.class, Kind.TEXT);
        boolean text = kind == Kind.TEXT;
        List<String> files = kind == Kind.GENERATOR ? List.of() : t.texts("files");
        if (kind != Kind.GENERATOR && files.isEmpty()) throw t.bad("files", "is missing");
        String until = text ? t.textOrNull("skip_until") : null;
        try {
            if (until != null) Pattern.compile(until);
        } catch (PatternSyntaxException e) {
            throw t.bad("skip_until", "is no regular expression: " + e.getDescription());
        }
        Recipe.SourcePlan source = new Recipe.SourcePlan(
                t.text("name"),
                kind,
                t.real("weight", 1e-3, 1000, 1),
                t.real("held_out", 0, 0.5, heldOut),
                kind == Kind.CHAT ? LongDocuments.REFUSE : t.choice("long", LongDocuments.class, LongDocuments.SPLIT),
                t.text("licence", "not stated"),
                files,
                text ? t.integer("skip_lines", 0, 1 << 20, 0) : 0,
                until,
                text ? cut(t) : new TextCut.Whole(),
                kind == Kind.GENERATOR ? t.text("generator") : "",
                kind == Kind.GENERATOR ? t.table("options").scalars() : Map.of(),
                kind == Kind.GENERATOR ? t.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, 1) : 0);
        t.finish();
        return source;
    }

    private enum Cut {
        FILE,
        LINES,
        PARAGRAPHS,
        SEPARATOR
    }

    private static TextCut cut(RecipeTable t) {
        return switch (t.choice("cut", Cut.class, Cut.FILE)) {
            case FILE -> new TextCut.Whole();
            case LINES -> new TextCut.Lines();
            case PARAGRAPHS -> new TextCut.Paragraphs(t.integer("characters", 1, 1 << 24, 2000));
            case SEPARATOR -> {
                String mark = t.text("separator");
                if (mark.isEmpty()) throw t.bad("separator", "is empty");
                yield new TextCut.Separator(mark);
            }
        };
    }

    private @Nullable Path template(RecipeTable t) {
        Path template = null;
        if (t.has("template")) {
            template = folder.resolve(t.text("template"));
            if (!Files.isRegularFile(template)) {
                throw t.bad("template", "names " + template + ", and there is no such file");
            }
        }
        t.finish();
        return template;
    }

    private static Recipe.TrainingPlan training(RecipeTable root, Recipe.ShapePlan shape) {
        RecipeTable t = root.table("training");
        RecipeTable s = root.table("schedule");
        RecipeTable o = root.table("optimizer");
        RecipeTable v = root.table("validation");
        RecipeTable c = root.table("checkpoints");
        if (t.has("steps") == t.has("rounds")) {
            throw t.bad(
                    "steps",
                    t.has("steps") ? "and training.rounds both say how long to train" : "is missing, and so is rounds");
        }
        OptimizerSettings usual = OptimizerSettings.USUAL;
        Recipe.TrainingPlan plan = new Recipe.TrainingPlan(
                t.has("steps") ? t.whole("steps", 1, MANY) : 0,
                t.has("rounds") ? t.real("rounds", 1e-3, 1e6) : 0,
                t.integer("batch", 8, 1 << 24),
                t.integer("accumulation", 1, 1 << 16, 1),
                t.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, 1),
                t.integer("threads", 0, 1024, 0),
                new GraphSettings(
                        t.flag("exact", false),
                        t.flag("checkpointing", false),
                        t.integer("group", 1, 1 << 24, GraphSettings.DEFAULT.groupTokens())),
                t.real("clip", 0, 1e6, 1),
                t.real("averaging", 0, 0.999999, 0),
                s.choice("kind", Recipe.ScheduleKind.class, Recipe.ScheduleKind.COSINE),
                s.real("rate", 1e-9, 10),
                s.real("warmup", 0, MANY, 0.02),
                s.real("decay", 0, MANY, 0.2),
                s.real("floor", 0, 1, 0.1),
                new OptimizerSettings(
                        o.real("beta1", 0, 0.999999, usual.beta1()),
                        o.real("beta2", 0, 0.9999999, usual.beta2()),
                        o.real("epsilon", 1e-30, 1, usual.epsilon()),
                        o.real("decay", 0, 100, usual.decay())),
                v.integer("every", 0, 1 << 30, 100),
                v.integer("batches", 0, 1 << 30, 0),
                v.integer("patience", 0, 1 << 30, 0),
                c.integer("every", 0, 1 << 30, 500),
                c.integer("keep", 1, 1 << 10, 2));
        if (plan.batch() < shape.context()) {
            throw t.bad("batch", "is " + plan.batch() + " tokens, fewer than the context of " + shape.context());
        }
        for (RecipeTable table : List.of(t, s, o, v, c)) table.finish();
        return plan;
    }

    private static Recipe.SamplePlan samples(RecipeTable t) {
        List<String> prompts = t.texts("prompts");
        Recipe.SamplePlan samples = new Recipe.SamplePlan(
                t.integer("every", 0, 1 << 30, prompts.isEmpty() ? 0 : 500),
                prompts,
                t.integer("tokens", 1, 1 << 16, 64),
                t.real("temperature", 0, 100, 0));
        if (samples.every() > 0 && prompts.isEmpty()) throw t.bad("prompts", "is missing");
        t.finish();
        return samples;
    }

    private Recipe.OutputPlan output(RecipeTable t, @Nullable Path instead) {
        Path out = folder.resolve(t.text("folder", "out"));
        List<Quantization> gguf = new ArrayList<>();
        for (String name : t.has("gguf") ? t.texts("gguf") : List.of("Q8_0")) {
            try {
                gguf.add(Quantization.ofName(name));
            } catch (DalangException e) {
                throw t.bad("gguf", "holds \"" + name + "\": " + e.getMessage());
            }
        }
        String type = t.text("huggingface", "f32");
        Dtype dtype = switch (type) {
            case "none" -> null;
            case "f32" -> Dtype.F32;
            case "f16" -> Dtype.F16;
            case "bf16" -> Dtype.BF16;
            default -> throw t.bad("huggingface", "is \"" + type + "\", not one of f32, f16, bf16, none");
        };
        t.finish();
        return new Recipe.OutputPlan(instead == null ? out.normalize() : instead, gguf, dtype);
    }
}
