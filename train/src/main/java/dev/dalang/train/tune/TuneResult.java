package dev.dalang.train.tune;

import dev.dalang.train.loop.TrainingEvent;

/**
 * What came of it.
 *
 * @param ended how the run ended
 * @param before perplexity of the validation's answers (of pairs, of the chosen ones) under the model as it was; NaN
 *     without validation
 * @param after the same under the adapter
 * @param preferred share of the validation's pairs whose chosen answer the adapter made likelier against the rejected
 *     one; NaN where there are none
 */
public record TuneResult(TrainingEvent.Ended ended, double before, double after, double preferred) {

    /** Whether there is an adapter to keep. */
    public boolean done() {
        return switch (ended.ending()) {
            case FINISHED, EARLY -> true;
            case CANCELLED, DIVERGED -> false;
        };
    }
}
