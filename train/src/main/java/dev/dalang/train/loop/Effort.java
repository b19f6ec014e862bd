package dev.dalang.train.loop;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * What a run has cost, all its sittings together.
 *
 * @param time by the clock, while it ran
 * @param processor time of all processors that worked on it
 * @param joules energy of the processors' packages, other programs' share included; empty where the machine does not say,
 *     or did not in one of the sittings
 */
public record Effort(Duration time, Duration processor, OptionalDouble joules) {

    public static final Effort NONE = new Effort(Duration.ZERO, Duration.ZERO, OptionalDouble.of(0));

    Effort plus(Effort more) {
        return new Effort(
                time.plus(more.time),
                processor.plus(more.processor),
                joules.isPresent() && more.joules.isPresent()
                        ? OptionalDouble.of(joules.getAsDouble() + more.joules.getAsDouble())
                        : OptionalDouble.empty());
    }
}
