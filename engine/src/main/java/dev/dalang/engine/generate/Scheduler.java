package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.engine.cache.CachePool;
import dev.dalang.engine.cache.PrefixTree;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.KvRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;

/**
 * Many requests, one model: continuous batching (Orca, Yu et al. 2022) with chunked prefill (Sarathi, Agrawal et al.
 * 2024). Every {@link #step} runs one pass with a token of each answer under way and parts of the prompts being read,
 * under a limit of tokens; {@link StepPlan} says who gets how many.
 *
 * <p>Requests wait in a {@link FairQueue} and are admitted as far as the {@link CachePool} has memory for their prompts
 * and the next page of everybody. When memory runs short later, what the {@link PrefixTree} holds goes first; then the
 * request admitted last gives way, and goes on later from its tokens: those of the answer are then evaluated as such, so
 * that it comes out the same to the bit. The one admitted first never gives way, so there is always progress.
 *
 * <p>A plain state machine: no threads, no clock of its own, and the model behind {@link ForwardPass}. Given the same
 * calls it does the same.
 */
final class Scheduler implements AutoCloseable {

    /** What an answer's token costs beside a prompt's, which share the weights they read with many others. */
    private static final double ANSWER_COST = 4;

    private final SchedulerLimits limits;
    private final CachePool pool;
    private final PrefixTree tree;
    private final ForwardPass pass;
    private final boolean phasesAgree;
    private final int vocabulary;
    private final LongSupplier clock;
    private final FairQueue queue = new FairQueue();
    private final List<Job> running = new ArrayList<>();
    private final SchedulerSpeed speed = new SchedulerSpeed();
    private long arrivals;
    private long steps;
    private long promptTokens;
    private long cachedTokens;
    private long answerTokens;
    private long preemptions;

    /**
     * @param phasesAgree whether a token's keys and values are the same as part of a prompt and of an answer
     * @param vocabulary numbers in a row of logits
     * @param clock nanoseconds
     */
    Scheduler(
            SchedulerLimits limits,
            CachePool pool,
            ForwardPass pass,
            boolean phasesAgree,
            int vocabulary,
            LongSupplier clock) {
        this.limits = limits;
        this.pool = pool;
        this.tree = new PrefixTree(pool);
        this.pass = pass;
        this.phasesAgree = phasesAgree;
        this.vocabulary = vocabulary;
        this.clock = clock;
    }

    /**
     * Takes a request on, or ends it at once where too many wait: it {@linkplain Generation#fail fails} with a
     * {@link Failure.RateLimited} when they are its user's own, else with {@link Failure.Overloaded}.
     */
    void submit(Generation generation) {
        if (queue.size() >= limits.queued()) {
            generation.fail(new DalangException(new Failure.Overloaded(
                    queue.size() + " requests wait for this model already; try again later", retryAfter())));
            return;
        }
        int own = queue.waitingOf(generation.user());
        if (!generation.user().isEmpty() && own >= limits.queuedPerUser()) {
            generation.fail(new DalangException(new Failure.RateLimited(
                    own + " of your requests wait for this model already; try again when they are answered",
                    retryAfter())));
            return;
        }
        Job job = new Job(generation, queue.flow(generation.user(), generation.priority()), ++arrivals);
        queue.add(job);
        generation.accepted();
    }

    private Duration retryAfter() {
        long tokens = 0;
        for (Job j : queue.waiting()) tokens += j.count;
        for (Job j : running) tokens += j.pending();
        return speed.timeFor(tokens);
    }

    /** Runs one pass; false when there is nothing to do. */
    boolean step() {
        reap();
        admit();
        if (running.isEmpty()) return false;
        steps++;
        List<StepPlan.Part> parts = new StepPlan(limits, tree, running, this::reserve).parts();
        if (parts.isEmpty()) return !running.isEmpty() || queue.size() > 0;
        evaluate(parts);
        return true;
    }

    /** Ends what nobody wants any more, or what is too late. */
    private void reap() {
        long now = clock.getAsLong();
        for (Job j : queue.waiting()) {
            if (!isOver(j, now)) continue;
            queue.remove(j);
            end(j, now);
        }
        for (Job j : List.copyOf(running)) {
            if (!isOver(j, now)) continue;
            stop(j);
            end(j, now);
        }
    }

    private static boolean isOver(Job j, long now) {
        return j.generation.cancelled() || now >= j.generation.deadline();
    }

    private static void end(Job j, long now) {
        if (!j.generation.cancelled() && now >= j.generation.deadline()) {
            j.generation.fail(
                    new DalangException(new Failure.TimedOut("the answer was not complete in the time allowed, "
                            + (j.count - j.promptLength) + " tokens of it were; allow more time, or ask for less")));
        } else {
            j.generation.finish(FinishReason.CANCELLED);
        }
    }

    private void admit() {
        while (running.size() < limits.running()) {
            Job job = queue.peek();
            if (job == null || !running.isEmpty() && !fits(job)) return;
            if (!tree.makeRoom(pool.stateBytes()) && !running.isEmpty()) return;
            queue.start(job);
            job.sequence = new Sequence(pool, job.generation.adapters());
            job.served = steps;
            running.add(job);
            int held = tree.resume(job.sequence, job.ids, job.promptLength - 1);
            job.generation.read(held);
        }
    }

