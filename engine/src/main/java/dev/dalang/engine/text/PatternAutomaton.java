package dev.dalang.engine.text;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * Finds any of several patterns in one pass over a text that comes symbol by symbol (Aho and Corasick, 1975). A symbol
 * is any {@code int}: a UTF-16 unit, a byte, a number that stands for a control token. The caller holds the state, an
 * {@code int}; the automaton itself never changes and may be shared.
 */
public final class PatternAutomaton {

    public static final int START = 0;

    // One trie node per index. Children are a linked list: patterns are few and short.
    private int[] symbol = new int[16];
    private int[] firstChild = filled(16);
    private int[] nextSibling = filled(16);
    private int[] depth = new int[16];
    private int[] fail = new int[16];
    private int[] longest = filled(16);
    private int nodes = 1;

    /** Over the UTF-16 units of strings, none of them empty. */
    public static PatternAutomaton ofStrings(List<String> patterns) {
        return new PatternAutomaton(
                patterns.stream().map(s -> s.chars().toArray()).toList());
    }

    /** @param patterns none of them empty */
    public PatternAutomaton(List<int[]> patterns) {
        for (int p = 0; p < patterns.size(); p++) {
            int[] pattern = patterns.get(p);
            if (pattern.length == 0) throw new IllegalArgumentException("an empty pattern");
            int node = START;
            for (int c : pattern) node = childOrNew(node, c);
            if (longest[node] < 0) longest[node] = p;
        }
        link();
    }

    private static int[] filled(int n) {
        int[] a = new int[n];
        Arrays.fill(a, -1);
        return a;
    }

    private int childOrNew(int node, int c) {
        int child = child(node, c);
        if (child >= 0) return child;
        if (nodes == symbol.length) grow();
        symbol[nodes] = c;
        depth[nodes] = depth[node] + 1;
        nextSibling[nodes] = firstChild[node];
        firstChild[node] = nodes;
        return nodes++;
    }

    private void grow() {
        int old = symbol.length;
        int capacity = Math.multiplyExact(old, 2);
        symbol = Arrays.copyOf(symbol, capacity);
        depth = Arrays.copyOf(depth, capacity);
        fail = Arrays.copyOf(fail, capacity);
        firstChild = Arrays.copyOf(firstChild, capacity);
        nextSibling = Arrays.copyOf(nextSibling, capacity);
        longest = Arrays.copyOf(longest, capacity);
        Arrays.fill(firstChild, old, capacity, -1);
        Arrays.fill(nextSibling, old, capacity, -1);
        Arrays.fill(longest, old, capacity, -1);
    }

    /** Breadth first: a node's failure link is the longest proper suffix that is also a prefix of some pattern. */
    private void link() {
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        queue.add(START);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int child = firstChild[node]; child >= 0; child = nextSibling[child]) {
                fail[child] = node == START ? START : next(fail[node], symbol[child]);
                // A node's own pattern is longer than any that ends in its suffixes.
                if (longest[child] < 0) longest[child] = longest[fail[child]];
                queue.add(child);
            }
        }
    }

    private int child(int node, int c) {
        int child = firstChild[node];
        while (child >= 0 && symbol[child] != c) child = nextSibling[child];
        return child;
    }

    /** The state after one more symbol. */
    public int next(int state, int c) {
        while (true) {
            int child = child(state, c);
            if (child >= 0) return child;
            if (state == START) return START;
            state = fail[state];
        }
    }

    /** The index of the longest pattern that ends here, or -1. */
    public int longestMatch(int state) {
        return longest[state];
    }

    /** How many of the last symbols are the beginning of some pattern (the most possible). */
    public int depth(int state) {
        return depth[state];
    }

    /** Whether some pattern goes on from here. */
    public boolean extendable(int state) {
        return firstChild[state] >= 0;
    }
}
