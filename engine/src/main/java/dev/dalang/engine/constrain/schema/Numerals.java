package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.CharClass;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * The decimal numerals of a {@link NumberSet}, as JSON writes them (RFC 8259, section 6). Exponents are among them where
 * they cannot break a promise: without divisors, and with no bound but zero.
 */
final class Numerals {

    /** A divisor's remainders are states. */
    private static final int MAX_DIVISOR = 20_000;

    private static final TextDfa DECIMAL = Regex.whole("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
    private static final TextDfa INTEGER = Regex.whole("-?(0|[1-9][0-9]*)(\\.0+)?");
    private static final TextDfa PLAIN_INTEGER = Regex.whole("-?(0|[1-9][0-9]*)");
    private static final TextDfa SCIENTIFIC = Regex.whole("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,4})?");
    private static final TextDfa NEGATIVE = Regex.whole("-.*");
    private static final TextDfa ZERO = Regex.whole("-?0(\\.0+)?([eE].*)?");

    private final boolean plainIntegers;
    private final Map<NumberSet, TextDfa> known = new HashMap<>();

    /** @param plainIntegers write integers without a fraction of zeros */
    Numerals(boolean plainIntegers) {
        this.plainIntegers = plainIntegers;
    }

    TextDfa of(NumberSet set) {
        TextDfa dfa = known.get(set);
        if (dfa == null) {
            dfa = build(set);
            known.put(set, dfa);
        }
        return dfa;
    }

    private TextDfa build(NumberSet s) {
        boolean bare =
                s.divisors().isEmpty() && s.nonDivisors().isEmpty() && s.holes().isEmpty();
        boolean bounded = (s.min() != null && s.min().signum() != 0)
                || (s.max() != null && s.max().signum() != 0);
        if (bare && !bounded && s.kind() == NumberSet.Kind.ANY) return bySign(s);
        TextDfa dfa = switch (s.kind()) {
            case ANY -> DECIMAL;
            case INTEGER -> plainIntegers ? PLAIN_INTEGER : INTEGER;
            case FRACTION -> DECIMAL.minus(INTEGER);
        };
        if (s.min() != null) dfa = dfa.and(compared(s.min(), s.minOpen() ? 1 : 0, 1));
        if (s.max() != null) dfa = dfa.and(compared(s.max(), -1, s.maxOpen() ? -1 : 0));
        for (BigDecimal d : s.divisors()) dfa = dfa.and(multiples(d));
        for (BigDecimal d : s.nonDivisors()) dfa = dfa.minus(multiples(d));
        for (BigDecimal h : s.holes()) dfa = dfa.minus(compared(h, 0, 0));
        return plainIntegers && s.isPoint() ? plain(dfa) : dfa;
    }

    /** A single number, like one of an {@code enum}: without a fraction of zeros where it is an integer. */
    private static TextDfa plain(TextDfa point) {
        TextDfa integer = point.and(PLAIN_INTEGER);
        return integer.isEmpty() ? point : integer;
    }

    private static TextDfa bySign(NumberSet s) {
        TextDfa dfa = SCIENTIFIC;
        if (s.min() != null) dfa = dfa.minus(NEGATIVE);
        if (s.max() != null) dfa = dfa.and(NEGATIVE.or(ZERO));
        if (s.min() != null && s.minOpen() || s.max() != null && s.maxOpen()) dfa = dfa.minus(ZERO);
        return dfa;
    }

    /**
     * The numerals whose order with respect to {@code bound} (-1 below, 0 equal, 1 above) lies in {@code from .. to}.
     *
     * <p>Without leading zeros a longer integer part is the larger one; of equal length, the first different digit
     * decides. So the states are: how many digits were read, and the order so far.
     */
    private static TextDfa compared(BigDecimal bound, int from, int to) {
        String plain = bound.abs().toPlainString();
        int point = plain.indexOf('.');
        String whole = point < 0 ? plain : plain.substring(0, point);
        String fraction = point < 0 ? "" : plain.substring(point + 1);
        Builder b = new Builder(whole, fraction);
        boolean negative = bound.signum() < 0;
        // A numeral of the bound's own sign is compared by size; of the other sign, only zero may equal zero.
        int[] same = {negative ? -to : from, negative ? -from : to};
        TextDfa bySize = b.build(same[0], same[1]);
        int other = negative ? 1 : -1;
        boolean others = from <= other && other <= to;
        TextDfa unsigned = negative ? (others ? DECIMAL.minus(NEGATIVE) : TextDfa.EMPTY) : bySize;
        TextDfa signed = negative ? withMinus(bySize) : withMinus(others ? DECIMAL.minus(NEGATIVE) : TextDfa.EMPTY);
        TextDfa all = unsigned.or(signed);
        if (bound.signum() == 0) {
            // -0 is zero.
            all = all.minus(NEGATIVE.and(ZERO));
            if (from <= 0 && 0 <= to) all = all.or(Regex.whole("-0(\\.0+)?"));
        } else {
            boolean zeroIn = negative ? from <= 1 && 1 <= to : from <= -1 && -1 <= to;
            TextDfa minusZero = Regex.whole("-0(\\.0+)?");
            all = zeroIn ? all.or(minusZero) : all.minus(minusZero);
        }
        return all;
    }

    private static TextDfa withMinus(TextDfa unsigned) {
        if (unsigned.isEmpty()) return unsigned;
        TextDfa.Builder b = new TextDfa.Builder(classes());
        int start = b.state(-1);
        CharClass minus = CharClass.of('-', '-');
        for (int s = 0; s < unsigned.size(); s++) b.state(unsigned.label(s));
        b.edge(start, minus, 1);
        for (int s = 0; s < unsigned.size(); s++) {
            for (char c : ".0123456789".toCharArray()) {
                int t = unsigned.next(s, c);
                if (t >= 0) b.edge(s + 1, CharClass.of(c, c), t + 1);
            }
        }
        return b.build();
    }

    private static CharClass[] classes() {
        CharClass[] all = new CharClass[12];
        for (int d = 0; d < 10; d++) all[d] = CharClass.of('0' + d, '0' + d);
        all[10] = CharClass.of('.', '.');
        all[11] = CharClass.of('-', '-');
        return all;
    }

    /** Compares the size of unsigned numerals with a given one. */
    private record Builder(String whole, String fraction) {

        TextDfa build(int from, int to) {
            TextDfa.Builder b = new TextDfa.Builder(classes());
            int n = whole.length();
            // State 1 + 3·digits + order + 1, for 1 to n digits; then "longer"; then the fraction's.
            int start = b.state(-1);
            for (int digits = 1; digits <= n; digits++) {
                for (int order = -1; order <= 1; order++) {
                    b.state(in(digits < n ? -1 : order == 0 && hasFraction() ? -1 : order, from, to));
                }
            }
            int longer = b.state(in(1, from, to));
            int below = b.state(-1);
            int above = b.state(-1);
            int belowRest = b.state(in(-1, from, to));
            int aboveRest = b.state(in(1, from, to));
            int firstFraction = -1;
            int f = fraction.length();
            for (int i = 0; i <= f; i++) {
                // Equal so far after i digits; less than the bound while digits other than zero are missing.
                int order = i < f && hasFractionFrom(i) ? -1 : 0;
                int state = b.state(i == 0 ? -1 : in(order, from, to));
                if (i == 0) firstFraction = state;
            }
            int equalTail = firstFraction + f;
            int zeroTail = f == 0 ? b.state(in(0, from, to)) : equalTail;
            for (int d = 0; d < 10; d++) {
                CharClass c = CharClass.of('0' + d, '0' + d);
                b.edge(start, c, 1 + order(d, 0) + 1);
                for (int digits = 1; digits <= n; digits++) {
                    for (int order = -1; order <= 1; order++) {
                        int state = 1 + 3 * (digits - 1) + order + 1;
                        if (digits == n) b.edge(state, c, longer);
                        else b.edge(state, c, 1 + 3 * digits + (order != 0 ? order : order(d, digits)) + 1);
                    }
                }
                b.edge(longer, c, longer);
                b.edge(below, c, belowRest);
                b.edge(belowRest, c, belowRest);
                b.edge(above, c, aboveRest);
                b.edge(aboveRest, c, aboveRest);
                for (int i = 0; i < f; i++) {
                    int o = Integer.compare(d, fraction.charAt(i) - '0');
                    b.edge(firstFraction + i, c, o < 0 ? belowRest : o > 0 ? aboveRest : firstFraction + i + 1);
                }
                b.edge(equalTail, c, d == 0 ? zeroTail : aboveRest);
                if (f == 0) b.edge(zeroTail, c, d == 0 ? zeroTail : aboveRest);
            }
            CharClass dot = CharClass.of('.', '.');
            for (int digits = 1; digits <= n; digits++) {
                for (int order = -1; order <= 1; order++) {
                    int o = digits < n ? -1 : order;
                    b.edge(1 + 3 * (digits - 1) + order + 1, dot, o < 0 ? below : o > 0 ? above : firstFraction);
                }
            }
            b.edge(longer, dot, above);
            return b.build();
        }

        private static int in(int order, int from, int to) {
            return from <= order && order <= to ? 0 : -1;
        }

        private int order(int digit, int i) {
            return Integer.compare(digit, whole.charAt(i) - '0');
        }

        private boolean hasFraction() {
            return hasFractionFrom(0);
        }

        private boolean hasFractionFrom(int i) {
            for (int k = i; k < fraction.length(); k++) if (fraction.charAt(k) != '0') return true;
            return false;
        }
    }

    /**
     * The multiples of a divisor m / 10^k: at most k digits after the point that are not zero, and the digits read as
     * one integer, filled up to k places, are a multiple of m.
     */
    private static TextDfa multiples(BigDecimal divisor) {
        int k = Math.max(0, divisor.scale());
        BigInteger unscaled = divisor.abs().setScale(k).unscaledValue();
        if (unscaled.signum() == 0 || unscaled.bitLength() > 31 || (long) unscaled.intValue() * (k + 2) > MAX_DIVISOR) {
            throw Refusal.unsupported(
                    "multipleOf", "multiples of " + Refusal.quote(divisor.toPlainString()) + " are too many to follow");
        }
        int m = unscaled.intValue();
        TextDfa.Builder b = new TextDfa.Builder(classes());
        int start = b.state(-1);
        int signed = b.state(-1);
        b.edge(start, CharClass.of('-', '-'), signed);
        // Whole part: remainder r. Fraction: remainder r after i digits. Then zeros.
        int whole = b.state(label(0, k, m));
        for (int r = 1; r < m; r++) b.state(label(r, k, m));
        int[] fraction = new int[k + 1];
        for (int i = 0; i <= k; i++) {
            fraction[i] = -1;
            for (int r = 0; r < m; r++) {
                int s = b.state(i == 0 ? -1 : label(r, k - i, m));
                if (r == 0) fraction[i] = s;
            }
        }
        int tail = b.state(0);
        CharClass dot = CharClass.of('.', '.');
        for (int d = 0; d < 10; d++) {
            CharClass c = CharClass.of('0' + d, '0' + d);
            b.edge(start, c, whole + d % m);
            b.edge(signed, c, whole + d % m);
            for (int r = 0; r < m; r++) {
                int to = (int) ((10L * r + d) % m);
                b.edge(whole + r, c, whole + to);
                for (int i = 0; i < k; i++) b.edge(fraction[i] + r, c, fraction[i + 1] + to);
            }
            if (d == 0) {
                b.edge(fraction[k], c, tail);
                b.edge(tail, c, tail);
            }
        }
        for (int r = 0; r < m; r++) b.edge(whole + r, dot, fraction[0] + r);
        return b.build();
    }

    private static int label(int r, int missing, int m) {
        long v = r;
        for (int i = 0; i < missing; i++) v = 10 * v % m;
        return v == 0 ? 0 : -1;
    }
}
