package dev.dalang.server.guard;

import dev.dalang.server.guard.Guard.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The one reading of all places where a client may put its key. */
final class Credentials {

    /** Of OpenAI's, Anthropic's, Azure's and Google's clients. */
    static final List<String> HEADERS = List.of("authorization", "x-api-key", "api-key", "x-goog-api-key");

    private Credentials() {}

    /**
     * The key in the headers; null when there is none. Several that differ count as a wrong one: what one check sees
     * another could overlook.
     */
    static @Nullable String key(RequestHead head) {
        List<String> found = new ArrayList<>();
        for (String name : HEADERS) {
            for (String value : head.headers(name))
                found.add(name.equals("authorization") ? bearer(value) : value.strip());
        }
        if (found.isEmpty()) return null;
        for (String other : found) if (!Secrets.same(other, found.getFirst())) return "";
        return found.getFirst();
    }

    /** RFC 6750; another scheme is a key that nobody has. */
    private static String bearer(String value) {
        String text = value.strip();
        int space = text.indexOf(' ');
        boolean bearer =
                space > 0 && text.substring(0, space).toLowerCase(Locale.ROOT).equals("bearer");
        return bearer ? text.substring(space + 1).strip() : "";
    }

    /** The session's cookie; null when there is none. */
    static @Nullable String session(RequestHead head) {
        for (String header : head.headers("cookie")) {
            String value = session(header);
            if (value != null) return value;
        }
        return null;
    }

    /** The session in one Cookie header; null when there is none. */
    static @Nullable String session(String cookies) {
        for (String part : cookies.split(";")) {
            String pair = part.strip();
            if (pair.startsWith(Sessions.COOKIE + "=")) return pair.substring(Sessions.COOKIE.length() + 1);
        }
        return null;
    }
}
