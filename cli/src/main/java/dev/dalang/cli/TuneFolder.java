package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.train.loop.Checkpoints;
import dev.dalang.train.report.RunHistory;
import dev.dalang.train.report.TrainingReport;
import dev.dalang.train.tune.Answers;
import dev.dalang.train.tune.TuneResult;
import dev.dalang.train.tune.TunedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder of one tuning: the adapter, its card, the log and the report, and checkpoints while it is under way. */
record TuneFolder(Path folder) {

    /** Numbers in a checkpoint for each that learns: itself and AdamW's two. */
    private static final long IN_CHECKPOINT = 3;

    /** Card, log, report and what a checkpoint says of itself, with room to spare. */
    private static final long SMALL_FILES = 2 << 20;

    /** Beside where one stands, after the model's name. */
    static Path usual(Path model) {
        Path file = model.toAbsolutePath().normalize().getFileName();
        String name = file == null ? "model" : file.toString();
        return Path.of(
                (name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name) + "-tuned");
    }

    Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    Path log() {
        return folder.resolve("log.jsonl");
    }

    Path adapter() {
        return folder.resolve(TunedFiles.GGUF);
    }

    /**
     * Whether the disk has room for what tuning will write at most: two checkpoints and one in the making, and the
     * adapter in both forms.
     *
     * @param parameters numbers that learn
     * @throws DalangException (does not fit) if not
     */
    void checkRoom(long parameters) {
        long needed = Float.BYTES * parameters * (3 * IN_CHECKPOINT + 2) + SMALL_FILES;
        long free = free();
        if (free >= needed) return;
        throw new DalangException(new Failure.DoesNotFit(
                "tuning writes up to " + Text.bytes(needed) + ", and the disk of " + folder + " has " + Text.bytes(free)
                        + " left: make room, name another --output, or take a smaller --rank; --anyway begins all the same",
                needed,
                free));
    }

    /** Bytes left on the disk that the folder is on, or will be. */
    private long free() {
        Path there = folder.toAbsolutePath().normalize();
        while (!Files.exists(there) && there.getParent() != null) there = there.getParent();
        try {
            return Files.getFileStore(there).getUsableSpace();
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        }
    }

    /**
     * Writes what was learned. Where the disk is full, older checkpoints make room.
     *
     * @param write may be called twice
     * @throws DalangException (storage) that says what is there and how to go on
     */
    @Nullable
    String write(Supplier<@Nullable String> write) {
        DalangException first;
        try {
            return write.get();
        } catch (DalangException e) {
            if (!(e.failure() instanceof Failure.Storage)) throw e;
            first = e;
        }
        Checkpoints.keepLatest(checkpoints());
        try {
            return write.get();
        } catch (DalangException e) {
            Path latest = Checkpoints.latest(checkpoints());
            if (!(e.failure() instanceof Failure.Storage) || latest == null) throw e;
            boolean whole = Files.exists(adapter());
            // The first one says what there was no room for; the second may be about a copy of what is there.
            throw storage(
                    first.failure().message() + "; "
                            + (whole ? TunedFiles.GGUF + " is whole and can be used. For the rest make" : "make")
                            + " room, and the same command with --resume goes on from " + latest.getFileName(),
                    first);
        }
    }

    private boolean started() {
        return Files.exists(checkpoints()) && Checkpoints.latest(checkpoints()) != null;
    }

    /** Whether tuning may write here. */
    void check(boolean resume, boolean force) {
        if (resume) {
            if (started()) return;
            throw storage(folder, "holds no interrupted run to go on with");
        }
        if (!Files.exists(folder)) return;
        if (!Files.isDirectory(folder)) throw storage(folder, "exists and is not a folder");
        boolean ours = Files.exists(adapter()) || Files.exists(checkpoints()) || Files.exists(log());
        if (force && ours) {
            clear();
            return;
        }
        if (Files.exists(adapter())) throw storage(folder, "holds an adapter already; --force replaces it");
        if (started()) throw storage(folder, "holds an interrupted run; --resume goes on, --force begins anew");
        if (!ours && !isEmpty()) throw storage(folder, "exists and is not empty; name another --output");
    }

    private boolean isEmpty() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        }
    }

    private void clear() {
        delete(checkpoints());
        delete(adapter());
        delete(log());
    }

    void make() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        }
    }

    /** Writes the facts and the report; the checkpoints have done their work. */
    void finish(
            Map<String, @Nullable Object> facts,
            TuneCommand.TuneOutcome outcome,
            TuneResult result,
            List<Answers.Answer> answers) {
        try {
            Files.writeString(folder.resolve("tune.json"), Json.pretty(facts) + "\n");
        } catch (IOException e) {
            throw Errors.storage(e, folder);
        }
        TrainingReport report =
                new TrainingReport(outcome.from().name() + ": how it was tuned", RunHistory.read(log()));
        report.outcome(
                "Base model", outcome.from().base() + " (" + outcome.from().digest() + ")");
        if (!Double.isNaN(result.after())) {
            report.outcome("Perplexity of examples that were not learned, before", Text.format("%.4g", result.before()))
                    .outcome("The same after", Text.format("%.4g", result.after()));
        }
        if (!Double.isNaN(result.preferred())) {
            report.outcome("Chosen answers made likelier", Text.format("%.0f %%", 100 * result.preferred()));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Answers.Answer a : answers) rows.add(List.of(a.question(), a.wanted(), a.before(), a.after()));
        if (!rows.isEmpty()) {
            report.table(
                    "Answers",
                    "Examples that were not learned, answered with the likeliest words",
                    List.of("question", "wanted", "before", "after"),
                    rows);
        }
        report.listing(
                "What the licence of the base model asks",
                String.join("\n", outcome.from().terms()));
        report.listing("Settings", Json.pretty(facts));
        report.write(folder.resolve("report.html"));
        delete(checkpoints());
    }

    private static void delete(Path path) {
        if (!Files.exists(path)) return;
        try (Stream<Path> all = Files.walk(path)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
        } catch (IOException e) {
            throw Errors.storage(e, path);
        }
    }

    /** Whether a merged model may be written to this file. */
    static void checkMerge(Path file, Path model, boolean force) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent))
            throw storage(file, "cannot be written: its folder does not exist");
        if (!Files.exists(file)) return;
        try {
            if (Files.isSameFile(file, model)) throw Errors.usage("--merge would replace the model itself");
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        if (!force || !Files.isRegularFile(file)) throw storage(file, "exists; --force replaces it");
    }

    private DalangException storage(String problem, DalangException cause) {
        return new DalangException(new Failure.Storage(problem, folder.toString()), cause);
    }

    private static DalangException storage(Path path, String problem) {
        return new DalangException(new Failure.Storage(path + " " + problem, path.toString()));
    }
}
