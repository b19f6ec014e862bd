package dev.dalang.engine.constrain.machine;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A grammar over the tokens of a vocabulary.
 *
 * <p>A token is allowed if its bytes lead to a state that is not dead, so partial characters and several things in one
 * token need no care of their own. A naive mask walks the whole vocabulary's tree. Here, as XGrammar (arXiv:2411.15100)
 * and llguidance do, most of the work is done once for all contexts: a reading's <em>inner</em> tokens, those that stay
 * within its automaton, depend on the automaton's state alone and are remembered with it; so are the nodes of the tree
 * at which it may end. Only below those the context matters and the walk goes on in it.
 *
 * <p>Thread-safe: one caller at a time, the others wait.
 */
public final class TokenMachine {

    /** The part of a mask that no context changes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Inner(long[] tokens, TokenTrie trie, int[] exits, int[] labels) {}

    private static final int MAX_MASKS = 1_024;
    private static final int MAX_FORCED = 512;

    private final Machine machine;
    private final TokenTrie trie;
    private final int words;
    private final IdentityHashMap<ByteAutomaton, List<@Nullable Inner>> inner = new IdentityHashMap<>();
    private int innerCount;
    private int masks;
    private final List<State> masked = new ArrayList<>();
    private final int[] path;
    private final int[][] rows;
    private final State[] statePath;

    public TokenMachine(Place root, TokenTrie trie) {
        this.machine = new Machine(root);
        this.trie = trie;
        this.words = (trie.vocabularySize() + 63) >>> 6;
        this.path = new int[trie.longest() + 1];
        this.rows = new int[trie.longest() + 1][];
        this.statePath = new State[trie.longest() + 1];
    }

    public TokenTrie trie() {
        return trie;
    }

    public synchronized State start() {
        return machine.start();
    }

    /** The state after some bytes, maybe dead. */
    public synchronized State after(State s, byte[] bytes) {
        State at = s;
        for (int i = 0; i < bytes.length && !at.dead(); i++) at = machine.next(at, bytes[i] & 0xff);
        return at;
    }

    /** The state after a token, dead if it is not allowed; null after the end of the answer, where that is allowed. */
    public synchronized @Nullable State after(State s, int token) {
        for (int end : trie.ends()) {
            if (end == token) return s.accepts ? null : expected(s, token);
        }
        byte[] bytes = trie.bytes(token);
        return bytes.length == 0 ? expected(s, token) : after(s, bytes);
    }

    private State expected(State s, int token) {
        return machine.afterToken(s, token, (trie.controls()[token >>> 6] & 1L << token) != 0);
    }

    /** Sets the bits of the allowed tokens, and of no others. */
    public synchronized void mask(State s, long[] into) {
        System.arraycopy(mask(s), 0, into, 0, words);
    }

    private long[] mask(State s) {
        long[] known = s.mask;
        if (known != null) return known;
        long[] m = new long[words];
        for (State.Reading r : s.readings) {
            Inner in = inner(r);
            for (int w = 0; w < words; w++) m[w] |= in.tokens[w];
            Map<Integer, State> after = new HashMap<>();
            for (int i = 0; i < in.exits.length; i++) {
                State from = after.computeIfAbsent(in.labels[i], label -> machine.afterReading(r, label));
                if (from.readings.length > 0) walk(from, in.trie, in.exits[i], m);
            }
        }
        for (State.Expected e : s.expected) {
            if (e.id() != State.ANY) {
                m[e.id() >>> 6] |= 1L << e.id();
                continue;
            }
            long[] controls = trie.controls();
            for (int w = 0; w < words; w++) m[w] |= controls[w];
        }
        if (s.accepts) for (int end : trie.ends()) m[end >>> 6] |= 1L << end;
        remember(s, m);
        return m;
    }

    private void remember(State s, long[] m) {
        if (++masks > MAX_MASKS) {
            for (State old : masked) old.mask = null;
            masked.clear();
            masks = 1;
        }
        s.mask = m;
        masked.add(s);
    }

