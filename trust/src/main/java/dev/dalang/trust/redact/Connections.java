package dev.dalang.trust.redact;

/** Addresses with a password in them: {@code scheme://user:password@host…} (RFC 3986 section 3.2.1). */
final class Connections implements Detector {
    private static final int USER_INFO_MAX = 256;
    private static final int REST_MAX = 1024;

    @Override
    public void find(Scan text, Sink found) {
        String s = text.string;
        for (int i = s.indexOf("://"); i >= 0; i = s.indexOf("://", i + 3)) {
            int start = i;
            while (start > 0
                    && i - start < 32
                    && (Scan.plain(s.charAt(start - 1)) || "+.-:".indexOf(s.charAt(start - 1)) >= 0)) {
                start--;
            }
            if (start == i) continue;
            int at = at(s, i + 3);
            if (at < 0) continue;
            int end = at + 1;
            while (end < s.length() && end - at < REST_MAX && !ends(s.charAt(end))) end++;
            while (end > at + 1 && ".,;:!?)]}'\"".indexOf(s.charAt(end - 1)) >= 0) end--;
            if (end > at + 1) found.add(Kind.CONNECTION, start, end, "url.password");
            i = end - 3;
        }
    }

    /** Where the @ after {@code user:password} stands, or -1: not before a slash, and not with a variable for a password. */
    private static int at(String s, int from) {
        int colon = -1;
        for (int i = from; i < s.length() && i - from < USER_INFO_MAX; i++) {
            char c = s.charAt(i);
            if (c == ':' && colon < 0) colon = i;
            if (c == '@') return colon >= 0 && i > colon + 1 && !variable(s, colon + 1) ? i : -1;
            if (ends(c) || c == '/' || c == '?' || c == '#' && colon < 0) return -1;
        }
        return -1;
    }

    static boolean variable(String s, int at) {
        return s.startsWith("$", at)
                || s.startsWith("{", at)
                || s.startsWith("<", at)
                || s.startsWith("%s", at)
                || s.startsWith("***", at)
                || s.startsWith("[", at);
    }

    private static boolean ends(char c) {
        return c <= ' '
                || c == '"'
                || c == '\''
                || c == '<'
                || c == '>'
                || c == '`'
                || c == '\u00A0'
                || c == '|'
                || c == '\\';
    }
}
