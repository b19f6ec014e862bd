package dev.dalang.gateway.meter;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.NetException;

/** What a failed attempt means for the bill. */
public final class Attempt {
    private Attempt() {}

    /**
     * Whether a provider may charge for an attempt that failed before anything came of it: not where it refused (429, 4xx)
     * or failed itself (5xx), but where it was given up on, or the connection broke, after the request was sent.
     */
    public static boolean mayHaveBeenPaid(DalangException e) {
        boolean brokenOff = e.failure() instanceof Failure.TimedOut
                || e.failure() instanceof Failure.Upstream u && (u.status() == 0 || u.status() == 200);
        return brokenOff && !(e.getCause() instanceof NetException n && n.neverSent());
    }
}
