package dev.dalang.server.http;

import dev.dalang.api.Failure;
import dev.dalang.api.Via;
import java.util.List;
import java.util.UUID;

/**
 * Knows a request again that this server has sent out itself, to a provider that is this server: it would go round until
 * something breaks, and be billed each time.
 */
final class Hops {

    private static final int MOST_CHARACTERS = 1024;

    /** The name of this server and of no other; until it ends. */
    private final String own = "dalang-" + UUID.randomUUID().toString().substring(0, 13);

    /**
     * Runs {@code work} so that what it sends out says that it came through here.
     *
     * @param via the request's headers of that name
     */
    void during(List<String> via, Runnable work) {
        String before = String.join(", ", via).replaceAll("[^ -~]", "?");
        // Others' names are there for them; who sends too many is not sent back their own.
        boolean told = !before.isEmpty() && before.length() <= MOST_CHARACTERS;
        Via.during((told ? before + ", " : "") + "1.1 " + own, work);
    }

    /** @throws StatusException 508 (RFC 5842 §7.2) when it came through here before */
    void check(List<String> via) {
        if (via.stream().noneMatch(v -> v.contains(own))) return;
        throw new StatusException(
                Failure.Upstream.LOOP,
                "this request comes from this server itself: the provider that it was sent to is this Dalang, or leads back"
                        + " to it; `dalang providers list` tells their addresses");
    }
}
