package dev.dalang.engine.constrain.automaton;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Automata without what they do not need: states that lead nowhere, and states that are told apart by nothing. */
final class DfaReduction {

    private static final int MAX_MINIMISED = 4_000;
    private static final int MAX_ROUNDS = 64;

    private DfaReduction() {}

    /**
     * Without the states from which nothing can be accepted.
     *
     * @param next {@code [state][class]}; -1 for none
     */
    static TextDfa trim(int[] starts, int[] next, int[] labels) {
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
        if (n == 0 || !live[0]) return TextDfa.EMPTY;
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
        return minimised(new TextDfa(starts, trimmed, trimmedLabels));
    }

    /** Moore's partition refinement; long chains, which need a round for each state, stay as they are. */
    static TextDfa minimised(TextDfa a) {
        int n = a.size();
        int k = a.starts.length;
        if (n < 2 || n > MAX_MINIMISED) return a;
        int[] block = new int[n];
        int blocks = 0;
        Map<List<Integer>, Integer> ids = new HashMap<>();
        for (int s = 0; s < n; s++) {
            List<Integer> key = List.of(a.labels[s]);
            Integer id = ids.putIfAbsent(key, blocks);
            if (id == null) id = blocks++;
            block[s] = id;
        }
        for (int round = 0; ; round++) {
            if (round == MAX_ROUNDS) return a;
            Map<List<Integer>, Integer> finer = new HashMap<>();
            int[] refined = new int[n];
            for (int s = 0; s < n; s++) {
                List<Integer> key = new ArrayList<>(k + 1);
                key.add(block[s]);
                for (int c = 0; c < k; c++) {
                    int t = a.next[s * k + c];
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
        if (blocks == n) return a;
        // State 0 is the first that is seen, so it keeps its number.
        int[] smaller = new int[blocks * k];
        int[] smallerLabels = new int[blocks];
        for (int s = n - 1; s >= 0; s--) {
            smallerLabels[block[s]] = a.labels[s];
            for (int c = 0; c < k; c++) {
                int t = a.next[s * k + c];
                smaller[block[s] * k + c] = t < 0 ? -1 : block[t];
            }
        }
        return new TextDfa(a.starts, smaller, smallerLabels);
    }
}
