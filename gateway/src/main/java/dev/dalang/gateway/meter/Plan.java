package dev.dalang.gateway.meter;

import java.util.List;

/**
 * Who may answer a request.
 *
 * @param targets in no particular order; empty where nobody may
 * @param attempts how many of them may have to be paid for: more than one where a generation that broke off may be run
 *     again
 */
public record Plan(List<Target> targets, int attempts) {
    public Plan {
        targets = List.copyOf(targets);
    }

    /** The one model. */
    public static Plan of(Target target) {
        return new Plan(List.of(target), 1);
    }
}
