package dev.dalang.engine.tokenizer;

import java.util.List;

/** The syntax tree of a pre-tokenizer's regular expression. */
sealed interface PatternNode {

    /** One character of the set. */
    record One(CharSet set) implements PatternNode {}

    record Sequence(List<PatternNode> parts) implements PatternNode {}

    /** The first alternative that leads to a match wins, as in Perl, Oniguruma and Python. */
    record Alternatives(List<PatternNode> options) implements PatternNode {}

    /** {@code max} is {@link #UNBOUNDED} for none. */
    record Repeat(PatternNode body, int min, int max, Greed greed) implements PatternNode {}

    record LookAhead(PatternNode body, boolean negative) implements PatternNode {}

    /** Only one character back, which is what the tokenizers in use need. */
    record LookBehind(CharSet set, boolean negative) implements PatternNode {}

    /** Matched once and never given back. */
    record Atomic(PatternNode body) implements PatternNode {}

    record Boundary(Kind kind) implements PatternNode {
        enum Kind {
            TEXT_START,
            TEXT_END,
            TEXT_END_OR_LAST_NEWLINE,
            LINE_START,
            LINE_END,
            WORD,
            NOT_WORD
        }
    }

    enum Greed {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    int UNBOUNDED = Integer.MAX_VALUE;

    /** Whether it can match without taking a character. */
    default boolean nullable() {
        return switch (this) {
            case One one -> false;
            case Sequence s -> s.parts().stream().allMatch(PatternNode::nullable);
            case Alternatives a -> a.options().stream().anyMatch(PatternNode::nullable);
            case Repeat r -> r.min() == 0 || r.body().nullable();
            case Atomic a -> a.body().nullable();
            case LookAhead l -> true;
            case LookBehind l -> true;
            case Boundary b -> true;
        };
    }
}
