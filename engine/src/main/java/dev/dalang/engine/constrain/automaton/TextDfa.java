package dev.dalang.engine.constrain.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/**
 * A regular language over code points as a deterministic automaton, whose accepting states carry a label. State 0 is
 * the start, and from every state an accepting one can be reached; the empty language has no state at all. Immutable.
 */
public final class TextDfa {

    /** More entries than this in a table is refused: 16 MiB. */
    private static final int MAX_ENTRIES = 1 << 22;

    private static final int MAX_MINIMISED = 4_000;
    private static final int MAX_ROUNDS = 64;

    public static final TextDfa EMPTY = new TextDfa(new int[] {0}, new int[0], new int[0]);

    /** Every text. */
    public static final TextDfa ALL = repeat(CharClass.ANY, 0, -1);

    /** Class c holds the code points from {@code starts[c]} up to the next class's start. */
    private final int[] starts;

    /** {@code [state][class]}; -1 is the end of all hope. */
    private final int[] next;

    private final int[] labels;

    private TextDfa(int[] starts, int[] next, int[] labels) {
        this.starts = starts;
        this.next = next;
        this.labels = labels;
    }

    // ------------------------------------------------------------------ looking

    public int size() {
        return labels.length;
    }

    public boolean isEmpty() {
        return labels.length == 0;
    }

    /** The label of an accepting state, or -1. */
    public int label(int state) {
        return labels[state];
    }

    public int next(int state, int codePoint) {
        return next[state * starts.length + classOf(codePoint)];
    }

    private int classOf(int codePoint) {
        int i = Arrays.binarySearch(starts, codePoint);
        return i >= 0 ? i : -i - 2;
    }

    public int classes() {
        return starts.length;
    }

    int classStart(int c) {
        return c < starts.length ? starts[c] : CharClass.MAX + 1;
    }

    int nextOfClass(int state, int c) {
        return next[state * starts.length + c];
    }

    /** Called for each stretch of code points within {@code lo .. hi} that have one target, dead ones included. */
    interface Stretch {
        /** Whether to go on. */
        boolean at(int lo, int hi, int target);
    }

    void stretches(int state, int lo, int hi, Stretch stretch) {
        for (int c = classOf(lo); c < starts.length && starts[c] <= hi; c++) {
            int from = Math.max(lo, starts[c]);
            int to = Math.min(hi, classStart(c + 1) - 1);
            if (!stretch.at(from, to, next[state * starts.length + c])) return;
        }
    }

    /** The states from which an accepting one with such a label can be reached. */
    boolean[] reaching(IntPredicate wanted) {
        boolean[] in = new boolean[size()];
        int[][] before = predecessors();
        int[] todo = new int[size()];
        int n = 0;
        for (int s = 0; s < in.length; s++) {
            if (labels[s] >= 0 && wanted.test(labels[s])) {
                in[s] = true;
                todo[n++] = s;
            }
        }
        while (n > 0) {
            for (int from : before[todo[--n]]) {
                if (!in[from]) {
                    in[from] = true;
                    todo[n++] = from;
                }
            }
        }
        return in;
    }

    /** The states from which any {@code steps} characters that a JSON string does not escape lead to live states only. */
    boolean[] enduring(int steps, IntPredicate live) {
        boolean[] plain = new boolean[starts.length];
        for (int c = 0; c < plain.length; c++) {
            int from = starts[c];
            int to = classStart(c + 1) - 1;
            boolean escaped = to < 0x20 || (from == to && (from == '"' || from == '\\'));
            plain[c] = !escaped && !(from >= 0xd800 && to < 0xe000);
        }
        boolean[] in = new boolean[size()];
        Arrays.fill(in, true);
        for (int i = 0; i < steps; i++) {
            boolean[] fewer = new boolean[size()];
            boolean changed = false;
            for (int s = 0; s < fewer.length; s++) {
                boolean all = in[s];
                for (int c = 0; all && c < plain.length; c++) {
                    int t = next[s * plain.length + c];
                    all = !plain[c] || (t >= 0 && live.test(t) && in[t]);
                }
                fewer[s] = all;
                changed |= all != in[s];
            }
            in = fewer;
            if (!changed) break;
        }
        return in;
    }

