package dev.dalang.gateway.provider.bedrock;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.wire.Auth;
import dev.dalang.net.Request;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * AWS's Signature Version 4 ("Create a signed AWS API request" of the IAM guide): a digest of the request, signed with a
 * key that is derived from the secret for a day, a region and a service. The secret itself is never sent.
 */
public final class SigV4 implements Auth {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * Who asks.
     *
     * @param session the token of borrowed credentials, or null
     */
    public record Credentials(
            String accessKey, String secretKey, @Nullable String session) {
        @Override
        public String toString() {
            return "Credentials[" + accessKey + "]";
        }
    }

    private final Credentials credentials;
    private final String region;
    private final String service;
    private final Clock clock;

    public SigV4(Credentials credentials, String region, String service, Clock clock) {
        this.credentials = credentials;
        this.region = region;
        this.service = service;
        this.clock = clock;
    }

    @Override
    public Request sign(Request request) {
        Instant now = clock.instant();
        String time = TIME.format(now);
        Map<String, String> headers = new TreeMap<>();
        headers.put("host", host(request.address()));
        headers.put("x-amz-date", time);
        request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        if (credentials.session() != null) headers.put("x-amz-security-token", credentials.session());
        byte[] body = request.body();
        String authorization =
                authorization(request.method(), request.address(), headers, body == null ? new byte[0] : body, time);
        return request.secret("Authorization", authorization)
                .secret("X-Amz-Date", time)
                .secret("X-Amz-Security-Token", credentials.session());
    }

    @Override
    public String hide(String text) {
        String hidden = text.replace(credentials.secretKey(), "…");
        return credentials.session() == null ? hidden : hidden.replace(credentials.session(), "…");
    }

    /** @param headers that are signed, names in small letters */
    String authorization(String method, URI address, Map<String, String> headers, byte[] body, String time) {
        String canonical = canonical(method, address, headers, body);
        String scope = time.substring(0, 8) + "/" + region + "/" + service + "/aws4_request";
        String toSign = ALGORITHM + "\n" + time + "\n" + scope + "\n" + hex(sha256(bytes(canonical)));
        String signature = hex(hmac(key(time.substring(0, 8)), toSign));
        return ALGORITHM + " Credential=" + credentials.accessKey() + "/" + scope + ", SignedHeaders="
                + String.join(";", headers.keySet()) + ", Signature=" + signature;
    }

    private String canonical(String method, URI address, Map<String, String> headers, byte[] body) {
        StringBuilder out = new StringBuilder(method).append('\n');
        out.append(path(address))
                .append('\n')
                .append(query(address.getRawQuery()))
                .append('\n');
        headers.forEach((name, value) -> out.append(name)
                .append(':')
                .append(value.strip().replaceAll(" +", " "))
                .append('\n'));
        return out.append('\n')
                .append(String.join(";", headers.keySet()))
                .append('\n')
                .append(hex(sha256(body)))
                .toString();
    }

    /** Every part of the path as it is sent, encoded once more, as all services but S3 want it. */
    private static String path(URI address) {
        String raw = address.getRawPath();
        if (raw == null || raw.isEmpty()) return "/";
        StringBuilder out = new StringBuilder();
        for (byte b : bytes(raw)) {
            char c = (char) (b & 0xff);
            if (c == '/') out.append(c);
            else encode(c, out);
        }
        return out.toString();
    }

    private static String query(@Nullable String raw) {
        if (raw == null || raw.isEmpty()) return "";
        List<String> pairs = new ArrayList<>();
        for (String pair : raw.split("&")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            pairs.add(encoded(name) + "=" + encoded(value));
        }
        Collections.sort(pairs);
        return String.join("&", pairs);
    }

    private static String encoded(String part) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes(URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8))) {
            encode((char) (b & 0xff), out);
        }
        return out.toString();
    }

    private static void encode(char c, StringBuilder out) {
        boolean plain = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || "-_.~".indexOf(c) >= 0;
        if (plain) out.append(c);
        else out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
    }

    byte[] key(String day) {
        byte[] key = hmac(bytes("AWS4" + credentials.secretKey()), day);
        key = hmac(key, region);
        key = hmac(key, service);
        return hmac(key, "aws4_request");
    }

    /** As the client writes it: without the scheme's own port. */
    private static String host(URI address) {
        int port = address.getPort();
        boolean usual = port < 0 || port == ("http".equalsIgnoreCase(address.getScheme()) ? 80 : 443);
        return usual ? address.getHost() : address.getHost() + ":" + port;
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new DalangException(new Failure.Internal("this JVM has no HMAC-SHA256"), e);
        }
    }

    private static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException e) {
            throw new DalangException(new Failure.Internal("this JVM has no SHA-256"), e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] data) {
        return HexFormat.of().formatHex(data);
    }
}
