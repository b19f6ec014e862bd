package dev.dalang.trust.redact;

/**
 * Long strings of letters and digits that look drawn by lot: keys of vendors that {@link ApiKeys} does not know. They must
 * mix capitals, small letters and digits and carry 4.3 bits a character or more (Shannon's measure); hashes in hexadecimal,
 * UUIDs, paths and embedded files do not count.
 */
final class Entropy implements Detector {
    private static final int MIN = 32;
    private static final int MAX = 256;
    private static final double BITS = 4.3;

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        for (int i = 0; i < text.length; ) {
            if (!part(c[i])) {
                i++;
                continue;
            }
            int start = i;
            while (i < text.length && part(c[i])) i++;
            while (text.at(i) == '=' && i - start < MAX + 2) i++;
            int length = i - start;
            if (length < MIN || length > MAX) continue;
            if (embedded(text, start) || !random(text, start, i)) continue;
            found.add(Kind.SECRET, start, i, "entropy");
        }
    }

    private static boolean part(char c) {
        return Scan.plain(c) || c == '+' || c == '/' || c == '_' || c == '-';
    }

    /** Integrity hashes and data URIs. */
    private static boolean embedded(Scan text, int start) {
        return text.startsWith("sha256-", start)
                || text.startsWith("sha384-", start)
                || text.startsWith("sha512-", start)
                || text.startsWith("AAAA", start) // an SSH public key
                || start >= 7 && text.startsWith("base64,", start - 7)
                || text.at(start - 1) == '.'
                || text.at(start - 1) == '/'
                || text.at(start - 1) == ':' && text.at(start - 2) != ' ' && Scan.alnum(text.at(start - 2));
    }

    private static boolean random(Scan text, int start, int end) {
        int[] counts = new int[128];
        int upper = 0;
        int lower = 0;
        int digits = 0;
        int marks = 0;
        int changes = 0;
        int last = -1;
        for (int i = start; i < end; i++) {
            char c = text.chars[i];
            counts[c]++;
            int kind = Scan.kind(c);
            if (kind == Scan.DIGIT) digits++;
            else if (kind == Scan.LETTER) lower++;
            else if (kind != 0) upper++;
            else marks++;
            if (kind != last) changes++;
            last = kind;
        }
        int n = end - start;
        if (upper < 3 || lower < 3 || digits < 3 || marks > n / 8) return false;
        // Words joined to a name change from one sort of character to another seldom.
        if (changes < n / 3) return false;
        double bits = 0;
        for (int count : counts) {
            if (count == 0) continue;
            double p = (double) count / n;
            bits -= p * Math.log(p) / Math.log(2);
        }
        return bits >= BITS;
    }
}
