package dev.dalang.train.tune;

import dev.dalang.train.loop.ProcessMemory;
import java.time.Duration;

/**
 * What tuning will take, said before it begins.
 *
 * @param preferences whether pairs are learned, not answers
 * @param examples to learn from
 * @param validation examples to measure with
 * @param positions tokens that go through the model in one round
 * @param targets tokens that it learns to say, in one round
 * @param longest positions of the longest example
 * @param rate the highest learning rate
 * @param epochs rounds through the examples
 * @param steps at most; fewer when it stops early
 * @param parameters numbers that learn
 * @param matrices that get an addition
 * @param process what the process has and will take besides
 * @param modelBytes of the weights, which are read in place
 * @param adapterBytes values, gradients and moments of what learns
 * @param activationBytes what a batch sets aside
 * @param stepTime of one step, measured in trials; zero before
 * @param time of all steps and validations; zero before
 */
public record TunePlan(
        boolean preferences,
        int examples,
        int validation,
        long positions,
        long targets,
        int longest,
        double rate,
        double epochs,
        long steps,
        long parameters,
        int matrices,
        ProcessMemory process,
        long modelBytes,
        long adapterBytes,
        long activationBytes,
        Duration stepTime,
        Duration time) {

    TunePlan withTimes(Duration step, Duration all) {
        return new TunePlan(
                preferences,
                examples,
                validation,
                positions,
                targets,
                longest,
                rate,
                epochs,
                steps,
                parameters,
                matrices,
                process,
                modelBytes,
                adapterBytes,
                activationBytes,
                step,
                all);
    }

    /** All memory together. */
    public long bytes() {
        return process.now() + further();
    }

    /** What the process does not have yet. */
    public long further() {
        return process.later() + modelBytes + adapterBytes + activationBytes;
    }
}
