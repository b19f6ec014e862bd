package dev.dalang.engine.constrain.machine;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a grammar: a state and a byte give a state. States are made once and their transitions remembered, so that in
 * the long run this is a deterministic automaton which was made only where texts went. Not thread-safe.
 */
final class Machine {

    /** Readings of one state: beyond, a grammar is too ambiguous to be followed. */
    private static final int MAX_READINGS = 20_000;

    private static final int MAX_STATES = 20_000;

    private static final State DEAD = new State(new State.Reading[0], new State.Expected[0], false);

    private final Place root;
    private int places;
    private int reads;
    private int frameNumbers;
    private final IdentityHashMap<Step.Read, Integer> readNumbers = new IdentityHashMap<>();
    private final Map<Frame.Key, Frame> frames = new HashMap<>();
    private final Map<State.Key, State> states = new HashMap<>();
    private @Nullable State start;

    Machine(Place root) {
        this.root = root;
    }

    State start() {
        State s = start;
        if (s == null) {
            Closure c = new Closure();
            c.enter(root, frame(new Place[0], new Frame[0], true));
            s = c.finish(List.of());
            start = s;
        }
        return s;
    }

    State next(State s, int b) {
        if (s.next.length == 0) return DEAD;
        State to = s.next[b];
        if (to == null) {
            to = compute(s, b);
            s.next[b] = to;
        }
        return to;
    }

    private State compute(State s, int b) {
        Closure c = null;
        List<State.Reading> moved = new ArrayList<>();
        for (State.Reading r : s.readings) {
            ByteAutomaton a = r.step().automaton();
            int at = a.next(r.at(), b);
            if (at < 0) continue;
            if (a.open(at)) moved.add(new State.Reading(r.read(), r.step(), at, r.frame()));
            int label = a.label(at);
            if (label >= 0) {
                if (c == null) c = new Closure();
                c.enter(after(r.step(), label), r.frame());
            }
        }
        if (c == null && moved.isEmpty()) return DEAD;
        return (c == null ? new Closure() : c).finish(moved);
    }

    static Place after(Step.Read read, int label) {
        Place place = read.after()[label];
        if (place == null) throw new IllegalStateException("a label that leads nowhere");
        return place;
    }

    /** @param any the token is one of those that any control token may be */
    State afterToken(State s, int id, boolean any) {
        Closure c = new Closure();
        // A token that ends a free text is not part of it.
        boolean named = Arrays.stream(s.expected).anyMatch(e -> e.id() == id);
        for (State.Expected e : s.expected)
            if (e.id() == id || (e.id() == State.ANY && any && !named)) c.enter(e.after(), e.frame());
        return c.finish(List.of());
    }

    /** The state of one reading that has ended with a label, others left aside. */
    State afterReading(State.Reading r, int label) {
        Closure c = new Closure();
        c.enter(after(r.step(), label), r.frame());
        return c.finish(List.of());
    }

    private Frame frame(Place[] after, Frame[] below, boolean accepts) {
        int[] edges = new int[2 * after.length];
        for (int i = 0; i < after.length; i++) {
            edges[2 * i] = number(after[i]);
            edges[2 * i + 1] = below[i].number();
        }
        return frames.computeIfAbsent(
                new Frame.Key(edges, accepts), k -> new Frame(frameNumbers++, after, below, accepts));
    }

    private int number(Place p) {
        if (p.number < 0) p.number = places++;
        return p.number;
    }

    private int number(Step.Read r) {
        return readNumbers.computeIfAbsent(r, k -> reads++);
    }

    // ------------------------------------------------------------------ what can be reached without reading

    /** A frame that is still being put together: all calls of one place at this position. */
    private static final class Calls {
        private final List<Place> after = new ArrayList<>();
        private final List<Object> below = new ArrayList<>();
        private boolean returned;
        private boolean resolving;
        private @Nullable Frame frame;
    }

