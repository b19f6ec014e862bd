package dev.dalang.gateway.provider.wire;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.Abort;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.Patience;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The line to one provider: its address, who asks, how patiently; answers that are none become failures. */
public final class Line {
    private static final long MAX_STREAM_BYTES = 1L << 30;
    private static final long MAX_TEXT_BYTES = 128L << 20;
    private static final int MAX_ERROR_BYTES = 64 << 10;
    /** {@code 1s}, {@code 6m0s}, {@code 20ms}: how OpenAI says when a limit opens again. */
    private static final Pattern RESET =
            Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,5})m(?!s))?(?:(\\d{1,6}(?:\\.\\d{1,6})?)s)?(?:(\\d{1,9})ms)?");

    private final Http http;
    private final String provider;
    private final URI base;
    private final Auth auth;
    private final Map<String, String> headers;
    private final Patience patience;
    private final Refusals refusals;

    public Line(Http http, String provider, URI base, Auth auth, Map<String, String> headers, Patience patience) {
        this.http = http;
        this.provider = provider;
        this.base = base;
        this.auth = auth;
        this.headers = Map.copyOf(headers);
        this.patience = patience;
        this.refusals = new Refusals(provider, auth::hide);
    }

    public Refusals refusals() {
        return refusals;
    }

    public String provider() {
        return provider;
    }

    /** Sends, once. The answer has a good status; it must be closed. */
    public Response post(Outgoing out, String model, boolean stream, @Nullable Duration within, Abort abort) {
        URI address = at(out.path());
        Request request = Request.post(
                        address,
                        Json.bytes(out.body()),
                        "chat " + provider + "/" + model,
                        stream ? MAX_STREAM_BYTES : MAX_TEXT_BYTES)
                .patience(within == null ? patience : patience.within(within))
                .header("Content-Type", "application/json");
        if (!stream) request = request.packable();
        for (Map.Entry<String, String> h : out.headers().entrySet()) request = request.header(h.getKey(), h.getValue());
        return sent(request, model, abort);
    }

    /** A small JSON text. */
    public String get(String path) {
        Request request = Request.text(at(path), "models of " + provider, MAX_TEXT_BYTES);
        try (Response response = sent(request, "", new Abort())) {
            return new String(response.bytes(), StandardCharsets.UTF_8);
        } catch (NetException e) {
            throw failed(e);
        }
    }

    private Response sent(Request request, String model, Abort abort) {
        for (Map.Entry<String, String> h : headers.entrySet()) request = request.header(h.getKey(), h.getValue());
        try {
            Response response = http.send(auth.sign(request), abort);
            if (response.ok()) return response;
            try (response) {
                throw refusals.of(response.status(), beginning(response), wait(response), model);
            }
        } catch (NetException e) {
            throw failed(e);
        }
    }

    /** What the connection's failure is at the doorway. */
    public DalangException failed(IOException e) {
        if (!(e instanceof NetException n)) {
            return new DalangException(
                    new Failure.Upstream(provider + ": " + refusals.line(String.valueOf(e.getMessage())), 0), e);
        }
        String said = provider + ": " + refusals.line(String.valueOf(n.getMessage()));
        return new DalangException(
                switch (n.kind()) {
                    case TIMEOUT, STALLED -> new Failure.TimedOut(said);
                    case OFFLINE, HOST_NOT_ALLOWED, PRIVATE_ADDRESS -> new Failure.PermissionDenied(said);
                    default -> new Failure.Upstream(said, 0);
                },
                n);
    }

    /** A model's name as one part of a path (RFC 3986 §3.3): whatever it holds, it stays that part. */
    public static String segment(String name) {
        StringBuilder out = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain =
                    c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || "-_.~".indexOf(c) >= 0;
            if (plain) out.append(c);
            else out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        String text = out.toString();
        // These two would be taken for a way through the folders.
        return text.equals(".") || text.equals("..") ? text.replace(".", "%2E") : text;
    }

    private URI at(String path) {
        try {
            return URI.create(base + path);
        } catch (IllegalArgumentException e) {
            throw DalangException.invalidRequest(
                    "the model's name cannot be part of an address: " + refusals.line(path), "model");
        }
    }

    private static String beginning(Response response) throws NetException {
        try {
            return new String(response.body().readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8);
        } catch (NetException e) {
            throw e;
        } catch (IOException e) {
            return "";
        }
    }

    /** When to come back, as the answer's headers say it. */
    private static @Nullable Duration wait(Response response) {
        String millis = response.header("retry-after-ms");
        if (millis != null && millis.matches("\\d{1,9}")) return Duration.ofMillis(Long.parseLong(millis));
        Duration asked = response.retryAfter(Instant.now());
        if (asked != null || response.status() != 429) return asked;
        Duration longest = null;
        for (String kind : new String[] {"requests", "tokens"}) {
            if (!"0".equals(response.header("x-ratelimit-remaining-" + kind))) continue;
            Duration reset = reset(response.header("x-ratelimit-reset-" + kind));
            if (reset != null && (longest == null || reset.compareTo(longest) > 0)) longest = reset;
        }
        return longest;
    }

    static @Nullable Duration reset(@Nullable String text) {
        Matcher m = text == null || text.isBlank() ? null : RESET.matcher(text.strip());
        if (m == null || !m.matches()) return null;
        double seconds = 0;
        if (m.group(1) != null) seconds += 3600.0 * Integer.parseInt(m.group(1));
        if (m.group(2) != null) seconds += 60.0 * Integer.parseInt(m.group(2));
        if (m.group(3) != null) seconds += Double.parseDouble(m.group(3));
        if (m.group(4) != null) seconds += Long.parseLong(m.group(4)) / 1000.0;
        return Duration.ofMillis(Math.round(seconds * 1000));
    }
}
