package dev.dalang.hub.fetch;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.Abort;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Small answers of hubs, whole and with the failures of the doorway. */
final class Reach {
    private static final int MAX_BYTES = 32_000_000;

    private final Http http;
    private final Cancellation stop;

    /** @param stop breaks off what is asked here, and has it fail as {@linkplain Failures#stopped stopped} */
    Reach(Http http, Cancellation stop) {
        this.http = http;
        this.stop = stop;
    }

    /** @param head for its headers; its body is read already */
    record Answer(int status, byte[] body, Response head) {
        boolean ok() {
            return status == 200;
        }

        @Nullable
        String header(String name) {
            return head.header(name);
        }
    }

    Answer get(URI address, String purpose, Map<String, String> headers, Map<String, String> secrets) {
        Request request = Request.text(address, purpose, MAX_BYTES);
        for (var h : headers.entrySet()) request = request.header(h.getKey(), h.getValue());
        for (var s : secrets.entrySet()) request = request.secret(s.getKey(), s.getValue());
        return send(request);
    }

    /** The first bytes of a file. */
    byte[] beginning(Plan.PlannedFile file, String purpose, int bytes) {
        int wanted = (int) Math.min(bytes, file.bytes());
        if (wanted == 0) return new byte[0];
        Request request = Request.bytes(file.address(), purpose, file.bytes()).range(0, wanted);
        for (var s : file.secrets().entrySet()) request = request.secret(s.getKey(), s.getValue());
        Abort abort = new Abort();
        try (Cancellation.Registration _ = stop.onCancel(abort::abort);
                Response r = http.send(request, abort)) {
            if (r.status() != 206 && r.status() != 200) throw unexpected(file.address(), r.status());
            return r.body().readNBytes(wanted);
        } catch (NetException e) {
            throw Failures.of(e);
        } catch (java.io.IOException e) {
            throw Failures.upstream(String.valueOf(e.getMessage()), 0);
        }
    }

    /** Sends a form, once and to that address alone: a redirect is an answer like others. */
    Answer post(URI address, String form, String purpose) {
        byte[] body = form.getBytes(StandardCharsets.UTF_8);
        return send(Request.post(address, body, purpose, MAX_BYTES)
                .header("Content-Type", "application/x-www-form-urlencoded"));
    }

    Answer head(URI address, String purpose) {
        return send(Request.head(address, purpose));
    }

    private Answer send(Request request) {
        Abort abort = new Abort();
        try (Cancellation.Registration _ = stop.onCancel(abort::abort);
                Response r = http.send(request, abort)) {
            return new Answer(r.status(), r.bytes(), r);
        } catch (NetException e) {
            throw Failures.of(e);
        }
    }

    static DalangException unexpected(URI address, int status) {
        String what = switch (status) {
            case 429 -> "asks for fewer requests (status 429); try again later";
            case 401, 403 -> "does not allow it (status " + status + ")";
            case 404, 410 -> "has no such thing (status " + status + ")";
            default -> "answered with status " + status;
        };
        String message = address.getHost() + " " + what + ": " + address.getPath();
        return status == 429
                ? new DalangException(new Failure.RateLimited(message, null))
                : Failures.upstream(message, status);
    }
}
