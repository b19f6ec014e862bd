package dev.dalang.engine.constrain.automaton;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/**
 * A regular language over code points as a deterministic automaton, whose accepting states carry a label. State 0 is
 * the start, and from every state an accepting one can be reached; the empty language has no state at all. Immutable.
 */
public final class TextDfa {

    /** More entries than this in a table is refused: 16 MiB. */
    static final int MAX_ENTRIES = 1 << 22;

    public static final TextDfa EMPTY = new TextDfa(new int[] {0}, new int[0], new int[0]);

    /** Every text. */
    public static final TextDfa ALL = repeat(CharClass.ANY, 0, -1);

    /** Class c holds the code points from {@code starts[c]} up to the next class's start. */
    final int[] starts;

    /** {@code [state][class]}; -1 is the end of all hope. */
    final int[] next;

    final int[] labels;

    TextDfa(int[] starts, int[] next, int[] labels) {
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

    int classOf(int codePoint) {
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
        return SimpleTexts.repeat(chars, min, max);
    }

    /** These texts; the label is a text's place in the list. Of equal ones the first counts. */
    public static TextDfa ofTexts(List<String> texts) {
        return SimpleTexts.ofTexts(texts);
    }

    /**
     * Texts up to and with the first of some marks (Aho and Corasick 1975). The label of a text that ends with a mark is
     * the mark's place in the list and nothing follows it; that of any other text but the empty one is their number.
     */
    public static TextDfa until(List<String> marks) {
        return SimpleTexts.until(marks);
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
            return DfaReduction.trim(starts, Arrays.copyOf(next, size * starts.length), Arrays.copyOf(labels, size));
        }
    }

    // ------------------------------------------------------------------ algebra

    public TextDfa and(TextDfa other) {
        if (this == ALL || other.isEmpty()) return other;
        return other == ALL || isEmpty() || this == other ? this : DfaProduct.of(this, other, DfaProduct.Op.AND);
    }

    public TextDfa or(TextDfa other) {
        if (this == ALL || other.isEmpty() || this == other) return this;
        return other == ALL || isEmpty() ? other : DfaProduct.of(this, other, DfaProduct.Op.OR);
    }

    public TextDfa minus(TextDfa other) {
        if (isEmpty() || other.isEmpty()) return this;
        return other == ALL || this == other ? EMPTY : DfaProduct.of(this, other, DfaProduct.Op.MINUS);
    }

    /** The same language with one label for all. */
    public TextDfa unlabelled() {
        int[] plain = labels.clone();
        for (int s = 0; s < plain.length; s++) plain[s] = Math.min(plain[s], 0);
        return DfaReduction.minimised(new TextDfa(starts, next, plain));
    }

    public TextDfa complement() {
        return isEmpty() ? ALL : ALL.minus(this);
    }

    /**
     * One automaton for several languages at once.
     *
     * @param labelOf the label of a text from the labels that the languages give it, -1 where one does not hold it; -1
     *     to refuse it
     */
    public static TextDfa partition(List<TextDfa> parts, ToIntFunction<int[]> labelOf) {
        return DfaProduct.partition(parts, labelOf);
    }
}
