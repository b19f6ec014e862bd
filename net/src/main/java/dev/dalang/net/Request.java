package dev.dalang.net;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to ask for. {@code GET} and {@code HEAD} are tried again when that may help; {@code POST} is sent once and never
 * follows a redirect, as what it starts may cost money and must not be started twice.
 *
 * @param method {@code GET}, {@code HEAD} or {@code POST}
 * @param address https
 * @param headers sent on every hop
 * @param secrets headers that are sent to the address's own origin alone, and never after a redirect elsewhere
 * @param purpose for the log, like {@code pull hf.co/owner/name}
 * @param maxBytes the longest answer to take, unpacked
 * @param packed the answer may come packed (gzip); never for what is checked byte by byte
 * @param attempts the most there may be, or 0 for what the settings say
 * @param body of a {@code POST}, or null
 * @param patience in place of the settings', or null
 */
@SuppressWarnings("ArrayRecordComponent") // big, and read only by the client
public record Request(
        String method,
        URI address,
        Map<String, String> headers,
        Map<String, String> secrets,
        String purpose,
        long maxBytes,
        boolean packed,
        int attempts,
        byte @Nullable [] body,
        @Nullable Patience patience) {

    public Request {
        headers = Map.copyOf(headers);
        secrets = Map.copyOf(secrets);
    }

    /** A small text, which may come packed. */
    public static Request text(URI address, String purpose, long maxBytes) {
        return new Request("GET", address, Map.of(), Map.of(), purpose, maxBytes, true, 0, null, null);
    }

    /** Bytes as they are. */
    public static Request bytes(URI address, String purpose, long maxBytes) {
        return new Request("GET", address, Map.of(), Map.of(), purpose, maxBytes, false, 0, null, null);
    }

    /** Only the head of the answer. */
    public static Request head(URI address, String purpose) {
        return new Request("HEAD", address, Map.of(), Map.of(), purpose, 0, false, 0, null, null);
    }

    /** Bytes to send, once. The answer comes as it is; {@link #packable} lets it come packed. */
    public static Request post(URI address, byte[] body, String purpose, long maxBytes) {
        return new Request("POST", address, Map.of(), Map.of(), purpose, maxBytes, false, 1, body, null);
    }

    public Request header(String name, String value) {
        return new Request(
                method,
                address,
                with(headers, name, value),
                secrets,
                purpose,
                maxBytes,
                packed,
                attempts,
                body,
                patience);
    }

    /** A header that only the address's own origin may see; nothing is added when the value is null. */
    public Request secret(String name, @Nullable String value) {
        if (value == null) return this;
        return new Request(
                method,
                address,
                headers,
                with(secrets, name, value),
                purpose,
                maxBytes,
                packed,
                attempts,
                body,
                patience);
    }

    /** Bytes {@code from} to {@code to} (exclusive). */
    public Request range(long from, long to) {
        return header("Range", "bytes=" + from + "-" + (to - 1));
    }

    public Request attempts(int most) {
        return new Request(method, address, headers, secrets, purpose, maxBytes, packed, most, body, patience);
    }

    /** The answer may come packed (gzip). */
    public Request packable() {
        return new Request(method, address, headers, secrets, purpose, maxBytes, true, attempts, body, patience);
    }

    public Request patience(Patience other) {
        return new Request(method, address, headers, secrets, purpose, maxBytes, packed, attempts, body, other);
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
