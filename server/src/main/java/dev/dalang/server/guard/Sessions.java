package dev.dalang.server.guard;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Browsers that have signed in, and links that let them. Each stands for a key, and is good as long as that is. Only hashes
 * are kept, in memory: who restarts the server signs in again.
 */
public final class Sessions {
    /** The cookie that holds a session. */
    public static final String COOKIE = "dalang_session";

    public static final Duration SESSION = Duration.ofDays(30);
    public static final Duration LINK = Duration.ofHours(1);
    private static final int MOST = 10_000;

    private record Entry(String keyId, Instant until) {}

    private final Clock clock;
    private final Map<String, Entry> links = new LinkedHashMap<>();
    private final Map<String, Entry> sessions = new LinkedHashMap<>();

    public Sessions(Clock clock) {
        this.clock = clock;
    }

    /** A token for one sign-in, within {@link #LINK}. */
    public synchronized String newLink(String keyId) {
        return put(links, keyId, LINK);
    }

    /** Takes a link's token; the session's, or null when there is no such link any more. */
    public synchronized @Nullable String signIn(String token) {
        Entry e = links.remove(Secrets.hash(token));
        return e == null || !clock.instant().isBefore(e.until) ? null : put(sessions, e.keyId, SESSION);
    }

    /** A session for a key that was shown. */
    synchronized String open(String keyId) {
        return put(sessions, keyId, SESSION);
    }

    synchronized void signOut(String session) {
        sessions.remove(Secrets.hash(session));
    }

    /** The key that a session stands for, or null. */
    synchronized @Nullable String keyOf(String session) {
        Entry e = sessions.get(Secrets.hash(session));
        return e == null || !clock.instant().isBefore(e.until) ? null : e.keyId;
    }

    private String put(Map<String, Entry> map, String keyId, Duration good) {
        Instant now = clock.instant();
        map.values().removeIf(e -> !now.isBefore(e.until));
        Iterator<String> oldest = map.keySet().iterator();
        if (map.size() >= MOST) {
            oldest.next();
            oldest.remove();
        }
        String token = Secrets.newToken();
        map.put(Secrets.hash(token), new Entry(keyId, now.plus(good)));
        return token;
    }
}
