package dev.dalang.engine.generate;

import java.time.Duration;

/** How fast tokens go through, for telling who is turned away when to come back. */
final class SchedulerSpeed {

    private static final double NEWEST = 0.1;
    private static final long LEAST_SECONDS = 1;
    private static final long MOST_SECONDS = 300;

    private double nanosPerToken = 1e6;

    void saw(int tokens, long nanos) {
        nanosPerToken += NEWEST * ((double) nanos / tokens - nanosPerToken);
    }

    /** Whole seconds, between one and five minutes. */
    Duration timeFor(long tokens) {
        double seconds = Math.ceil(tokens * nanosPerToken / 1e9);
        return Duration.ofSeconds(Math.clamp((long) seconds, LEAST_SECONDS, MOST_SECONDS));
    }
}
