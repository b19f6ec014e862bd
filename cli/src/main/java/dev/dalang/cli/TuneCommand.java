package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.adapter.AdapterWriter;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.chat.ChatData;
import dev.dalang.train.chat.ChatEncoder;
import dev.dalang.train.chat.ChatExample;
import dev.dalang.train.chat.DataFormat;
import dev.dalang.train.chat.Lessons;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.loop.TrainingListener;
import dev.dalang.train.report.RunLog;
import dev.dalang.train.tune.Answers;
import dev.dalang.train.tune.Provenance;
import dev.dalang.train.tune.TunePlan;
import dev.dalang.train.tune.TuneResult;
import dev.dalang.train.tune.TuneSettings;
import dev.dalang.train.tune.TunedFiles;
import dev.dalang.train.tune.Tuner;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang tune}: an adapter for a model, learned from examples. */
@Command(
        name = "tune",
        description = "Teach a model by examples: an adapter (LoRA, QLoRA, DPO) beside its weights.",
        footer = {
            "",
            "docs/TUNING.md describes the forms of data. Ctrl-C saves, and --resume goes on.",
            "Examples: dalang tune MODEL --data answers.jsonl --yes",
            "          dalang tune MODEL --data answers.jsonl --epochs 10 --merge tuned.gguf",
            "          dalang run MODEL --lora MODEL-tuned"
        })
final class TuneCommand implements Callable<Integer> {

    enum OnBad {
        REFUSE,
        SKIP
    }

    private static final int ANSWER_TOKENS = 160;

