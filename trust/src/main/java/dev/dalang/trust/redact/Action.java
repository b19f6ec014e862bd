package dev.dalang.trust.redact;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What happens to a request that holds something of a kind; in ascending order of strictness. */
public enum Action {
    /** Nobody looks. */
    OFF,
    /** It goes as it is, and the answer says what it held. */
    REPORT,
    /** Placeholders go in its place, and the answer gets the values back. */
    REDACT,
    /** A model on this machine answers instead; without one the request is refused. */
    LOCAL_ONLY,
    /** The request is refused. */
    BLOCK;

    /** For rule files: {@code local_only}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The action of this {@link #word}, or null. */
    public static @Nullable Action of(String word) {
        for (Action a : values()) if (a.word().equals(word)) return a;
        return null;
    }
}
