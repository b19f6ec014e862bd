package dev.dalang.engine.constrain.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/** A set of code points, as sorted ranges that neither touch nor overlap. Surrogates are never among them. */
public final class CharClass {

    public static final int MAX = Character.MAX_CODE_POINT;

    private static final int SURROGATES = 0xd800;
    private static final int AFTER_SURROGATES = 0xe000;

    /** All code points that text can hold. */
    public static final CharClass ANY = of(0, MAX);

    public static final CharClass NONE = new CharClass(new int[0]);

    /** First and last code point of each range. */
    private final int[] ranges;

    private CharClass(int[] ranges) {
        this.ranges = ranges;
    }

    /** {@code bounds} are first and last code points, pair by pair, in any order. */
    public static CharClass of(int... bounds) {
        List<int[]> list = new ArrayList<>();
        for (int i = 0; i < bounds.length; i += 2) {
            int lo = bounds[i];
            int hi = bounds[i + 1];
            if (lo < SURROGATES && hi >= SURROGATES) list.add(new int[] {lo, SURROGATES - 1});
            else if (lo < SURROGATES) list.add(new int[] {lo, hi});
            if (hi >= AFTER_SURROGATES) list.add(new int[] {Math.max(lo, AFTER_SURROGATES), hi});
        }
        list.removeIf(r -> r[0] > r[1]);
        list.sort(Comparator.comparingInt(r -> r[0]));
        int[] merged = new int[2 * list.size()];
        int n = 0;
        for (int[] r : list) {
            if (n > 0 && r[0] <= merged[n - 1] + 1) {
                merged[n - 1] = Math.max(merged[n - 1], r[1]);
            } else {
                merged[n++] = r[0];
                merged[n++] = r[1];
            }
        }
        return new CharClass(Arrays.copyOf(merged, n));
    }

    public static CharClass matching(IntPredicate in) {
        List<Integer> bounds = new ArrayList<>();
        int from = -1;
        for (int c = 0; c <= MAX + 1; c++) {
            boolean is = c <= MAX && in.test(c);
            if (is && from < 0) from = c;
            if (!is && from >= 0) {
                bounds.add(from);
                bounds.add(c - 1);
                from = -1;
            }
        }
        return of(bounds.stream().mapToInt(Integer::intValue).toArray());
    }

    public int[] ranges() {
        return ranges.clone();
    }

    public boolean isEmpty() {
        return ranges.length == 0;
    }

    public boolean contains(int c) {
        for (int i = 0; i < ranges.length; i += 2) if (ranges[i] <= c && c <= ranges[i + 1]) return true;
        return false;
    }

    public CharClass union(CharClass other) {
        int[] all = Arrays.copyOf(ranges, ranges.length + other.ranges.length);
        System.arraycopy(other.ranges, 0, all, ranges.length, other.ranges.length);
        return of(all);
    }

    public CharClass negate() {
        int[] gaps = new int[ranges.length + 2];
        int n = 0;
        int from = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            gaps[n++] = from;
            gaps[n++] = ranges[i] - 1;
            from = ranges[i + 1] + 1;
        }
        gaps[n++] = from;
        gaps[n++] = MAX;
        return of(Arrays.copyOf(gaps, n));
    }

    public CharClass minus(CharClass other) {
        return negate().union(other).negate();
    }
}
