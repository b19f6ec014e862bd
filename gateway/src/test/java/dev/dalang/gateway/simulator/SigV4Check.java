package dev.dalang.gateway.simulator;

import com.sun.net.httpserver.HttpExchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What AWS does with a signed request: puts the signature together from what arrived, and compares ("Signature Version 4 for
 * API requests" of the IAM guide). Written from the guide and apart from the code that signs, with AWS's own SDK as its judge.
 */
final class SigV4Check {
    private static final Pattern AUTHORIZATION =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
                    + "SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Duration CLOCKS_APART = Duration.ofMinutes(5);

    /** Why a request is turned away: AWS's name for it, and a message. */
    record Wrong(String kind, String message) {}

    private final String accessKey;
    private final String secret;
    private final String service;

    SigV4Check(String accessKey, String secret, String service) {
        this.accessKey = accessKey;
        this.secret = secret;
        this.service = service;
    }

    /** Null where all is right. */
    Wrong check(HttpExchange x, byte[] body) {
        Map<String, String> headers = new TreeMap<>();
        x.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
        Matcher m = AUTHORIZATION.matcher(headers.getOrDefault("authorization", ""));
        if (!m.matches()) return new Wrong("IncompleteSignatureException", "Authorization is not of the form of AWS");
        String time = headers.getOrDefault("x-amz-date", "");
        String scope = m.group(2) + "/" + m.group(3) + "/" + service + "/aws4_request";
        if (!m.group(1).equals(accessKey)) {
            return new Wrong("UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        if (!m.group(4).equals(service)) {
            return new Wrong(
                    "InvalidSignatureException", "Credential should be scoped to correct service: '" + service + "'.");
        }
        if (!fresh(time) || !time.startsWith(m.group(2))) {
            return new Wrong("InvalidSignatureException", "Signature expired or not yet current: " + time);
        }
        List<String> signed = List.of(m.group(5).split(";"));
        String unsigned = unsigned(headers, signed);
        if (unsigned != null) {
            return new Wrong("InvalidSignatureException", "'" + unsigned + "' must be a 'SignedHeader'");
        }
        String hash = hex(sha256(body));
        if (!headers.getOrDefault("x-amz-content-sha256", hash).equals(hash)) {
            return new Wrong("InvalidSignatureException", "x-amz-content-sha256 is not that of the body");
        }
        String canonical = canonical(x, headers, signed, hash);
        String toSign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hex(sha256(bytes(canonical)));
        byte[] key = bytes("AWS4" + secret);
        for (String part : scope.split("/")) key = hmac(key, part);
        if (hex(hmac(key, toSign)).equals(m.group(6))) return null;
        return new Wrong(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. The Canonical String for"
                        + " this request should have been\n'" + canonical + "'");
    }

    private static boolean fresh(String time) {
        try {
            Duration apart = Duration.between(TIME.parse(time, Instant::from), Instant.now());
            return apart.abs().compareTo(CLOCKS_APART) <= 0;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /** A header that must be signed and is not, or one that is said to be signed and is not there. */
    private static String unsigned(Map<String, String> headers, List<String> signed) {
        for (String name : headers.keySet()) {
            boolean must = name.equals("host") || name.equals("content-type") || name.startsWith("x-amz-");
            if (must && !signed.contains(name)) return name;
        }
        for (String name : signed) if (!headers.containsKey(name)) return name;
        return new ArrayList<>(new TreeSet<>(signed)).equals(signed) ? null : "SignedHeaders in order";
    }

    private static String canonical(HttpExchange x, Map<String, String> headers, List<String> signed, String hash) {
        StringBuilder out = new StringBuilder(x.getRequestMethod()).append('\n');
        String[] parts = x.getRequestURI().getRawPath().split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i > 0) out.append('/');
            out.append(encoded(parts[i]));
        }
        out.append('\n').append(query(x.getRequestURI().getRawQuery())).append('\n');
        for (String name : signed) {
            String value = headers.get(name).strip().replaceAll(" {2,}", " ");
            out.append(name).append(':').append(value).append('\n');
        }
        return out.append('\n')
                .append(String.join(";", signed))
                .append('\n')
                .append(hash)
                .toString();
    }

    private static String query(String raw) {
        TreeMap<String, List<String>> values = new TreeMap<>();
        for (String pair : raw == null || raw.isEmpty() ? new String[0] : raw.split("&")) {
            String[] two = pair.split("=", 2);
            values.computeIfAbsent(encoded(decoded(two[0])), n -> new ArrayList<>())
                    .add(encoded(decoded(two.length < 2 ? "" : two[1])));
        }
        List<String> pairs = new ArrayList<>();
        values.forEach((name, all) -> all.stream().sorted().forEach(v -> pairs.add(name + "=" + v)));
        return String.join("&", pairs);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes(text)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
            if (plain) out.append((char) b);
            else out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
        }
        return out.toString();
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] data) {
        return HexFormat.of().formatHex(data);
    }
}
