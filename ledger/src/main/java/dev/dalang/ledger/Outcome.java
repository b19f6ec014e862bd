package dev.dalang.ledger;

import java.util.Locale;

/** What became of a request. */
public enum Outcome {
    /** Under way: written before the call. */
    OPEN,
    /** Answered to the end. */
    DONE,
    /** The caller left, or a limit cut the answer. */
    CANCELLED,
    /** The model failed, before or in the answer. */
    FAILED,
    /** Never sent: a budget or limit forbade it. */
    REFUSED,
    /** The process that asked died in between; accounted at the worst case until an invoice says better. */
    LOST;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Outcome of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
