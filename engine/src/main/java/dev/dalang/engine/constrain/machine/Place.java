package dev.dalang.engine.constrain.machine;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in a grammar, which says what may come next. Its steps are asked for once, when the machine first gets there,
 * so that a grammar may have more places than could ever be written down: an object's, for each set of keys seen.
 *
 * <p>Every place must be able to reach its {@link Step.Return}: a place that leads nowhere is not to be offered. A place
 * belongs to one machine.
 */
public abstract class Place {

    /** One way to go on. */
    public sealed interface Step {

        /** Nothing more is read here: back to whoever called. */
        record Return() implements Step {}

        /** On to another place without reading. */
        record Jump(Place to) implements Step {}

        /** Reads what {@code target} describes, then goes on at {@code after}. */
        record Call(Place target, Place after) implements Step {}

        /** Reads one control token. */
        record Token(int id, Place after) implements Step {}

        /** Reads any control token but those that end an answer. */
        record AnyToken(Place after) implements Step {}

        /**
         * Reads a text from {@code start} of an automaton.
         *
         * @param after by the text's label
         */
        @SuppressWarnings("ArrayRecordComponent") // compared by identity, never changed
        record Read(
                ByteAutomaton automaton,
                int start,
                @Nullable Place[] after) implements Step {}
    }

    /** A place that returns at once. */
    public static final class End extends Place {
        @Override
        protected List<Step> unfold() {
            return List.of(new Step.Return());
        }
    }

    /** A place whose steps are known when, or soon after, it is made. */
    public static final class Fixed extends Place {
        private @Nullable List<Step> known;

        public Fixed(Step... steps) {
            if (steps.length > 0) known = List.of(steps);
        }

        public void set(List<Step> steps) {
            known = List.copyOf(steps);
        }

        @Override
        protected List<Step> unfold() {
            if (known == null) throw new IllegalStateException("a place without steps");
            return known;
        }
    }

    /** The machine's number for it, in order of first visits. */
    int number = -1;

    private @Nullable List<Step> steps;

    protected abstract List<Step> unfold();

    final List<Step> steps() {
        List<Step> s = steps;
        if (s == null) {
            s = unfold();
            steps = s;
        }
        return s;
    }

    final boolean returns() {
        List<Step> s = steps();
        return s.size() == 1 && s.getFirst() instanceof Step.Return;
    }
}
