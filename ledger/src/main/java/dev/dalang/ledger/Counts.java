package dev.dalang.ledger;

import java.util.Locale;

/** How the tokens of a request are known. */
public enum Counts {
    /** Nothing was sent, so there are none. */
    NONE,
    /** The model said so. */
    EXACT,
    /** Counted by us: the answer broke off before the model could say. */
    ESTIMATED,
    /** The most that it can have been. */
    WORST,
    /** The provider's invoice said so. */
    INVOICED;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Counts of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
