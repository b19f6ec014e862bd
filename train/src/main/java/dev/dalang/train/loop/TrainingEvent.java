package dev.dalang.train.loop;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What happens in a run, for a progress bar, a log and a report. {@code step} is the number of steps that are done: 1
 * after the first. Losses are means of nats per target.
 */
public sealed interface TrainingEvent {

    long step();

    /**
     * A sitting begins.
     *
     * @param step 0, or that of the checkpoint it goes on from
     * @param parameters numbers that learn
     * @param checkpoint what it goes on from, or null
     */
    record Started(
            long step,
            long steps,
            long parameters,
            @Nullable Path checkpoint) implements TrainingEvent {}

    /**
     * The weights have changed.
     *
     * @param loss before this change, of the batches it was made from
     * @param rate learning rate
     * @param gradientNorm of all parameters together, before clipping
     * @param tokens that have gone through the network since the very beginning
     * @param rounds how often the data have been gone through
     * @param tokensPerSecond lately, with the time that validations, samples and checkpoints took left out
     * @param elapsed since the very beginning, pauses between sittings left out
     * @param remaining until the end as it looks now, validations, samples and checkpoints included
     */
    record Step(
            long step,
            long steps,
            double loss,
            double rate,
            double gradientNorm,
            long tokens,
            double rounds,
            double tokensPerSecond,
            Duration elapsed,
            Duration remaining)
            implements TrainingEvent {}

    /**
     * The network was measured on data that it does not learn.
     *
     * @param targets that the loss is a mean over
     * @param best whether no earlier validation was better
     */
    record Validated(long step, double loss, long targets, boolean best) implements TrainingEvent {
        public double perplexity() {
            return Math.exp(loss);
        }
    }

    /** The network wrote something. */
    record Sampled(long step, String text) implements TrainingEvent {}

    /** A checkpoint is on the disk. */
    record Saved(long step, Path checkpoint) implements TrainingEvent {}

    /**
     * A checkpoint could not be written; the run goes on and tries again.
     *
     * @param problem one line
     * @param last the newest that is there, or null
     */
    record NotSaved(long step, String problem, @Nullable Path last) implements TrainingEvent {}

    /**
     * The loss has left all bounds, and the run ends.
     *
     * @param advice what to change, and where to go on from; one line
     */
    record Diverged(long step, double loss, String advice) implements TrainingEvent {}

    /** Why a sitting is over. */
    enum Ending {
        /** All steps are done; where there is patience, the network has its best weights. */
        FINISHED,
        /** Validation has not improved for as long as patience lasted; the network has its best weights again. */
        EARLY,
        /** It was told to stop. */
        CANCELLED,
        /** See {@link Diverged}. */
        DIVERGED
    }

    /**
     * A sitting is over.
     *
     * @param step whose weights the network now has
     * @param loss mean of the last steps' losses; NaN if there were none
     * @param validation loss of these weights, or of the last validation; NaN if there was none
     * @param tokens that have gone through the network since the very beginning
     * @param effort since the very beginning
     * @param checkpoint with these weights, or after divergence with the last good ones; null if none is kept
     */
    record Ended(
            Ending ending,
            long step,
            double loss,
            double validation,
            long tokens,
            Effort effort,
            @Nullable Path checkpoint)
            implements TrainingEvent {}
}
