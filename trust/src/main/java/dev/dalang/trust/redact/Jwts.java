package dev.dalang.trust.redact;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** JSON web tokens (RFC 7519): three parts in base64url, the first of which is an object that names an algorithm. */
final class Jwts implements Detector {
    private static final int HEADER_MAX = 2048;

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        for (int i = text.string.indexOf("eyJ"); i >= 0; i = text.string.indexOf("eyJ", i)) {
            int header = part(text, i);
            int payload = c.length > header && text.at(header) == '.' ? part(text, header + 1) : -1;
            if (payload < 0 || i > 0 && Scan.alnum(c[i - 1]) || !header(text.string, i, header)) {
                i = Math.max(i + 3, header);
                continue;
            }
            int end = text.at(payload) == '.' ? part(text, payload + 1) : payload;
            found.add(Kind.TOKEN, i, end, "jwt");
            i = end;
        }
    }

    private static int part(Scan text, int from) {
        int i = from;
        while (i < text.length && (Scan.plain(text.chars[i]) || text.chars[i] == '_' || text.chars[i] == '-')) i++;
        return i;
    }

    private static boolean header(String text, int from, int to) {
        if (to - from > HEADER_MAX) return false;
        try {
            byte[] json = Base64.getUrlDecoder().decode(text.substring(from, to));
            return new String(json, StandardCharsets.UTF_8).contains("\"alg\"");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
