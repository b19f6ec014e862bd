package dev.dalang.engine.constrain.automaton;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Regular expressions as deterministic automata: Thompson's construction (CACM 11, 1968), then subsets of its states.
 *
 * <p>The anchors are edges that can be taken only before the first character ({@code ^}) or after the last
 * ({@code $}); a pattern that is searched for, as JSON Schema's are, has a loop over everything at both of its ends.
 */
public final class Regex {

    /** States of the non-deterministic automaton. */
    private static final int MAX_STATES = 1 << 17;

    private static final int MAX_SUBSETS = 1 << 16;

    /** State visits while subsets are made: under a second. */
    private static final long MAX_WORK = 30_000_000;

    private enum Kind {
        CHARS,
        SPLIT,
        BEGIN,
        END,
        MATCH
    }

    private final List<CharClass> classes = new ArrayList<>();
    private final Map<CharClass, Integer> classIds = new HashMap<>();
    private Kind[] kinds = new Kind[64];
    private int[] first = new int[64];
    private int[] second = new int[64];
    private int[] chars = new int[64];
    private int size;

    private Regex() {}

    /** The texts in which the pattern is found somewhere. */
    public static TextDfa search(String pattern) {
        return compile(RegexParser.parse(pattern), false);
    }

    /** The texts that the pattern matches from beginning to end. */
    public static TextDfa whole(String pattern) {
        return compile(RegexParser.parse(pattern), true);
    }

    /** The texts of an expression, from beginning to end. */
    public static TextDfa of(Regular expression) {
        return compile(expression, true);
    }

    /** What the pattern looks ahead for where it begins is taken off and becomes an intersection. */
    private static TextDfa compile(Regular node, boolean whole) {
        List<Regular.Look> looks = new ArrayList<>();
        Regular rest = node;
        if (node instanceof Regular.Look alone) node = new Regular.Sequence(List.of(alone));
        if (node instanceof Regular.Sequence s) {
            int i = 0;
            boolean anchored = whole;
            List<Regular> parts = s.parts();
            while (i < parts.size()
                    && (parts.get(i) instanceof Regular.Begin || parts.get(i) instanceof Regular.Look)) {
                if (parts.get(i) instanceof Regular.Look look) {
                    if (!anchored) break;
                    looks.add(look);
                } else {
                    anchored = true;
                }
                i++;
            }
            if (!looks.isEmpty()) {
                List<Regular> left = new ArrayList<>(parts.subList(i, parts.size()));
                left.addFirst(new Regular.Begin());
                rest = new Regular.Sequence(left);
            }
        }
        TextDfa dfa = new Regex().build(rest, whole);
        for (Regular.Look look : looks) {
            Regular ahead = new Regular.Sequence(List.of(new Regular.Begin(), look.node()));
            TextDfa language = new Regex().build(ahead, false);
            dfa = look.wanted() ? dfa.and(language) : dfa.minus(language);
        }
        return dfa;
    }

    private TextDfa build(Regular node, boolean whole) {
        int match = add(Kind.MATCH, -1, -1, -1);
        int any = classId(CharClass.ANY);
        if (!whole) {
            // Once found, whatever follows is fine.
            int loop = add(Kind.SPLIT, -1, match, -1);
            int body = add(Kind.CHARS, loop, -1, any);
            first[loop] = body;
            match = loop;
        }
        int start = compile(node, match);
        if (!whole) {
            int loop = add(Kind.SPLIT, -1, start, -1);
            int body = add(Kind.CHARS, loop, -1, any);
            first[loop] = body;
            start = loop;
        }
        return subsets(start);
    }

    private int classId(CharClass set) {
        return classIds.computeIfAbsent(set, s -> {
            classes.add(s);
            return classes.size() - 1;
        });
    }