    private int[][] predecessors() {
        int[] counts = new int[size()];
        for (int t : next) if (t >= 0) counts[t]++;
        int[][] before = new int[size()][];
        for (int s = 0; s < before.length; s++) before[s] = new int[counts[s]];
        for (int e = 0; e < next.length; e++) {
            if (next[e] >= 0) before[next[e]][--counts[next[e]]] = e / starts.length;
        }
        return before;
    }

    /** The label that a text gets, or -1. */
    public int match(String text) {
        if (isEmpty()) return -1;
        int state = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            state = next(state, c);
            if (state < 0) return -1;
            i += Character.charCount(c);
        }
        return labels[state];
    }

    public boolean accepts(String text) {
        return match(text) >= 0;
    }

    /** How many texts the language has; {@code most} for that many or more. */
    public int count(int most) {
        if (isEmpty()) return 0;
        long[] memo = new long[size()];
        Arrays.fill(memo, -1);
        int[] open = new int[size()];
        long n = count(0, most, memo, open, 0);
        return (int) Math.min(most, n);
    }

    private long count(int state, int most, long[] memo, int[] open, int depth) {
        if (memo[state] >= 0) return memo[state];
        // A loop in a trimmed automaton means no end of texts; a long chain is taken for one.
        if (open[state] == 1 || depth > 2_000) return most;
        open[state] = 1;
        long n = labels[state] >= 0 ? 1 : 0;
        for (int c = 0; c < starts.length && n < most; c++) {
            int t = next[state * starts.length + c];
            if (t >= 0) {
                int width = classStart(c + 1) - starts[c];
                n += Math.min(most, (long) width * Math.min(most, count(t, most, memo, open, depth + 1)));
            }
        }
        open[state] = 0;
        return memo[state] = Math.min(n, most);
    }

    // ------------------------------------------------------------------ making

    /** {@code min} to {@code max} characters of a class; a negative {@code max} is no limit. */
    public static TextDfa repeat(CharClass chars, int min, int max) {
        if (max >= 0 && max < min) return EMPTY;
        int states = (max < 0 ? min : max) + 1;
        Builder b = new Builder(chars);
        for (int i = 0; i < states; i++) b.state(i >= min ? 0 : -1);
        for (int i = 0; i + 1 < states; i++) b.edge(i, chars, i + 1);
        if (max < 0) b.edge(min, chars, min);
        return b.build();
    }

    /** These texts; the label is a text's place in the list. Of equal ones the first counts. */
    public static TextDfa ofTexts(List<String> texts) {
        Map<Long, Integer> edges = new HashMap<>();
        List<int[]> list = new ArrayList<>();
        List<Integer> labels = new ArrayList<>(List.of(-1));
        for (int i = 0; i < texts.size(); i++) {
            int state = 0;
            int[] points = texts.get(i).codePoints().toArray();
            for (int c : points) {
                long key = ((long) state << 21) | c;
                Integer t = edges.get(key);
                if (t == null) {
                    t = labels.size();
                    labels.add(-1);
                    edges.put(key, t);
                    list.add(new int[] {state, c, t});
                }
                state = t;
            }
            if (labels.get(state) < 0) labels.set(state, i);
        }
        int[] points = list.stream().mapToInt(e -> e[1]).sorted().distinct().toArray();
        Builder b = new Builder(
                Arrays.stream(points).mapToObj(c -> CharClass.of(c, c)).toArray(CharClass[]::new));
        for (int label : labels) b.state(label);
        for (int[] e : list) b.edge(e[0], CharClass.of(e[1], e[1]), e[2]);
        return b.build();
    }

    /**
     * Texts up to and with the first of some marks (Aho and Corasick 1975). The label of a text that ends with a mark is
     * the mark's place in the list and nothing follows it; that of any other text but the empty one is their number.
     */
    public static TextDfa until(List<String> marks) {
        TextDfa found = ofTexts(marks);
        int plain = marks.size();
        Builder b = new Builder(marks.stream()
                .flatMapToInt(String::codePoints)
                .sorted()
                .distinct()
                .mapToObj(c -> CharClass.of(c, c))
                .toArray(CharClass[]::new));
        // A state is what could still become a mark: a prefix of one.
        List<String> prefixes = new ArrayList<>(List.of(""));
        Map<String, Integer> ids = new HashMap<>(Map.of("", 0));
        int start = b.state(-1);
        int[] states = {b.state(plain)};
        for (int i = 0; i < prefixes.size(); i++) {
            for (int c = 0; c < b.classes(); c++) {
                if (b.classStart(c) >= 0xd800 && b.classStart(c) < 0xe000) continue;
                String text = prefixes.get(i) + Character.toString(b.classStart(c));
                int to = -1;
                for (int from = 0;
                        from <= text.length() && to < 0;
                        from = from == text.length() ? from + 1 : text.offsetByCodePoints(from, 1)) {
                    String tail = text.substring(from);
                    if (!tail.isEmpty() && found.accepts(tail)) {
                        to = b.state(found.match(tail));
                    } else if (marks.stream().anyMatch(m -> m.startsWith(tail))) {
                        Integer known = ids.get(tail);
                        if (known == null) {
                            known = prefixes.size();
                            ids.put(tail, known);
                            prefixes.add(tail);
                            states = Arrays.copyOf(states, known + 1);
                            states[known] = b.state(plain);
                        }
                        to = states[known];
                    }
                }
                b.edgeOfClass(states[i], c, to);
                if (i == 0) b.edgeOfClass(start, c, to);
            }
        }
        return b.build();
    }

    /** Puts states and edges into a table over the coarsest classes that tell the given ones apart. */
    public static final class Builder {
        private final int[] starts;
        private int[] next = new int[16];
        private int[] labels = new int[16];
        private int size;

        public Builder(CharClass... classes) {
            BitSet cuts = new BitSet(CharClass.MAX + 2);
            cuts.set(0);
            cuts.set(0xd800);
            cuts.set(0xe000);
            for (CharClass c : classes) {
                int[] r = c.ranges();
                for (int i = 0; i < r.length; i += 2) {
                    cuts.set(r[i]);
                    cuts.set(r[i + 1] + 1);
                }
            }
            cuts.clear(CharClass.MAX + 1);
            starts = cuts.stream().toArray();
        }

        public int classes() {
            return starts.length;
        }

        int classStart(int c) {
            return starts[c];
        }

        public int state(int label) {
            if ((long) (size + 1) * starts.length > MAX_ENTRIES) {
                throw Refusal.tooLarge("an automaton would need more than " + MAX_ENTRIES + " entries");
            }
            if (size == labels.length) labels = Arrays.copyOf(labels, 2 * size);
            int need = (size + 1) * starts.length;
            if (need > next.length) next = Arrays.copyOf(next, Math.max(need, 2 * next.length));
            Arrays.fill(next, size * starts.length, need, -1);
            labels[size] = label;
            return size++;
        }

        public void label(int state, int label) {
            labels[state] = label;
        }

        public void edge(int from, CharClass on, int to) {
            int[] r = on.ranges();
            for (int i = 0; i < r.length; i += 2) {
                int c = Arrays.binarySearch(starts, r[i]);
                for (; c < starts.length && starts[c] <= r[i + 1]; c++) edgeOfClass(from, c, to);
            }
        }

        void edgeOfClass(int from, int c, int to) {
            next[from * starts.length + c] = to;
        }

        /** Without the states from which nothing can be accepted. */
        public TextDfa build() {
            return trim(starts, Arrays.copyOf(next, size * starts.length), Arrays.copyOf(labels, size));
        }
    }

    private static TextDfa trim(int[] starts, int[] next, int[] labels) {
        int n = labels.length;
        int k = starts.length;
        // Backwards from the accepting states, over predecessor lists.
        int[] head = new int[n];
        Arrays.fill(head, -1);
        int[] link = new int[n * k];
        for (int e = 0; e < n * k; e++) {
            if (next[e] >= 0) {
                link[e] = head[next[e]];
                head[next[e]] = e;
            }
        }
        boolean[] live = new boolean[n];
        int[] todo = new int[n];
        int size = 0;
        for (int s = 0; s < n; s++) {
            if (labels[s] >= 0) {
                live[s] = true;
                todo[size++] = s;
            }
        }
        while (size > 0) {
            for (int e = head[todo[--size]]; e >= 0; e = link[e]) {
                int from = e / k;
                if (!live[from]) {
                    live[from] = true;
                    todo[size++] = from;
                }
            }
        }
        if (n == 0 || !live[0]) return EMPTY;
        int[] id = new int[n];
        int count = 0;
        for (int s = 0; s < n; s++) id[s] = live[s] ? count++ : -1;
        int[] trimmed = new int[count * k];
        int[] trimmedLabels = new int[count];
        for (int s = 0; s < n; s++) {
            if (id[s] < 0) continue;
            trimmedLabels[id[s]] = labels[s];
            for (int c = 0; c < k; c++) {
                int t = next[s * k + c];
                trimmed[id[s] * k + c] = t < 0 ? -1 : id[t];
            }
        }
        return new TextDfa(starts, trimmed, trimmedLabels).minimised();
    }

    // ------------------------------------------------------------------ algebra

    private enum Op {
        AND,
        OR,
        MINUS
    }

    public TextDfa and(TextDfa other) {
        if (this == ALL || other.isEmpty()) return other;
        return other == ALL || isEmpty() || this == other ? this : product(this, other, Op.AND);
    }

    public TextDfa or(TextDfa other) {
        if (this == ALL || other.isEmpty() || this == other) return this;
        return other == ALL || isEmpty() ? other : product(this, other, Op.OR);
    }

    public TextDfa minus(TextDfa other) {
        if (isEmpty() || other.isEmpty()) return this;
        return other == ALL || this == other ? EMPTY : product(this, other, Op.MINUS);
    }

    /** The same language with one label for all. */
    public TextDfa unlabelled() {
        int[] plain = labels.clone();
        for (int s = 0; s < plain.length; s++) plain[s] = Math.min(plain[s], 0);
        return new TextDfa(starts, next, plain).minimised();
    }

    public TextDfa complement() {
        return isEmpty() ? ALL : ALL.minus(this);
    }

    private static TextDfa product(TextDfa a, TextDfa b, Op op) {
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
            if ((long) pairs.size() * starts.length > MAX_ENTRIES) {
                throw Refusal.tooLarge("two patterns together would need more than " + MAX_ENTRIES + " entries");
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
        return trim(starts, next, labels);
    }

    private static int[] merge(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return Arrays.stream(all).sorted().distinct().toArray();
    }

    /**
     * One automaton for several languages at once.
     *
     * @param labelOf the label of a text from the labels that the languages give it, -1 where one does not hold it; -1
     *     to refuse it
     */
    public static TextDfa partition(List<TextDfa> parts, ToIntFunction<int[]> labelOf) {
        int[] starts = ALL.starts;
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
            if ((long) tuples.size() * Math.max(k, parts.size()) > MAX_ENTRIES) {
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
        return trim(starts, next, labels);
    }

    private static List<Integer> asList(int[] a) {
        List<Integer> list = new ArrayList<>(a.length);
        for (int x : a) list.add(x);
        return list;
    }

    /** Moore's partition refinement; long chains, which need a round for each state, stay as they are. */
    private TextDfa minimised() {
        int n = size();
        int k = starts.length;
        if (n < 2 || n > MAX_MINIMISED) return this;
        int[] block = new int[n];
        int blocks = 0;
        Map<List<Integer>, Integer> ids = new HashMap<>();
        for (int s = 0; s < n; s++) {
            List<Integer> key = List.of(labels[s]);
            Integer id = ids.putIfAbsent(key, blocks);
            if (id == null) id = blocks++;
            block[s] = id;
        }
        for (int round = 0; ; round++) {
            if (round == MAX_ROUNDS) return this;
            Map<List<Integer>, Integer> finer = new HashMap<>();
            int[] refined = new int[n];
            for (int s = 0; s < n; s++) {
                List<Integer> key = new ArrayList<>(k + 1);
                key.add(block[s]);
                for (int c = 0; c < k; c++) {
                    int t = next[s * k + c];
                    key.add(t < 0 ? -1 : block[t]);
                }
                int fresh = finer.size();
                Integer id = finer.putIfAbsent(key, fresh);
                refined[s] = id == null ? fresh : id;
            }
            block = refined;
            if (finer.size() == blocks) break;
            blocks = finer.size();
        }
        if (blocks == n) return this;
        // State 0 is the first that is seen, so it keeps its number.
        int[] smaller = new int[blocks * k];
        int[] smallerLabels = new int[blocks];
        for (int s = n - 1; s >= 0; s--) {
            smallerLabels[block[s]] = labels[s];
            for (int c = 0; c < k; c++) {
                int t = next[s * k + c];
                smaller[block[s] * k + c] = t < 0 ? -1 : block[t];
            }
        }
        return new TextDfa(starts, smaller, smallerLabels);
    }
}
