package dev.dalang.trust.redact;

import java.util.Set;

/** Payment cards: an issuer's first digits, the length that goes with them, the usual grouping, and Luhn's sum. */
final class Cards implements Detector {

    private static final Set<String> GROUPINGS = Set.of(
            "4 4 4 4",
            "4 6 5",
            "4 6 4",
            "4 4 4 4 3",
            "4 4 5",
            "13",
            "14",
            "15",
            "16",
            "17",
            "18",
            "19",
            "6 13",
            "8 8",
            "4 12");

    @Override
    public void find(Scan text, Sink found) {
        DigitGroups g = text.groups();
        for (int first = 0; first < g.count(); first++) {
            if (g.gluedLeft(first) || g.size(first) < 4) continue;
            int last = longest(g, first);
            if (last < 0) continue;
            found.add(Kind.CARD, g.start(first), g.end(last), "card");
            first = last;
        }
    }

    /** The last group of the longest card that begins with group {@code first}, or -1. */
    private static int longest(DigitGroups g, int first) {
        StringBuilder grouping = new StringBuilder(12);
        int total = 0;
        int best = -1;
        char separator = 0;
        for (int last = first; last < g.count() && last < first + 5; last++) {
            if (last > first) {
                char between = g.separator(last - 1);
                if (between == 0 || between == '/' || between == '(' || between == ')') break;
                if (separator != 0 && between != separator) break;
                separator = between;
                grouping.append(' ');
            }
            total += g.size(last);
            if (total > 19) break;
            grouping.append(g.size(last));
            if (total < 13 || g.gluedRight(last) && !joined(g, last)) continue;
            String digits = g.digits(first, last);
            if (GROUPINGS.contains(grouping.toString()) && issued(digits) && CheckDigits.luhn(digits)) best = last;
        }
        return best;
    }

    private static boolean joined(DigitGroups g, int last) {
        return g.separator(last) == '-';
    }

    /** ISO/IEC 7812 issuer ranges as the schemes publish them. */
    static boolean issued(String d) {
        int n = d.length();
        int two = CheckDigits.pair(d, 0);
        int four = two * 100 + CheckDigits.pair(d, 2);
        if (CheckDigits.allSame(d)) return false;
        if (d.charAt(0) == '4') return n == 13 || n == 16 || n == 19; // Visa
        if (two >= 51 && two <= 55 || four >= 2221 && four <= 2720) return n == 16; // Mastercard
        if (two == 34 || two == 37) return n == 15; // American Express
        if (two == 36 || two == 38 || two == 39 || four >= 3000 && four <= 3059) return n >= 14; // Diners Club
        if (four >= 3528 && four <= 3589) return n >= 16; // JCB
        if (four == 6011 || two == 65 || four >= 6440 && four <= 6499) return n >= 16; // Discover
        if (two == 62 || two == 81) return n >= 16; // UnionPay
        return (four == 5018
                        || four == 5020
                        || four == 5038
                        || four == 5893
                        || four == 6304
                        || four >= 6759 && four <= 6763)
                && n >= 13; // Maestro
    }
}
