package dev.dalang.trust.redact;

/** Private keys in PEM (RFC 7468) or OpenPGP armour, from BEGIN to END, or as far as the base64 goes where the END is missing. */
final class PrivateKeys implements Detector {
    private static final String BEGIN = "-----BEGIN ";

    @Override
    public void find(Scan text, Sink found) {
        String s = text.string;
        for (int i = s.indexOf(BEGIN); i >= 0; i = s.indexOf(BEGIN, i)) {
            int close = s.indexOf("-----", i + BEGIN.length());
            if (close < 0) return;
            String label = s.substring(i + BEGIN.length(), Math.min(close, i + BEGIN.length() + 64));
            if (!label.contains("PRIVATE KEY")) {
                i += BEGIN.length();
                continue;
            }
            int body = close + 5;
            int end = body;
            // Headers, blanks and escaped line ends are part of it as much as base64 is.
            while (end < text.length && inside(text.chars[end]) && !s.startsWith("-----", end)) end++;
            if (s.startsWith("-----END ", end)) {
                int last = s.indexOf("-----", end + 9);
                end = last < 0 ? text.length : last + 5;
            } else {
                while (end > body && Scan.space(text.chars[end - 1])) end--;
            }
            found.add(Kind.PRIVATE_KEY, i, end, "pem");
            i = end;
        }
    }

    private static boolean inside(char c) {
        return Scan.plain(c) || "+/=\n\r \t\\:,.-()".indexOf(c) >= 0;
    }
}
