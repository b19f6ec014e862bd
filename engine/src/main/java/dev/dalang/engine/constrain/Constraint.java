package dev.dalang.engine.constrain;

import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.State;
import dev.dalang.engine.constrain.machine.TokenMachine;
import dev.dalang.engine.constrain.machine.TokenTrie;
import dev.dalang.engine.sample.TokenMask;
import org.jspecify.annotations.Nullable;

/**
 * A grammar for one vocabulary. What it learns of the grammar while texts are written stays with it, so that the second
 * answer costs less than the first. Thread-safe.
 */
public final class Constraint {

    private final TokenMachine machine;
    private final State start;

    /** @throws dev.dalang.api.DalangException if the grammar cannot be followed even at its beginning */
    public Constraint(Grammar grammar, TokenTrie vocabulary) {
        this.machine = new TokenMachine(grammar.before(new Place.End()), vocabulary);
        this.start = machine.start();
    }

    /** A text from its beginning. */
    public Text begin() {
        return new Text(machine, start);
    }

    /** One text on its way through the grammar; for one thread at a time, which need not be the same throughout. */
    public static final class Text {

        private final TokenMachine machine;
        private @Nullable State state;

        private Text(TokenMachine machine, State state) {
            this.machine = machine;
            this.state = state;
        }

        /** Another text that has come as far as this one, and goes its own way from here. */
        public Text fork() {
            Text other = new Text(machine, machine.start());
            other.state = state;
            return other;
        }

        /** Where the text is: give it to {@link #back} to undo what was accepted since. Costs nothing. */
        public @Nullable State at() {
            return state;
        }

        public void back(@Nullable State to) {
            state = to;
        }

        /** Sets the tokens that may come next, and no others: none once the answer has ended. */
        public void mask(TokenMask into) {
            State s = state;
            if (s == null) into.clear();
            else machine.mask(s, into.words());
        }

        public boolean allows(int token) {
            State s = state;
            if (s == null) return false;
            State to = machine.after(s, token);
            return to == null || !to.dead();
        }

        /**
         * Goes on by a token.
         *
         * @return whether it was allowed; if not, nothing has changed
         */
        public boolean accept(int token) {
            State s = state;
            if (s == null) return false;
            State to = machine.after(s, token);
            if (to != null && to.dead()) return false;
            state = to;
            return true;
        }

        /** Goes on by bytes of ordinary text; whether they were allowed. If not, nothing has changed. */
        public boolean accept(byte[] bytes) {
            State s = state;
            if (s == null) return false;
            State to = machine.after(s, bytes);
            if (to.dead()) return false;
            state = to;
            return true;
        }

        /** Whether the text may end here. */
        public boolean mayEnd() {
            State s = state;
            return s == null || s.accepts();
        }

        /** Whether nothing but the end can come. */
        public boolean mustEnd() {
            State s = state;
            return s == null || s.complete();
        }

        /** The one control token that must come next, or -1. */
        public int forcedToken() {
            State s = state;
            return s == null ? -1 : machine.forcedToken(s);
        }

        /** The bytes that must come next, as far as there is only one way to go on. */
        public byte[] forced() {
            State s = state;
            return s == null ? new byte[0] : machine.forced(s);
        }
    }
}
