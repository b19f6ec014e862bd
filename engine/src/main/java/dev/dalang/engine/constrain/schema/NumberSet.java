package dev.dalang.engine.constrain.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of numbers by their values.
 *
 * @param min and {@code max}: null for no bound; the bound itself is left out where {@code minOpen}, {@code maxOpen}
 * @param divisors each number is a multiple of all of these
 * @param nonDivisors and of none of these
 * @param holes single numbers left out
 */
record NumberSet(
        @Nullable BigDecimal min,
        boolean minOpen,
        @Nullable BigDecimal max,
        boolean maxOpen,
        Kind kind,
        Set<BigDecimal> divisors,
        Set<BigDecimal> nonDivisors,
        Set<BigDecimal> holes) {

    enum Kind {
        ANY,
        INTEGER,
        /** Not an integer. */
        FRACTION
    }

    static final NumberSet ALL = new NumberSet(null, false, null, false, Kind.ANY, Set.of(), Set.of(), Set.of());

    NumberSet {
        divisors = Set.copyOf(divisors);
        nonDivisors = Set.copyOf(nonDivisors);
        holes = Set.copyOf(holes);
    }

    static NumberSet point(BigDecimal v) {
        return new NumberSet(v, false, v, false, Kind.ANY, Set.of(), Set.of(), Set.of());
    }

    /** Whether it holds one number at most. */
    boolean isPoint() {
        return min != null && max != null && min.compareTo(max) == 0;
    }

    NumberSet withKind(Kind k) {
        return new NumberSet(min, minOpen, max, maxOpen, k, divisors, nonDivisors, holes);
    }

    NumberSet atLeast(BigDecimal v, boolean open) {
        return new NumberSet(v, open, max, maxOpen, kind, divisors, nonDivisors, holes);
    }

    NumberSet atMost(BigDecimal v, boolean open) {
        return new NumberSet(min, minOpen, v, open, kind, divisors, nonDivisors, holes);
    }

    NumberSet dividedBy(BigDecimal d) {
        return new NumberSet(min, minOpen, max, maxOpen, kind, Set.of(d), nonDivisors, holes);
    }

    /** Null where nothing is left, as far as that can be seen at once. */
    @Nullable
    NumberSet and(NumberSet o) {
        if (this == ALL) return o;
        if (o == ALL) return this;
        Kind k = kind == Kind.ANY ? o.kind : kind;
        if (o.kind != Kind.ANY && o.kind != k) return null;
        BigDecimal low = min;
        boolean lowOpen = minOpen;
        if (o.min != null) {
            int c = low == null ? -1 : low.compareTo(o.min);
            if (c < 0) {
                low = o.min;
                lowOpen = o.minOpen;
            } else if (c == 0) {
                lowOpen |= o.minOpen;
            }
        }
        BigDecimal high = max;
        boolean highOpen = maxOpen;
        if (o.max != null) {
            int c = high == null ? 1 : high.compareTo(o.max);
            if (c > 0) {
                high = o.max;
                highOpen = o.maxOpen;
            } else if (c == 0) {
                highOpen |= o.maxOpen;
            }
        }
        if (low != null && high != null) {
            int c = low.compareTo(high);
            if (c > 0 || (c == 0 && (lowOpen || highOpen))) return null;
        }
        return new NumberSet(
                low,
                lowOpen,
                high,
                highOpen,
                k,
                union(divisors, o.divisors),
                union(nonDivisors, o.nonDivisors),
                union(holes, o.holes));
    }

    private static Set<BigDecimal> union(Set<BigDecimal> a, Set<BigDecimal> b) {
        if (a.isEmpty()) return b;
        Set<BigDecimal> all = new HashSet<>(a);
        all.addAll(b);
        return all;
    }

    /** All other numbers. */
    List<NumberSet> complement() {
        List<NumberSet> list = new ArrayList<>();
        if (min != null) list.add(ALL.atMost(min, !minOpen));
        if (max != null) list.add(ALL.atLeast(max, !maxOpen));
        if (kind != Kind.ANY) list.add(ALL.withKind(kind == Kind.INTEGER ? Kind.FRACTION : Kind.INTEGER));
        for (BigDecimal d : divisors) {
            list.add(new NumberSet(null, false, null, false, Kind.ANY, Set.of(), Set.of(d), Set.of()));
        }
        for (BigDecimal d : nonDivisors) list.add(ALL.dividedBy(d));
        for (BigDecimal h : holes) list.add(point(h));
        return list;
    }
}
