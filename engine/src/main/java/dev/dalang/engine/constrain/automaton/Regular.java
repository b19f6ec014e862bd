package dev.dalang.engine.constrain.automaton;

import java.util.List;

/** The tree of a regular expression. */
public sealed interface Regular {

    /** One character of a set. */
    record Chars(CharClass set) implements Regular {}

    record Sequence(List<Regular> parts) implements Regular {}

    record Choice(List<Regular> options) implements Regular {}

    /** {@code max} is negative for no limit. */
    record Repeat(Regular node, int min, int max) implements Regular {}

    /** The beginning of the text. */
    record Begin() implements Regular {}

    /** The end of the text. */
    record End() implements Regular {}

    /** What follows begins like {@code node}, or must not. */
    record Look(Regular node, boolean wanted) implements Regular {}

    /** Exactly this text. */
    static Regular text(String text) {
        return new Sequence(text.codePoints()
                .<Regular>mapToObj(c -> new Chars(CharClass.of(c, c)))
                .toList());
    }
}
