package dev.dalang.engine.template;

import java.time.Clock;
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
    public static final RenderOptions DEFAULT =
            new RenderOptions(Clock.system(ZoneId.systemDefault()), 10_000_000, 1_000, 32 << 20);

    public RenderOptions {
        if (maxSteps < 1 || maxDepth < 1 || maxOutputChars < 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }

    public RenderOptions withClock(Clock frozen) {
        return new RenderOptions(frozen, maxSteps, maxDepth, maxOutputChars);
    }
}