    /** A place with the {@link Frame} or {@link Calls} that it is in. */
    private record Spot(Place place, Object in) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Spot s && place == s.place && in == s.in;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(place) + System.identityHashCode(in);
        }
    }

    private record Found(Step step, Object in) {}

    private final class Closure {
        private final Set<Spot> seen = new HashSet<>();
        private final Deque<Spot> todo = new ArrayDeque<>();
        private final IdentityHashMap<Place, Calls> calls = new IdentityHashMap<>();
        private final List<Found> found = new ArrayList<>();
        private boolean accepts;

        void enter(Place place, Object in) {
            Spot spot = new Spot(place, in);
            if (seen.add(spot)) todo.add(spot);
            if (seen.size() > MAX_READINGS) {
                throw Refusal.unsupported("grammar", "it is too ambiguous to be followed");
            }
        }

        State finish(List<State.Reading> moved) {
            while (!todo.isEmpty()) {
                Spot s = todo.poll();
                for (Step step : s.place.steps()) take(step, s.in);
            }
            List<State.Reading> readings = new ArrayList<>(moved);
            List<State.Expected> expected = new ArrayList<>();
            for (Found f : found) {
                Frame frame = resolve(f.in);
                switch (f.step) {
                    case Step.Read r -> readings.add(new State.Reading(number(r), r, r.start(), frame));
                    case Step.Token t -> expected.add(new State.Expected(t.id(), t.after(), frame));
                    case Step.AnyToken t -> expected.add(new State.Expected(State.ANY, t.after(), frame));
                    default -> throw new IllegalStateException();
                }
            }
            return state(readings, expected, accepts);
        }

        private void take(Step step, Object in) {
            switch (step) {
                case Step.Read r -> found.add(new Found(r, in));
                case Step.Token t -> found.add(new Found(t, in));
                case Step.AnyToken t -> found.add(new Found(t, in));
                case Step.Jump j -> enter(j.to(), in);
                case Step.Call c -> {
                    Calls all = calls.computeIfAbsent(c.target(), k -> new Calls());
                    all.after.add(c.after());
                    all.below.add(in);
                    if (all.returned) enter(c.after(), in);
                    enter(c.target(), all);
                }
                case Step.Return r -> leave(in);
            }
        }

        private void leave(Object in) {
            if (in instanceof Frame f) {
                accepts |= f.accepts();
                for (int i = 0; i < f.after().length; i++) enter(f.after()[i], f.below()[i]);
            } else if (in instanceof Calls c && !c.returned) {
                c.returned = true;
                for (int i = 0; i < c.after.size(); i++) enter(c.after.get(i), c.below.get(i));
            }
        }

        /** Calls that were a rule's last step leave no trace, so that lists written as recursion need no stack. */
        private Frame resolve(Object in) {
            if (in instanceof Frame f) return f;
            Calls c = (Calls) in;
            if (c.frame != null) return c.frame;
            if (c.resolving) throw Refusal.unsupported("left recursion", "a rule begins with itself");
            c.resolving = true;
            Map<Long, Integer> known = new HashMap<>();
            List<Place> after = new ArrayList<>();
            List<Frame> below = new ArrayList<>();
            boolean ends = false;
            for (int i = 0; i < c.after.size(); i++) {
                Frame f = resolve(c.below.get(i));
                if (c.after.get(i).returns()) {
                    ends |= f.accepts();
                    for (int k = 0; k < f.after().length; k++) add(f.after()[k], f.below()[k], known, after, below);
                } else {
                    add(c.after.get(i), f, known, after, below);
                }
            }
            c.resolving = false;
            Integer[] order = new Integer[after.size()];
            Arrays.setAll(order, i -> i);
            Arrays.sort(
                    order,
                    Comparator.comparingInt((Integer i) -> number(after.get(i)))
                            .thenComparingInt(i -> below.get(i).number()));
            Frame made = frame(
                    Arrays.stream(order).map(after::get).toArray(Place[]::new),
                    Arrays.stream(order).map(below::get).toArray(Frame[]::new),
                    ends);
            c.frame = made;
            return made;
        }

        private void add(Place p, Frame f, Map<Long, Integer> known, List<Place> after, List<Frame> below) {
            if (known.putIfAbsent((long) number(p) << 32 | f.number(), 0) != null) return;
            after.add(p);
            below.add(f);
        }
    }

    private State state(List<State.Reading> readings, List<State.Expected> expected, boolean accepts) {
        readings.sort(Comparator.comparingInt(State.Reading::read)
                .thenComparingInt(State.Reading::at)
                .thenComparingInt(r -> r.frame().number()));
        for (int i = readings.size() - 1; i > 0; i--) {
            State.Reading a = readings.get(i);
            State.Reading b = readings.get(i - 1);
            if (a.read() == b.read() && a.at() == b.at() && a.frame() == b.frame()) readings.remove(i);
        }
        expected.sort(Comparator.comparingInt(State.Expected::id)
                .thenComparingInt(e -> number(e.after()))
                .thenComparingInt(e -> e.frame().number()));
        int[] content = new int[2 + 3 * (readings.size() + expected.size())];
        int n = 0;
        content[n++] = accepts ? 1 : 0;
        content[n++] = readings.size();
        for (State.Reading r : readings) {
            content[n++] = r.read();
            content[n++] = r.at();
            content[n++] = r.frame().number();
        }
        for (State.Expected e : expected) {
            content[n++] = e.id();
            content[n++] = number(e.after());
            content[n++] = e.frame().number();
        }
        if (states.size() > MAX_STATES) {
            // Whoever still holds an old state goes on from it; only the sharing begins anew.
            states.clear();
            frames.clear();
            start = null;
        }
        return states.computeIfAbsent(
                new State.Key(content),
                k -> new State(
                        readings.toArray(State.Reading[]::new), expected.toArray(State.Expected[]::new), accepts));
    }
}