    @Parameters(paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(
            names = {"-d", "--data"},
            required = true,
            paramLabel = "FILE",
            description = "The examples: JSON lines, or a JSON array.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "messages, alpaca, sharegpt or preferences. Default: by the fields.")
    @Nullable
    String format;

    @Option(
            names = "--on-bad",
            paramLabel = "WHAT",
            description = "refuse or skip: what to do about lines that cannot be used. Default: refuse.")
    OnBad onBad = OnBad.REFUSE;

    @Option(
            names = "--validation",
            paramLabel = "SHARE",
            description = "Share of the examples to measure with and not to learn. Default: ${DEFAULT-VALUE}.")
    double share = 0.1;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Where everything goes. Default: the model's name with -tuned.")
    @Nullable
    Path output;

    @Option(names = "--name", paramLabel = "NAME", description = "What the result is called in its files.")
    @Nullable
    String name;

    @Option(names = "--merge", paramLabel = "FILE", description = "Also write the whole tuned model, a .gguf file.")
    @Nullable
    Path merge;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Of the merged model: Q8_0, Q4_K_M, F16, … Default: as the model's tensors are.")
    @Nullable
    String type;

    @Option(
            names = "--answers",
            paramLabel = "N",
            description = "Examples to answer before and after. Default: ${DEFAULT-VALUE}.")
    int answers = 3;

    @Option(names = "--resume", description = "Go on with an interrupted run.")
    boolean resume;

    @Option(
            names = {"-f", "--force"},
            description = "Replace an earlier result.")
    boolean force;

    @Option(
            names = {"-y", "--yes"},
            description = "Begin without being asked.")
    boolean yes;

    @Option(names = "--dry-run", description = "Say what it would take, and write nothing.")
    boolean dryRun;

    @Option(names = "--plain", description = "Lines in place of a curve that is redrawn.")
    boolean plain;

    @Option(names = "--json", description = "Every event as a line of JSON.")
    boolean json;

    @Option(names = "--anyway", description = "Begin even if the memory does not seem to suffice.")
    boolean anyway;

    @Mixin
    TuneFlags tuning = new TuneFlags();

    @Mixin
    ModelFlags flags = new ModelFlags();

    private final Surroundings around;

    TuneCommand(Surroundings around) {
        this.around = around;
    }

    /** The examples, in tokens and in words. */
    private record Taught(ChatData data, Lessons.Split lessons) {}

    @Override
    public Integer call() {
        TuneSettings settings = tuning.settings(flags.exact);
        LoadOptions options = Engine.options(flags.options());
        if (!(share >= 0 && share < 1)) throw Errors.usage("--validation must be at least 0 and less than 1");
        if (answers < 0) throw Errors.usage("--answers must not be negative");
        if (type != null && merge == null) throw Errors.usage("--type is for --merge");
        Quantization quantization = type == null ? null : Quantization.ofName(type);
        Path path = ModelArgument.resolve(model, around.store());
        TuneFolder folder = new TuneFolder(output != null ? output : TuneFolder.usual(path));
        if (!dryRun) folder.check(resume, force);
        if (merge != null) TuneFolder.checkMerge(merge, path, force);
        DataFormat known = format == null ? null : DataFormat.ofName(format);
        Taught taught = taught(path, options, ChatData.read(file, known));
        if (taught == null) return ExitCode.INTERRUPTED;
        try (ModelSource base = ModelFiles.open(path)) {
            TuneLicences licences = new TuneLicences(around);
            Provenance from = licences.of(model, path, base, name);
            TuneOutcome outcome;
            @Nullable TuneResult result;
            try (BeforeExit _ = new BeforeExit();
                    TrainProgress progress = new TrainProgress(around, json, plain)) {
                outcome = learn(base, options, settings, quantization, from, taught, folder, progress);
                result = outcome.result;
                if (result == null) return outcome.begun ? ExitCode.INTERRUPTED : ExitCode.DONE;
                if (!result.done()) return stopped(result, progress);
            }
            // Only now, when the memory that learning took is free again.
            if (merge != null) {
                TunedFiles.merged(
                        merge,
                        base,
                        outcome.adapter,
                        quantization,
                        licences.portable(model, path, base),
                        from,
                        options.effectiveThreads(),
                        (i, n, tensor, to) -> {},
                        around.interrupt());
            }
            return finish(folder, outcome, result, asked(path, options, folder, taught));
        }
    }

    /**
     * What came of it.
     *
     * @param begun false where only the plan was wanted
     * @param result null where nothing was learned
     */
    record TuneOutcome(
            TunePlan plan,
            TuneSettings settings,
            Provenance from,
            AdapterWriter adapter,
            boolean begun,
            @Nullable TuneResult result) {}

    private TuneOutcome learn(
            ModelSource base,
            LoadOptions options,
            TuneSettings settings,
            @Nullable Quantization quantization,
            Provenance from,
            Taught taught,
            TuneFolder folder,
            TrainProgress progress) {
        try (Compute compute = new Compute(
                        KernelTier.named(options.kernels(), options.cpuFeatures()), options.effectiveThreads());
                Tuner tuner = new Tuner(base, compute, taught.lessons.train(), taught.lessons.validation(), settings)) {
            if (merge != null) TunedFiles.checkMerge(base, tuner.adapter(), quantization);
            if (!dryRun && !anyway) {
                checkMemory(tuner.plan());
                if (!resume) folder.checkRoom(tuner.plan().parameters());
            }
            TunePlan plan = tuner.measured(tuner.plan());
            TuneOutcome nothing = new TuneOutcome(plan, settings, from, tuner.adapter(), !dryRun, null);
            if (around.interrupt().isCancelled()) return nothing;
            if (dryRun && json) {
                around.out().println(Json.pretty(TuneReport.json(plan, settings, from, null, List.of())));
            }
            if (!json)
                TuneReport.plan(plan, from, compute.kernels().description()).forEach(progress::say);
            if (dryRun) return nothing;
            if (!agreed()) return new TuneOutcome(plan, settings, from, nothing.adapter, false, null);
            folder.make();
            TuneResult result;
            RunLog written;
            try (RunLog log = new RunLog(folder.log())) {
                TrainingListener both = event -> {
                    log.on(event);
                    progress.on(event);
                };
                result = tuner.run(folder.checkpoints(), resume, from.digest(), both, around.interrupt());
                written = log;
            }
            String problem = written.problem();
            if (problem != null) progress.say(problem);
            AdapterWriter adapter = tuner.adapter();
            if (result.done()) {
                String noPeft =
                        folder.write(() -> TunedFiles.adapter(folder.folder(), adapter, from, settings, plan, result));
                if (noPeft != null)
                    progress.say("only " + TunedFiles.GGUF + " was written, no PEFT adapter: " + noPeft);
            }
            return new TuneOutcome(plan, settings, from, adapter, true, result);
        }
    }

    /** The examples as the model sees them; null where nothing more is wanted. */
    private @Nullable Taught taught(Path path, LoadOptions options, ChatData data) {
        Lessons lessons;
        ChatEncoder encoder;
        try (LocalModel local = LocalModel.open(path, options)) {
            encoder = new ChatEncoder(local.prompts(), local.tokenizer(), local.contextLength(), model);
            lessons = Lessons.of(data, encoder);
        }
        for (String notice : encoder.notices()) around.say(notice);
        if (!lessons.bad().isEmpty()) {
            TuneReport.bad(file, lessons.bad()).forEach(around::say);
            String count = lessons.bad().size() + " of "
                    + Text.plural(lessons.bad().size() + lessons.count(), "example") + " cannot be used";
            if (onBad == OnBad.REFUSE || lessons.count() == 0) {
                throw DalangException.invalidRequest(
                        count + (lessons.count() == 0 ? "" : "; --on-bad skip leaves them out"), "data");
            }
            around.say(count + (lessons.bad().size() == 1 ? " and is left out" : " and are left out"));
        }
        if (around.interrupt().isCancelled()) return null;
        return new Taught(data, lessons.split(share, tuning.seed));
    }

    private void checkMemory(TunePlan plan) {
        long available = new Machine().memoryAvailable();
        if (plan.further() <= available) return;
        throw new DalangException(new Failure.DoesNotFit(
                "tuning needs about " + Text.bytes(plan.further()) + " more of memory, and " + Text.bytes(available)
                        + " are free: a smaller --rank or --batch, or a smaller quantisation of the model takes less, and"
                        + " --anyway begins all the same",
                plan.further(),
                available));
    }

    private boolean agreed() {
        if (yes) return true;
        if (json || !around.inIsTerminal() || !around.errIsTerminal()) {
            throw Errors.usage("nobody can be asked whether to begin; --yes begins");
        }
        around.err().print("Begin? [Y/n] ");
        around.err().flush();
        try {
            BufferedReader in = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8));
            String answer = in.readLine();
            return answer != null
                    && Set.of("", "y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }

    private int stopped(TuneResult result, TrainProgress progress) {
        TrainingEvent.Ended ended = result.ended();
        if (ended.ending() == TrainingEvent.Ending.DIVERGED) {
            throw new DalangException(new Failure.Internal("the training diverged at step " + ended.step()
                    + ": a lower --learning-rate or more --batch helps"
                    + (ended.checkpoint() == null ? "" : "; the last good state is " + ended.checkpoint())));
        }
        progress.say("stopped at step " + ended.step() + "; "
                + (ended.checkpoint() == null ? "nothing was saved" : "the same command with --resume goes on"));
        return ExitCode.INTERRUPTED;
    }

    /** Examples answered before and after: of those that were not learned, where there are any. */
    private List<Answers.Answer> asked(Path path, LoadOptions options, TuneFolder folder, Taught taught) {
        if (answers == 0 || around.interrupt().isCancelled()) return List.of();
        Lessons from = taught.lessons.validation().count() > 0 ? taught.lessons.validation() : taught.lessons.train();
        Set<Long> lines = new HashSet<>(from.lines());
        List<ChatExample> examples = taught.data.examples().stream()
                .filter(e -> lines.contains(e.line()))
                .limit(answers)
                .toList();
        Map<String, Path> adapter = Map.of("tuned", folder.adapter());
        try (LocalModel tuned = LocalModel.open(path, options.withAdapters(adapter))) {
            return Answers.of(tuned, "tuned", examples, ANSWER_TOKENS, around.interrupt());
        }
    }

    private int finish(TuneFolder folder, TuneOutcome outcome, TuneResult result, List<Answers.Answer> answered) {
        Map<String, @Nullable Object> facts =
                TuneReport.json(outcome.plan, outcome.settings, outcome.from, result, answered);
        folder.finish(facts, outcome, result, answered);
        if (json) {
            facts.put("event", "tuned");
            facts.put("folder", folder.folder().toString());
            if (merge != null) facts.put("merged", merge.toString());
            around.out().println(Json.compact(facts));
            return ExitCode.DONE;
        }
        TuneReport.result(result, outcome.plan, answered).forEach(around::say);
        around.out().println(Text.oneLine(folder.folder().toString()));
        if (merge != null) around.out().println(Text.oneLine(merge.toString()));
        return ExitCode.DONE;
    }
}
