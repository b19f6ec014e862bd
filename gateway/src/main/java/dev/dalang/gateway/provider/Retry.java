package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.NetException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request that failed may be sent again. What a provider refused before it began may; what may have run may
 * not without the caller's word, as it would be paid for twice; what is wrong with the request stays wrong.
 *
 * @param kind what may be done
 * @param after at least this long, where the provider says so
 */
public record Retry(Kind kind, @Nullable Duration after) {

    public enum Kind {
        /** It surely did not run: refused at the door, or never sent. */
        SAFE,
        /** It may have run, in part or whole. */
        MAY_HAVE_RUN,
        /** The same request will fail the same way; another model may take it. */
        USELESS
    }

    /** @param begun the answer's first event was delivered already */
    public static Retry of(DalangException e, boolean begun) {
        Failure failure = e.failure();
        Duration after = failure instanceof Failure.RateLimited r
                ? r.retryAfter()
                : failure instanceof Failure.Overloaded o ? o.retryAfter() : null;
        Kind kind = switch (failure) {
            case Failure.RateLimited f -> begun ? Kind.MAY_HAVE_RUN : Kind.SAFE;
            case Failure.Overloaded f -> begun ? Kind.MAY_HAVE_RUN : Kind.SAFE;
            case Failure.TimedOut f -> neverSent(e) ? Kind.SAFE : Kind.MAY_HAVE_RUN;
            case Failure.Upstream f -> f.isLasting() ? Kind.USELESS : neverSent(e) ? Kind.SAFE : Kind.MAY_HAVE_RUN;
            default -> Kind.USELESS;
        };
        return new Retry(kind, after);
    }

    private static boolean neverSent(DalangException e) {
        return e.getCause() instanceof NetException n && n.neverSent() && n.kind() != NetException.Kind.OFFLINE;
    }
}