    /** Everything below a node, in the context of a whole state. */
    private void walk(State from, TokenTrie trie, int node, long[] m) {
        int base = trie.depth(node) + 1;
        statePath[0] = from;
        int end = trie.end(node);
        for (int i = node + 1; i < end; ) {
            int d = trie.depth(i) - base;
            State s = machine.next(statePath[d], trie.label(i));
            if (s.dead()) {
                i = trie.end(i);
                continue;
            }
            if (trie.hasToken(i)) trie.allow(i, m);
            statePath[d + 1] = s;
            i++;
        }
    }

    private Inner inner(State.Reading r) {
        ByteAutomaton a = r.step().automaton();
        List<@Nullable Inner> list = inner.computeIfAbsent(a, k -> new ArrayList<>());
        while (list.size() <= r.at()) list.add(null);
        Inner known = list.get(r.at());
        if (known != null) return known;
        if (++innerCount > MAX_MASKS) {
            inner.clear();
            innerCount = 1;
            list = new ArrayList<>();
            inner.put(a, list);
            while (list.size() <= r.at()) list.add(null);
        }
        Inner made = walkInner(a, r.at());
        list.set(r.at(), made);
        return made;
    }

    private Inner walkInner(ByteAutomaton a, int from) {
        long[] m = new long[words];
        TokenTrie tree = trie;
        if (a.endures(from, TokenTrie.HARMLESS_LENGTH)) {
            // In a string that is free as far as a token reaches, only the tokens that could end it need a walk.
            System.arraycopy(trie.harmless(), 0, m, 0, words);
            tree = trie.others();
        }
        int[] exits = new int[16];
        int[] labels = new int[16];
        int n = 0;
        path[0] = from;
        rows[0] = a.row(from);
        int nodes = tree.nodes();
        for (int i = 0; i < nodes; ) {
            int d = tree.depth(i);
            int b = tree.label(i);
            int at = rows[d][b];
            if (at == ByteAutomaton.UNKNOWN) at = a.learn(path[d], rows[d], b);
            int end = tree.end(i);
            if (at < 0) {
                i = end;
                continue;
            }
            if (tree.hasToken(i)) tree.allow(i, m);
            if (end == i + 1) {
                i = end;
                continue;
            }
            int label = a.label(at);
            if (label >= 0) {
                if (n == exits.length) {
                    exits = Arrays.copyOf(exits, 2 * n);
                    labels = Arrays.copyOf(labels, 2 * n);
                }
                exits[n] = i;
                labels[n++] = label;
            }
            path[d + 1] = at;
            rows[d + 1] = a.row(at);
            i++;
        }
        return new Inner(m, tree, Arrays.copyOf(exits, n), Arrays.copyOf(labels, n));
    }

    /** The only control token that may come, where nothing else may; else -1. */
    public int forcedToken(State s) {
        if (s.accepts || s.readings.length > 0 || s.expected.length == 0) return -1;
        int id = s.expected[0].id(); // State.ANY is negative: none in particular
        for (State.Expected e : s.expected) if (e.id() != id) return -1;
        return id;
    }

    /** The bytes that must come, as far as there is only one way. */
    public synchronized byte[] forced(State s) {
        byte[] bytes = new byte[MAX_FORCED];
        int n = 0;
        State at = s;
        while (n < MAX_FORCED && !at.accepts && at.expected.length == 0) {
            int only = onlyByte(at);
            if (only < 0) break;
            bytes[n++] = (byte) only;
            at = machine.next(at, only);
        }
        return Arrays.copyOf(bytes, n);
    }

    private int onlyByte(State s) {
        int only = -1;
        for (int b = 0; b < 256; b++) {
            if (machine.next(s, b).dead()) continue;
            if (only >= 0) return -1;
            only = b;
        }
        return only;
    }
}
