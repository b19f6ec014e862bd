package dev.dalang.engine.generate;

import dev.dalang.engine.cache.PrefixTree;
import dev.dalang.engine.kernel.KvRows;
import dev.dalang.engine.kernel.Phase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who has how many tokens in the next pass. */
final class StepPlan {

    /** Fewer tokens in common are read sooner than waited for. */
    private static final int WORTH_WAITING = 32;

    /** Gets room for more tokens of a job; others may lose their turn for it, and the job itself. */
    @FunctionalInterface
    interface Memory {
        boolean reserve(Job job, int count);
    }

    /**
     * One job's tokens in a pass, and then what came of them. {@link #draw} may run on any thread.
     */
    static final class Part {
        private final Job job;
        private final int count;
        private final int[] guesses;
        private final boolean prompt;
        private final boolean complete;
        private final int from;
        private float[][] rows = new float[0][];
        private int drawn;
        private @Nullable Throwable failure;

        private Part(Job job, int count, int[] guesses) {
            this.job = job;
            this.count = count;
            this.guesses = guesses;
            from = job.running().length();
            prompt = from < job.promptLength;
            complete = from + count == job.count;
        }

        Job job() {
            return job;
        }

        /** Where it begins in its text. */
        int from() {
            return from;
        }

        /** Tokens, without guesses. */
        int count() {
            return count;
        }

        int[] guesses() {
            return guesses;
        }

        boolean isPrompt() {
            return prompt;
        }

        int drawn() {
            return drawn;
        }

        @Nullable
        Throwable failure() {
            return failure;
        }

        ForwardPass.Chunk chunk(int vocabulary) {
            int[] ids = Arrays.copyOfRange(job.ids, from, from + count + guesses.length);
            System.arraycopy(guesses, 0, ids, count, guesses.length);
            // Logits are wanted where a token is drawn.
            rows = job.logits(complete ? 1 + guesses.length : 0, vocabulary);
            return new ForwardPass.Chunk(job.running(), ids, prompt ? Phase.PROMPT : Phase.ANSWER, rows);
        }

        /** Draws the next token, and more of them as long as guesses come true. */
        void draw() {
            if (!complete) return;
            int confirmed = 0;
            try {
                while (true) {
                    int id = job.generation.next(rows[confirmed], job.cached());
                    if (id == Generation.END) {
                        job.ended = true;
                        break;
                    }
                    drawn++;
                    job.append(id);
                    if (confirmed == guesses.length || guesses[confirmed] != id) break;
                    confirmed++;
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            if (confirmed < guesses.length) job.running().truncate(from + count + confirmed);
        }
    }

    private final SchedulerLimits limits;
    private final PrefixTree tree;
    private final List<Job> running;
    private final Memory memory;
    private final List<Part> answers = new ArrayList<>();
    private final List<Part> prompts = new ArrayList<>();
    private int used;

    StepPlan(SchedulerLimits limits, PrefixTree tree, List<Job> running, Memory memory) {
        this.limits = limits;
        this.tree = tree;
        this.running = running;
        this.memory = memory;
    }

    /** Prompts first. Together at most {@link SchedulerLimits#stepTokens}. */
    List<Part> parts() {
        for (Job j : running) {
            if (!j.goesAlone()) continue;
            plan(j, Math.min(j.pending(), limits.stepTokens()), 0);
            return planned();
        }
        // By number of tokens, so that all which need only one get it before those that must be read again.
        List<Job> writing =
                new ArrayList<>(running.stream().filter(j -> !j.readsPrompt()).toList());
        writing.sort(Comparator.comparingInt(Job::pending));
        boolean reading = writing.size() < running.size();
        int most = limits.stepTokens() - (reading ? limits.promptReserve() : 0);
        for (int i = 0; i < writing.size(); i++) {
            Job j = writing.get(i);
            if (used == most || j.sequence == null) continue;
            int count = Math.min(j.pending(), most - used);
            // What those after it need is not for guesses.
            plan(j, count, most - used - count - (writing.size() - 1 - i));
        }
        if (reading) planPrompts();
        return planned();
    }

    /** Those that have not lost their turn to others since. */
    private List<Part> planned() {
        List<Part> all = new ArrayList<>(prompts);
        all.addAll(answers);
        all.removeIf(p -> p.job.sequence == null);
        return all;
    }

    /** @param spare tokens of the pass that guesses may take */
    private void plan(Job job, int count, int spare) {
        boolean prompt = job.readsPrompt();
        if (prompt) count = Math.min(count, limits.promptTokens());
        int[] guesses = new int[0];
        if (!prompt && job.pending() == 1 && spare > 0) {
            guesses = job.generation.guess(job.ids, job.count, running.size() == 1);
            if (guesses.length > spare) guesses = Arrays.copyOf(guesses, spare);
        }
        if (!memory.reserve(job, count + guesses.length)) return;
        (prompt ? prompts : answers).add(new Part(job, count, guesses));
        used += count + guesses.length;
    }

    private void planPrompts() {
        int budget = limits.stepTokens() - used;
        if (used > 0) budget = Math.min(budget, limits.mixedTokens());
        List<Job> readers = new ArrayList<>();
        running.stream()
                .filter(Job::readsPrompt)
                .sorted(Comparator.comparingLong((Job j) -> j.served).thenComparingLong(j -> j.number))
                .limit(PromptShares.most(budget))
                .forEach(readers::add);
        for (Job j : readers) {
            int before = j.running().length();
            int held = tree.resume(j.running(), j.ids, j.promptLength - 1);
            if (held != before) j.generation.read(held);
        }
        List<Job> now = new ArrayList<>(readers);
        now.removeIf(j -> readers.stream().anyMatch(other -> worthWaiting(j, other)));
        for (Map.Entry<Job, Integer> e : PromptShares.divide(budget, now).entrySet()) {
            Job j = e.getKey();
            if (j.sequence != null) plan(j, upToCheckpoint(j, e.getValue()), 0);
        }
    }

    /** Whether {@code other} is about to read what {@code job} would read too, so that one reading is enough. */
    private boolean worthWaiting(Job job, Job other) {
        int at = job.running().length();
        int ahead = other.running().length();
        if (ahead < at || ahead == at && other.number >= job.number) return false;
        if (!job.generation.adapters().equals(other.generation.adapters())) return false;
        int most = Math.min(job.promptLength - 1, other.promptLength);
        int end = Arrays.mismatch(job.ids, 0, most, other.ids, 0, most);
        if (end < 0) end = most;
        if (tree.isRecurrent()) end = PrefixTree.checkpointUpTo(end);
        return end - Math.max(at, ahead) >= WORTH_WAITING;
    }

    /** Recurrent states can be kept only where a pass ends. */
    private int upToCheckpoint(Job job, int count) {
        if (!tree.isRecurrent()) return count;
        int from = job.running().length();
        int next = (from / KvRows.PAGE + 1) * KvRows.PAGE;
        while (next < from + count && !PrefixTree.isCheckpoint(next)) next += KvRows.PAGE;
        return Math.min(count, next - from);
    }
}
