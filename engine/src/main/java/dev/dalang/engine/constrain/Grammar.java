package dev.dalang.engine.constrain;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import dev.dalang.engine.constrain.grammar.Gbnf;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What may be written, put together of smaller ones. A grammar is used by one {@link Constraint}. */
@FunctionalInterface
public interface Grammar {

    /** The place that reads this and goes on at {@code after}. */
    Place before(Place after);

    /** Nothing. */
    Grammar EMPTY = after -> after;

    /** Exactly this text, of ordinary tokens. */
    static Grammar text(String text) {
        return text.isEmpty() ? EMPTY : language(TextDfa.ofTexts(List.of(text)));
    }

    /** One control token. */
    static Grammar token(int id) {
        return after -> new Place.Fixed(new Step.Token(id, after));
    }

    /** The texts that a regular expression matches from beginning to end. */
    static Grammar regex(String pattern) {
        TextDfa dfa = Regex.whole(pattern);
        if (dfa.isEmpty()) {
            throw Refusal.malformed("the pattern matches no text", "regex");
        }
        return language(dfa);
    }

    /** One of these texts. */
    static Grammar options(List<String> texts) {
        return language(TextDfa.ofTexts(texts).unlabelled());
    }

    /**
     * A grammar in llama.cpp's notation.
     *
     * @param tokens the id of a control token by its spelling, or a negative number
     */
    static Grammar gbnf(String text, ToIntFunction<String> tokens) {
        Place root = Gbnf.compile(text, tokens);
        return call(root);
    }

    /** What a place reads until it returns. */
    static Grammar call(Place place) {
        return after -> new Place.Fixed(new Step.Call(place, after));
    }

    /** A text of a regular language. */
    static Grammar language(TextDfa dfa) {
        boolean empty = dfa.accepts("");
        TextDfa rest = empty ? dfa.minus(TextDfa.ofTexts(List.of(""))) : dfa;
        ByteAutomaton a = rest.isEmpty() ? null : new ByteAutomaton(rest, ByteAutomaton.Encoding.PLAIN);
        return after -> {
            List<Step> steps = new ArrayList<>();
            if (a != null) steps.add(new Step.Read(a, a.start(), new Place[] {after}));
            if (empty) steps.add(new Step.Jump(after));
            return new Place.Fixed(steps.toArray(Step[]::new));
        };
    }

    static Grammar sequence(List<Grammar> parts) {
        return after -> {
            Place at = after;
            for (int i = parts.size() - 1; i >= 0; i--) at = parts.get(i).before(at);
            return at;
        };
    }

    static Grammar sequence(Grammar... parts) {
        return sequence(List.of(parts));
    }

    /** One of these; at least one. */
    static Grammar choice(List<Grammar> options) {
        return after -> new Place.Fixed(
                options.stream().map(o -> new Step.Jump(o.before(after))).toArray(Step[]::new));
    }

    default Grammar optional() {
        return choice(List.of(EMPTY, this));
    }

    /** Over and over, at least once. */
    default Grammar repeated() {
        return after -> {
            Place.Fixed again = new Place.Fixed();
            Place once = before(again);
            again.set(List.of(new Step.Jump(once), new Step.Jump(after)));
            return once;
        };
    }

    /**
     * White space as models write it between marks, or none: a space, or one or two line ends and an indentation. A bound,
     * since a model that would rather say something else may go on with blanks as long as it may.
     */
    static Grammar space() {
        return language(Regex.whole("( |\\r?\\n(\\r?\\n)?[ \\t]{0,8})?"));
    }

    /** White space before the first word, or none: as much as is a token of its own or begins one, and no indentation. */
    static Grammar leadingSpace() {
        return language(Regex.whole("( |\\r?\\n(\\r?\\n)?)?"));
    }

    /** A text that begins an end of some free text, as its spelling or as a control token, and what follows it. */
    record End(@Nullable String text, int token, Grammar then) {}

    /**
     * Any text and any control tokens up to the first of some ends.
     *
     * @param mayStop the free text may also be the last thing
     */
    static Grammar free(List<End> ends, boolean mayStop) {
        List<String> texts = new ArrayList<>();
        for (End e : ends) if (e.text() != null) texts.add(e.text());
        ByteAutomaton a = new ByteAutomaton(TextDfa.until(texts), ByteAutomaton.Encoding.PLAIN);
        return after -> {
            Place.Fixed between = new Place.Fixed();
            Place[] next = new Place[texts.size() + 1];
            next[texts.size()] = between;
            List<Step> steps = new ArrayList<>();
            int n = 0;
            for (End e : ends) {
                Place then = e.then().before(after);
                if (e.text() != null) next[n++] = then;
                else steps.add(new Step.Token(e.token(), then));
            }
            Place.Fixed start = new Place.Fixed();
            steps.add(new Step.AnyToken(start));
            if (mayStop) steps.add(new Step.Jump(after));
            between.set(steps);
            List<Step> first = new ArrayList<>(steps);
            first.add(new Step.Read(a, a.start(), next));
            start.set(first);
            return start;
        };
    }
}
