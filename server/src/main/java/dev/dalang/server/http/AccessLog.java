package dev.dalang.server.http;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Told of every request when it is over. Nothing of what was asked or answered is in it. */
@FunctionalInterface
public interface AccessLog {

    Pattern UNPRINTABLE = Pattern.compile("[^\\x21-\\x7e]");

    /**
     * @param id the answer's {@code x-request-id}
     * @param at when the request's headers were read
     * @param route the pattern, or null where there was no such route
     * @param path as it came, without the query, in printable characters
     * @param caller the key's id; empty for nobody
     * @param status of the answer; 499 where the client left before one
     * @param left whether the client left before the end
     */
    record Entry(
            String id,
            Instant at,
            String method,
            @Nullable String route,
            String path,
            String remote,
            String caller,
            int status,
            boolean left,
            long bytes,
            Duration time) {}

    void log(Entry entry);

    /** What may stand in a log of what a stranger sent. */
    static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("?");
    }
}
