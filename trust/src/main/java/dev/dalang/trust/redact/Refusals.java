package dev.dalang.trust.redact;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;

/** Decides what a redacted request's findings come to as a whole. */
final class Refusals {
    private Refusals() {}

    /**
     * Whether the request must stay on this machine.
     *
     * @throws DalangException with {@link Failure.ContentPolicy} where it may not be answered at all
     */
    static boolean stays(Redactor redactor, String model, boolean localAtHand) {
        RedactionReport report = redactor.report();
        String held = report.counts().isEmpty() ? "an attachment that cannot be looked into" : report.sentence();
        Action verdict = redactor.verdict();
        if (verdict == Action.BLOCK) {
            throw refused(
                    "the request holds " + held + ", which the rules do not let go to " + model + "; take it out");
        }
        if (verdict == Action.LOCAL_ONLY) {
            if (localAtHand) return true;
            throw new DalangException(new Failure.ContentPolicy(
                    "the request holds " + held
                            + ", which the rules keep on this machine; ask a local model instead of " + model,
                    true));
        }
        if (redactor.tokens()) {
            throw refused("the prompt is token ids, which cannot be looked into before they go to " + model
                    + "; send it as text");
        }
        if (redactor.stuck() != null) {
            throw refused("the request holds " + held + ", part of it in " + redactor.stuck()
                    + ", where a placeholder cannot stand; take it out, or ask a local model");
        }
        return false;
    }

    private static DalangException refused(String message) {
        return new DalangException(new Failure.ContentPolicy(message));
    }
}