    private int add(Kind kind, int a, int b, int set) {
        if (size == MAX_STATES) throw Refusal.tooLarge("a pattern that needs more than " + MAX_STATES + " states");
        if (size == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * size);
            first = Arrays.copyOf(first, 2 * size);
            second = Arrays.copyOf(second, 2 * size);
            chars = Arrays.copyOf(chars, 2 * size);
        }
        kinds[size] = kind;
        first[size] = a;
        second[size] = b;
        chars[size] = set;
        return size++;
    }

    /** The state that reads {@code node} and goes on at {@code out}. */
    private int compile(Regular node, int out) {
        return switch (node) {
            case Regular.Chars n -> add(Kind.CHARS, out, -1, classId(n.set()));
            case Regular.Begin n -> add(Kind.BEGIN, out, -1, -1);
            case Regular.End n -> add(Kind.END, out, -1, -1);
            case Regular.Look n ->
                throw Refusal.unsupported("pattern", "looking ahead cannot be guaranteed but at a pattern's beginning");
            case Regular.Sequence n -> {
                int at = out;
                for (int i = n.parts().size() - 1; i >= 0; i--)
                    at = compile(n.parts().get(i), at);
                yield at;
            }
            case Regular.Choice n -> {
                int at = compile(n.options().getLast(), out);
                for (int i = n.options().size() - 2; i >= 0; i--) {
                    at = add(Kind.SPLIT, compile(n.options().get(i), out), at, -1);
                }
                yield at;
            }
            case Regular.Repeat n -> {
                int at = out;
                if (n.max() < 0) {
                    int loop = add(Kind.SPLIT, -1, out, -1);
                    // Compiled before the array is looked up: it may have been replaced by a larger one.
                    int body = compile(n.node(), loop);
                    first[loop] = body;
                    at = loop;
                } else {
                    for (int i = n.min(); i < n.max(); i++) at = add(Kind.SPLIT, compile(n.node(), at), out, -1);
                }
                for (int i = 0; i < n.min(); i++) at = compile(n.node(), at);
                yield at;
            }
        };
    }

    // ------------------------------------------------------------------ subsets

    private long work;
    private int[] seen = new int[0];
    private int mark;

    private TextDfa subsets(int start) {
        TextDfa.Builder dfa = new TextDfa.Builder(classes.toArray(CharClass[]::new));
        int k = dfa.classes();
        boolean[][] in = new boolean[classes.size()][k];
        for (int set = 0; set < in.length; set++) {
            for (int c = 0; c < k; c++) in[set][c] = classes.get(set).contains(dfa.classStart(c));
        }
        seen = new int[size];
        Map<List<Integer>, Integer> ids = new HashMap<>();
        List<int[]> sets = new ArrayList<>();
        int[] begin = closure(new int[] {start}, 1, true, false);
        boolean empty = accepts(new int[] {start}, 1, true);
        dfa.state(empty ? 0 : -1);
        sets.add(begin);
        int[] to = new int[size];
        for (int s = 0; s < sets.size(); s++) {
            int[] from = sets.get(s);
            for (int c = 0; c < k; c++) {
                int n = 0;
                for (int state : from) {
                    if (kinds[state] == Kind.CHARS && in[chars[state]][c]) to[n++] = first[state];
                }
                work += from.length;
                if (n == 0) continue;
                int[] set = closure(to, n, false, false);
                List<Integer> key = new ArrayList<>(set.length);
                for (int x : set) key.add(x);
                Integer id = ids.get(key);
                if (id == null) {
                    if (sets.size() >= MAX_SUBSETS) throw tooLarge();
                    id = dfa.state(accepts(to, n, false) ? 0 : -1);
                    ids.put(key, id);
                    sets.add(set);
                }
                dfa.edgeOfClass(s, c, id);
                if (work > MAX_WORK) throw tooLarge();
            }
        }
        return dfa.build();
    }

    private static DalangException tooLarge() {
        return Refusal.tooLarge("a pattern whose automaton would be too large");
    }

    private boolean accepts(int[] states, int n, boolean atBegin) {
        for (int state : closure(states, n, atBegin, true)) if (kinds[state] == Kind.MATCH) return true;
        return false;
    }

    /** All states that read or match and can be reached without reading, sorted. */
    private int[] closure(int[] from, int n, boolean atBegin, boolean atEnd) {
        mark++;
        int[] stack = Arrays.copyOf(from, Math.max(16, 2 * n));
        int top = n;
        int[] found = new int[16];
        int count = 0;
        while (top > 0) {
            int state = stack[--top];
            if (seen[state] == mark) continue;
            seen[state] = mark;
            work++;
            if (top + 2 > stack.length) stack = Arrays.copyOf(stack, 2 * stack.length);
            switch (kinds[state]) {
                case CHARS, MATCH, END -> {
                    // An END that is waited for keeps its place in the set, and counts at the end.
                    if (kinds[state] == Kind.END && atEnd) {
                        stack[top++] = first[state];
                        continue;
                    }
                    if (count == found.length) found = Arrays.copyOf(found, 2 * count);
                    found[count++] = state;
                }
                case SPLIT -> {
                    stack[top++] = first[state];
                    stack[top++] = second[state];
                }
                case BEGIN -> {
                    if (atBegin) stack[top++] = first[state];
                }
            }
        }
        int[] set = Arrays.copyOf(found, count);
        Arrays.sort(set);
        return set;
    }
}
