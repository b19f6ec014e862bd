package dev.dalang.engine.constrain.machine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a text so far may have been the beginning of. Equal states of one machine are one object, save that a
 * machine may forget states and make them again. Immutable but for what it remembers of its future.
 */
public final class State {

    /** One reading under way: a place in an automaton, and what comes after. */
    record Reading(int read, Place.Step.Read step, int at, Frame frame) {}

    /** Stands for any control token but those that end an answer. */
    static final int ANY = -1;

    /** One control token that may come. */
    record Expected(int id, Place after, Frame frame) {}

    @SuppressWarnings("ArrayRecordComponent") // never changed
    record Key(int[] content) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && Arrays.equals(content, k.content);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(content);
        }
    }

    final Reading[] readings;
    final Expected[] expected;
    final boolean accepts;

    /** By byte; null is unknown. */
    final @Nullable State[] next;

    /** Allowed tokens, one bit each, when they have been asked for. */
    long @Nullable [] mask;

    State(Reading[] readings, Expected[] expected, boolean accepts) {
        this.readings = readings;
        this.expected = expected;
        this.accepts = accepts;
        this.next = readings.length == 0 ? new State[0] : new State[256];
    }

    /** Whether nothing can follow, not even the end. */
    public boolean dead() {
        return readings.length == 0 && expected.length == 0 && !accepts;
    }

    /** Whether the text may end here. */
    public boolean accepts() {
        return accepts;
    }

    /** Whether the text can only end here. */
    public boolean complete() {
        return accepts && readings.length == 0 && expected.length == 0;
    }
}