    /** Whether there is memory for a job's tokens, and for one more page of everybody, without anyone giving way. */
    private boolean fits(Job job) {
        int held = tree.held(job.generation.adapters(), job.ids, job.promptLength - 1) / KvRows.PAGE;
        long pages = (long) Sequence.pagesOf(job.count + 1) - held + 1;
        for (Job j : running)
            pages += Math.max(0, Sequence.pagesOf(j.count + 1) - j.running().pages()) + 1;
        long needed = pages * pool.pageBytes() + pool.stateBytes();
        if (pool.hasRoom(needed)) return true;
        long reclaimable = tree.reclaimableBytes() - held * pool.pageBytes();
        return pool.hasRoom(needed - Math.max(0, reclaimable));
    }

    /** Room for {@code count} more tokens: free, else what the tree holds, else from who was admitted after this. */
    private boolean reserve(Job job, int count) {
        while (job.sequence != null) {
            if (job.sequence.tryReserve(count)) return true;
            if (tree.evict()) continue;
            Job last = running.getLast();
            if (last == job && running.size() == 1) {
                stop(job);
                job.generation.fail(new DalangException(new Failure.DoesNotFit(
                        "the key-value cache of " + pool.limitBytes() + " bytes is full at position " + job.count
                                + ": use a smaller context, or a larger limit",
                        pool.usedBytes() + pool.pageBytes(),
                        pool.limitBytes())));
                return false;
            }
            preemptions++;
            giveWay(last);
        }
        return false;
    }

    private void giveWay(Job job) {
        job.running().close();
        job.sequence = null;
        running.remove(job);
        queue.addFirst(job);
    }

    private void stop(Job job) {
        job.running().close();
        job.sequence = null;
        running.remove(job);
        queue.ended(job);
    }

    private void evaluate(List<StepPlan.Part> parts) {
        List<ForwardPass.Chunk> chunks = new ArrayList<>();
        int tokens = 0;
        for (StepPlan.Part p : parts) {
            chunks.add(p.chunk(vocabulary));
            tokens += p.count() + p.guesses().length;
        }
        long start = clock.getAsLong();
        try {
            pass.run(chunks, () -> allCancelled(parts));
        } catch (CancellationException e) {
            for (StepPlan.Part p : parts) {
                stop(p.job());
                p.job().generation.finish(FinishReason.CANCELLED);
            }
            return;
        } catch (RuntimeException | Error e) {
            failed(parts, e);
            return;
        }
        speed.saw(tokens, clock.getAsLong() - start);
        for (StepPlan.Part p : parts) read(p);
        pass.forEach(parts.size(), i -> parts.get(i).draw());
        for (StepPlan.Part p : parts) settle(p);
    }

    private static boolean allCancelled(List<StepPlan.Part> parts) {
        for (StepPlan.Part p : parts) if (!p.job().generation.cancelled()) return false;
        return true;
    }

    /** A job whose pass failed while it was alone is to blame; of several, each is tried alone. */
    private void failed(List<StepPlan.Part> parts, Throwable e) {
        // From the last to the first, so that they wait in the order in which they came.
        for (StepPlan.Part p : parts.reversed()) {
            if (parts.size() == 1) {
                stop(p.job());
                p.job().generation.fail(e);
            } else {
                p.job().suspectUntil = p.from() + p.count();
                giveWay(p.job());
            }
        }
    }

    private void read(StepPlan.Part p) {
        Job job = p.job();
        boolean prompt = p.isPrompt();
        queue.charge(job, prompt ? p.count() : p.count() * ANSWER_COST);
        if (!prompt) return;
        promptTokens += p.count();
        job.computed += p.count();
        job.served = steps;
        int length = job.running().length();
        if (length == job.promptLength && job.count == length) cachedTokens += job.cached();
        if (!pool.isRecurrent() || PrefixTree.isCheckpoint(length) || length == job.promptLength && !phasesAgree) {
            tree.keep(job.running(), job.ids, length);
        }
        job.generation.read(length);
    }

    private void settle(StepPlan.Part p) {
        Job job = p.job();
        answerTokens += p.drawn();
        Throwable failure = p.failure();
        if (failure != null) {
            stop(job);
            job.generation.fail(failure);
        } else if (job.ended) {
            if (phasesAgree && job.running().length() > job.promptLength) {
                tree.keep(job.running(), job.ids, job.running().length());
            }
            stop(job);
        }
    }

    /** What was done so far and is being done now. */
    SchedulerStats stats() {
        return new SchedulerStats(
                running.size(),
                queue.size(),
                pool.usedBytes() - tree.reclaimableBytes(),
                pool.usedBytes(),
                pool.limitBytes(),
                steps,
                promptTokens,
                cachedTokens,
                answerTokens,
                preemptions);
    }

    /** Ends everything with a failure. */
    void failAll(Throwable why) {
        for (Job j : queue.waiting()) {
            queue.remove(j);
            j.generation.fail(why);
        }
        for (Job j : List.copyOf(running)) {
            stop(j);
            j.generation.fail(why);
        }
    }

    /** Forgets what earlier requests left; nothing may be running. */
    @Override
    public void close() {
        if (!running.isEmpty()) throw new IllegalStateException(running.size() + " requests are running");
        tree.clear();
    }

    List<Job> jobs() {
        return running;
    }

    PrefixTree tree() {
        return tree;
    }

    int waiting() {
        return queue.size();
    }
}
