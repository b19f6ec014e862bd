package dev.dalang.server.web;

import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Routes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The page's files, out of the jar. They hold no secret, so anybody who reaches the server may have them; what they show
 * needs a key.
 *
 * <p>The policy that goes with each lets the page run its own scripts and nothing else: no inline script, no {@code eval},
 * no other host, no frame around it.
 */
final class PageFiles {

    /** Content Security Policy, level 3. {@code data:} is for pictures in styles; a formula's fonts come from here. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            + " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'";

    /** No dots that lead upwards, no hidden files. */
    private static final Pattern NAME =
            Pattern.compile("(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "mjs", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "woff2", "font/woff2");

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record File(String type, byte[] plain, byte @Nullable [] gzip, String tag) {}

    private final Map<String, File> files = new ConcurrentHashMap<>();

    void routes(Routes routes) {
        routes.open("GET", "/index.html", x -> send(x, "index.html"));
        routes.open("GET", "/mark.svg", x -> send(x, "mark.svg"));
        routes.open("GET", "/favicon.ico", x -> send(x, "mark.svg"));
        for (String folder : new String[] {"js", "css", "lib"}) {
            routes.open("GET", "/" + folder + "/{+file}", x -> send(x, folder + "/" + x.pathParameter("file")));
        }
    }

    /** The page itself. */
    void index(Exchange x) {
        send(x, "index.html");
    }

    private void send(Exchange x, String name) {
        File file = file(name);
        if (file == null) {
            x.send(404, "text/plain; charset=utf-8", "not found".getBytes(StandardCharsets.UTF_8));
            return;
        }
        x.responseHeader("Content-Security-Policy", POLICY);
        x.responseHeader("X-Content-Type-Options", "nosniff");
        x.responseHeader("Referrer-Policy", "no-referrer");
        x.responseHeader("Cross-Origin-Opener-Policy", "same-origin");
        x.responseHeader("Cross-Origin-Resource-Policy", "same-origin");
        x.responseHeader("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
        // Asked for each time, answered with the file only when it changed: a new Dalang is seen at once.
        x.responseHeader("Cache-Control", "no-cache");
        x.responseHeader("ETag", file.tag());
        x.responseHeader("Vary", "Accept-Encoding");
        String known = x.header("If-None-Match");
        if (known != null && known.contains(file.tag())) {
            x.send(304, file.type(), new byte[0]);
            return;
        }
        String accepted = x.header("Accept-Encoding");
        byte[] gzip = file.gzip();
        if (gzip != null && accepted != null && accepted.contains("gzip")) {
            x.responseHeader("Content-Encoding", "gzip");
            x.send(200, file.type(), gzip);
        } else {
            x.send(200, file.type(), file.plain());
        }
    }

    private @Nullable File file(String name) {
        File held = files.get(name);
        if (held != null) return held;
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null || !NAME.matcher(name).matches()) return null;
        try (InputStream in = PageFiles.class.getResourceAsStream("page/" + name)) {
            if (in == null) return null;
            byte[] plain = in.readAllBytes();
            File read = new File(type, plain, type.startsWith("font/") ? null : gzip(plain), tag(plain));
            files.put(name, read);
            return read;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private static String tag(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
