package dev.dalang.net;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to ask for. Requests are retried, so only what may be asked twice is asked: {@code GET} and {@code HEAD}.
 *
 * @param method {@code GET} or {@code HEAD}
 * @param address https
 * @param headers sent on every hop
 * @param secrets headers that are sent to the address's own origin alone, and never after a redirect elsewhere
 * @param purpose for the log, like {@code pull hf.co/owner/name}
 * @param maxBytes the longest answer to take, unpacked
 * @param packed the answer may come packed (gzip); never for what is checked byte by byte
 * @param attempts the most there may be, or 0 for what the settings say
 */
public record Request(
        String method,
        URI address,
        Map<String, String> headers,
        Map<String, String> secrets,
        String purpose,
        long maxBytes,
        boolean packed,
        int attempts) {

    public Request {
        headers = Map.copyOf(headers);
        secrets = Map.copyOf(secrets);
    }

    /** A small text, which may come packed. */
    public static Request text(URI address, String purpose, long maxBytes) {
        return new Request("GET", address, Map.of(), Map.of(), purpose, maxBytes, true, 0);
    }

    /** Bytes as they are. */
    public static Request bytes(URI address, String purpose, long maxBytes) {
        return new Request("GET", address, Map.of(), Map.of(), purpose, maxBytes, false, 0);
    }

    /** Only the head of the answer. */
    public static Request head(URI address, String purpose) {
        return new Request("HEAD", address, Map.of(), Map.of(), purpose, 0, false, 0);
    }

    public Request header(String name, String value) {
        return new Request(method, address, with(headers, name, value), secrets, purpose, maxBytes, packed, attempts);
    }

    /** A header that only the address's own origin may see; nothing is added when the value is null. */
    public Request secret(String name, @Nullable String value) {
        if (value == null) return this;
        return new Request(method, address, headers, with(secrets, name, value), purpose, maxBytes, packed, attempts);
    }

    /** Bytes {@code from} to {@code to} (exclusive). */
    public Request range(long from, long to) {
        return header("Range", "bytes=" + from + "-" + (to - 1));
    }

    public Request attempts(int most) {
        return new Request(method, address, headers, secrets, purpose, maxBytes, packed, most);
    }

    private static Map<String, String> with(Map<String, String> map, String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(map);
        more.put(name, value);
        return more;
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return method + " " + EgressLog.shown(address);
    }
}
