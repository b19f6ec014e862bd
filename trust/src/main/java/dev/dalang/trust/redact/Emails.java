package dev.dalang.trust.redact;

import java.util.Locale;
import java.util.Set;

/**
 * E-mail addresses: a local part (RFC 5321's limit of 64, with letters of any script, RFC 6531) before the @, a domain of
 * at least two labels behind it.
 */
final class Emails implements Detector {
    private static final int LOCAL_MAX = 64;
    private static final int DOMAIN_MAX = 255;

    /** Endings that files have and domains have not: {@code icon@2x.png}. */
    private static final Set<String> FILES = Set.of(
            "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "html", "pdf", "tar", "gz", "json");

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        for (int at = 1; at < text.length - 3; at++) {
            if (c[at] != '@') continue;
            int start = at;
            while (start > 0 && at - start < LOCAL_MAX && local(c[start - 1])) start--;
            while (start < at && (c[start] == '.' || c[start] == '-' || c[start] == '\'')) start++;
            int end = domain(text, at + 1);
            if (start == at || end < 0 || c[at - 1] == '.') continue;
            // In an address of the web it is a user, not a mailbox.
            if (text.at(start - 1) == '/' && text.at(start - 2) == '/') continue;
            // git@host:path is an account that everybody shares; user:password@host is a connection string's affair.
            if (text.at(end) == ':' && at - start == 3 && text.startsWith("git", start)) continue;
            found.add(Kind.EMAIL, start, end, "email");
            at = end - 1;
        }
    }

    private static boolean local(char c) {
        return c < 128
                ? Scan.plain(c) || "._%+-'!#$&*=?^`{|}~".indexOf(c) >= 0 && c != '`' && c != '|' && c != '{' && c != '}'
                : Scan.alnum(c);
    }

    /** The end of the domain that begins at {@code from}, or -1. */
    private static int domain(Scan text, int from) {
        int label = from;
        int i = from;
        for (; i < text.length && i - from < DOMAIN_MAX; i++) {
            char c = text.chars[i];
            if (Scan.alnum(c) || c == '-' && i > label) continue;
            if (c != '.' || i == label) break;
            label = i + 1;
        }
        // Without a dot, hyphen or other mark that ends the sentence.
        int stop = i;
        while (stop > from && (text.chars[stop - 1] == '.' || text.chars[stop - 1] == '-')) stop--;
        int dot = stop - 1;
        while (dot > from && text.chars[dot] != '.') dot--;
        if (dot <= from || stop - dot < 3) return -1;
        // What follows the letters of the last label ("a@example.com42") is no part of it.
        for (int k = dot + 1; k < stop && !punycode(text, dot + 1); k++) {
            if (!Scan.letter(text.chars[k])) stop = k;
        }
        if (stop - dot < 3) return -1;
        String top = text.string.substring(dot + 1, stop).toLowerCase(Locale.ROOT);
        return FILES.contains(top) ? -1 : stop;
    }

    private static boolean punycode(Scan text, int at) {
        return text.startsWith("xn--", at);
    }
}
