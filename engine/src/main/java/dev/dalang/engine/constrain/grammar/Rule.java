package dev.dalang.engine.constrain.grammar;

import dev.dalang.engine.constrain.automaton.Regular;
import java.util.List;

/** What a rule of a grammar says. */
sealed interface Rule {

    /** Text without reference to other rules. */
    record Leaf(Regular text) implements Rule {}

    /** Another rule. */
    record Reference(String name) implements Rule {}

    /** One token of the vocabulary, by its id. */
    record Token(int id) implements Rule {}

    record Sequence(List<Rule> parts) implements Rule {}

    record Choice(List<Rule> options) implements Rule {}

    /** {@code max} is negative for no limit. */
    record Repeat(Rule rule, int min, int max) implements Rule {}
}
