package dev.dalang.engine.template;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;

/**
 * The surroundings of one rendering.
 *
 * @param clock what {@code strftime_now} reads, with its zone
 * @param maxSteps work allowed: one step per node evaluated, per element visited and per 16 characters copied; each
 *     character of the context adds 64 more, so that long conversations have room
 * @param maxDepth nested evaluations (expressions, blocks, macro calls) allowed
 * @param maxOutputChars longest text, in UTF-16 units, that any one string or the output may reach
 */
public record RenderOptions(Clock clock, long maxSteps, int maxDepth, int maxOutputChars) {

    /** Ends a hostile template within about a second; real ones stay far below. */
    public static final RenderOptions DEFAULT = new RenderOptions(new LocalClock(), 10_000_000, 1_000, 32 << 20);

    public RenderOptions {
        if (maxSteps < 1 || maxDepth < 1 || maxOutputChars < 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }

    /** The system's, with a zone that is looked up by who asks for it: that takes a tenth of a second, and few templates do. */
    private static final class LocalClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneId.systemDefault();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return Clock.system(zone);
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }
    }

    public RenderOptions withClock(Clock frozen) {
        return new RenderOptions(frozen, maxSteps, maxDepth, maxOutputChars);
    }
}
