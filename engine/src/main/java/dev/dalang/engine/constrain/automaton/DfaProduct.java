package dev.dalang.engine.constrain.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Several automata at once: a state is one of each, and only the states that can be reached are made. */
final class DfaProduct {

    private DfaProduct() {}

    enum Op {
        AND,
        OR,
        MINUS
    }

    /** Of two languages, with label 0 for all that is accepted. */
    static TextDfa of(TextDfa a, TextDfa b, Op op) {
        int[] starts = merge(a.starts, b.starts);
        int[] ca = new int[starts.length];
        int[] cb = new int[starts.length];
        for (int c = 0; c < starts.length; c++) {
            ca[c] = a.classOf(starts[c]);
            cb[c] = b.classOf(starts[c]);
        }
        Map<Long, Integer> ids = new HashMap<>();
        List<long[]> pairs = new ArrayList<>();
        List<int[]> rows = new ArrayList<>();
        ids.put(0L, 0);
        pairs.add(new long[] {0, 0});
        for (int s = 0; s < pairs.size(); s++) {
            if ((long) pairs.size() * starts.length > TextDfa.MAX_ENTRIES) {
                throw Refusal.tooLarge(
                        "two patterns together would need more than " + TextDfa.MAX_ENTRIES + " entries");
            }
            int x = (int) pairs.get(s)[0];
            int y = (int) pairs.get(s)[1];
            int[] row = new int[starts.length];
            for (int c = 0; c < starts.length; c++) {
                int tx = x < 0 ? -1 : a.next[x * a.starts.length + ca[c]];
                int ty = y < 0 ? -1 : b.next[y * b.starts.length + cb[c]];
                boolean dead = switch (op) {
                    case AND -> tx < 0 || ty < 0;
                    case OR -> tx < 0 && ty < 0;
                    case MINUS -> tx < 0;
                };
                if (dead) {
                    row[c] = -1;
                    continue;
                }
                long key = ((long) tx << 32) | (ty & 0xffffffffL);
                Integer id = ids.get(key);
                if (id == null) {
                    id = pairs.size();
                    ids.put(key, id);
                    pairs.add(new long[] {tx, ty});
                }
                row[c] = id;
            }
            rows.add(row);
        }
        int[] next = new int[rows.size() * starts.length];
        int[] labels = new int[rows.size()];
        for (int s = 0; s < rows.size(); s++) {
            System.arraycopy(rows.get(s), 0, next, s * starts.length, starts.length);
            boolean x = pairs.get(s)[0] >= 0 && a.labels[(int) pairs.get(s)[0]] >= 0;
            boolean y = pairs.get(s)[1] >= 0 && b.labels[(int) pairs.get(s)[1]] >= 0;
            boolean in = switch (op) {
                case AND -> x && y;
                case OR -> x || y;
                case MINUS -> x && !y;
            };
            labels[s] = in ? 0 : -1;
        }
        return DfaReduction.trim(starts, next, labels);
    }

    private static int[] merge(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return Arrays.stream(all).sorted().distinct().toArray();
    }

    /** See {@link TextDfa#partition}. */
    static TextDfa partition(List<TextDfa> parts, ToIntFunction<int[]> labelOf) {
        int[] starts = TextDfa.ALL.starts;
        for (TextDfa p : parts) starts = merge(starts, p.starts);
        int k = starts.length;
        List<int[]> tuples = new ArrayList<>();
        Map<List<Integer>, Integer> ids = new HashMap<>();
        int[] first = new int[parts.size()];
        for (int p = 0; p < first.length; p++) first[p] = parts.get(p).isEmpty() ? -1 : 0;
        tuples.add(first);
        ids.put(asList(first), 0);
        List<int[]> rows = new ArrayList<>();
        for (int s = 0; s < tuples.size(); s++) {
            if ((long) tuples.size() * Math.max(k, parts.size()) > TextDfa.MAX_ENTRIES) {
                throw Refusal.tooLarge("the patterns of an object's keys would need too large an automaton");
            }
            int[] row = new int[k];
            for (int c = 0; c < k; c++) {
                int[] to = new int[parts.size()];
                for (int p = 0; p < to.length; p++) {
                    int from = tuples.get(s)[p];
                    to[p] = from < 0 ? -1 : parts.get(p).next(from, starts[c]);
                }
                boolean surrogates = starts[c] == 0xd800;
                row[c] = surrogates
                        ? -1
                        : ids.computeIfAbsent(asList(to), l -> {
                            tuples.add(to);
                            return tuples.size() - 1;
                        });
            }
            rows.add(row);
        }
        int[] next = new int[rows.size() * k];
        int[] labels = new int[rows.size()];
        for (int s = 0; s < labels.length; s++) {
            System.arraycopy(rows.get(s), 0, next, s * k, k);
            int[] in = new int[parts.size()];
            for (int p = 0; p < in.length; p++) {
                int state = tuples.get(s)[p];
                in[p] = state < 0 ? -1 : parts.get(p).labels[state];
            }
            labels[s] = labelOf.applyAsInt(in);
        }
        return DfaReduction.trim(starts, next, labels);
    }

    private static List<Integer> asList(int[] a) {
        List<Integer> list = new ArrayList<>(a.length);
        for (int x : a) list.add(x);
        return list;
    }
}
