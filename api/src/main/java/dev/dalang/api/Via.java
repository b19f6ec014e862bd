package dev.dalang.api;

import org.jspecify.annotations.Nullable;

/**
 * The programs that a request has come through, as HTTP's header of that name lists them (RFC 9110 §7.6.3), this one last: a
 * front end binds it around its call, and who hands the request on over a network sends it along, so that a Dalang which is
 * its own provider, by whatever detour, knows its own request again.
 *
 * <p>It follows the thread, as {@link ResponseFacts} do; where none is bound, the request began here.
 */
public final class Via {

    /** The header's name. */
    public static final String HEADER = "Via";

    private static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

    private Via() {}

    /** What to send along with the request that this thread works on, or null. */
    public static @Nullable String current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** Runs {@code work} with {@code programs} as {@link #current}. */
    public static void during(String programs, Runnable work) {
        ScopedValue.where(CURRENT, programs).run(work);
    }
}
