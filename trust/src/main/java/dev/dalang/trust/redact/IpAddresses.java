package dev.dalang.trust.redact;

import java.util.Set;

/** IPv4 in dotted decimals and IPv6 (RFC 4291 section 2.2), not those that say nothing of anybody: loopback, masks, "any". */
final class IpAddresses implements Detector {
    private static final Set<String> VERSION = Set.of(
            "version", "versions", "release", "v", "ver", "versi", "versión", "build", "firmware", "upgrade", "update");

    @Override
    public void find(Scan text, Sink found) {
        v4(text, found);
        v6(text, found);
    }

    private static void v4(Scan text, Sink found) {
        DigitGroups g = text.groups();
        for (int first = 0; first + 3 < g.count(); first++) {
            if (g.separator(first) != '.' || g.separator(first + 1) != '.' || g.separator(first + 2) != '.') continue;
            int start = g.start(first);
            int end = g.end(first + 3);
            char before = text.at(start - 1);
            if (Scan.alnum(before) || before == '_' || before == '.' || before == '-' && Scan.alnum(text.at(start - 2)))
                continue;
            char after = text.at(end);
            if (Scan.alnum(after) || after == '_' || (after == '.' || after == '-') && Scan.alnum(text.at(end + 1)))
                continue;
            if (!octets(g, first) || text.cueBefore(start, 14, VERSION)) continue;
            String dotted = text.string.substring(start, end);
            if (dotted.startsWith("127.") || dotted.startsWith("0.") || dotted.startsWith("255.")) continue;
            found.add(Kind.IP, start, end, "ipv4");
            first += 3;
        }
    }

    private static boolean octets(DigitGroups g, int first) {
        for (int k = first; k < first + 4; k++) {
            if (g.size(k) > 3 || Integer.parseInt(g.digits(k, k)) > 255) return false;
            if (g.size(k) > 1 && g.digits(k, k).charAt(0) == '0') return false;
        }
        return true;
    }

    private static void v6(Scan text, Sink found) {
        char[] c = text.chars;
        for (int i = 0; i < text.length - 3; i++) {
            if (c[i] != ':') continue;
            int start = i;
            while (start > 0 && i - start < 4 && hex(c[start - 1])) start--;
            char before = text.at(start - 1);
            int end = i;
            while (end < text.length && end - start < 46 && (hex(c[end]) || c[end] == ':' || c[end] == '.')) end++;
            int next = end;
            while (end > start && (c[end - 1] == '.' || c[end - 1] == ':' && text.at(end - 2) != ':')) end--;
            if (!Scan.alnum(before)
                    && before != ':'
                    && before != '_'
                    && !Scan.alnum(text.at(next))
                    && text.at(next) != '_'
                    && address(text.string.substring(start, end))) {
                found.add(Kind.IP, start, end, "ipv6");
            }
            i = Math.max(i, next - 1);
        }
    }

    private static boolean hex(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }

    /** Eight groups, or fewer around one {@code ::}; the last two may be an IPv4 address. At least one digit in it. */
    private static boolean address(String s) {
        if (s.equals("::1") || s.equals("::") || s.length() < 6) return false;
        boolean gap = false;
        boolean digit = false;
        int groups = 0;
        int i = 0;
        if (s.startsWith("::")) {
            gap = true;
            i = 2;
        }
        while (i < s.length()) {
            int from = i;
            while (i < s.length() && hex(s.charAt(i))) digit |= Scan.digit(s.charAt(i++));
            if (i < s.length() && s.charAt(i) == '.') {
                groups += 2;
                return s.substring(from).chars().filter(c -> c == '.').count() == 3 && fits(groups, gap);
            }
            if (i == from || i - from > 4) return false;
            groups++;
            if (i == s.length()) break;
            i++;
            if (i < s.length() && s.charAt(i) == ':') {
                if (gap) return false;
                gap = true;
                i++;
            }
        }
        return digit && fits(groups, gap) && (groups > 2 || s.length() > 8);
    }

    private static boolean fits(int groups, boolean gap) {
        return gap ? groups < 8 : groups == 8;
    }
}
