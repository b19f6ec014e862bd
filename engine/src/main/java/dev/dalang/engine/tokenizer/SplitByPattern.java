package dev.dalang.engine.tokenizer;

/**
 * Cuts at the matches of a regular expression, as Hugging Face's {@code Split}. With {@link Behaviour#ISOLATED} matches
 * and what lies between them are pieces alike, which is also what llama.cpp does with each of its expressions.
 */
final class SplitByPattern implements PreTokenizer {

    enum Behaviour {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS
    }

    private final PatternProgram program;
    private final Behaviour behaviour;
    private final boolean invert;

    SplitByPattern(PatternNode pattern, Behaviour behaviour, boolean invert) {
        this.program = PatternProgram.compile(pattern);
        this.behaviour = behaviour;
        this.invert = invert;
    }

    static SplitByPattern isolated(String pattern) {
        return new SplitByPattern(PatternParser.parse(pattern), Behaviour.ISOLATED, false);
    }

    /** Keeps what lies between the matches. */
    static SplitByPattern dropping(String pattern) {
        return new SplitByPattern(PatternParser.parse(pattern), Behaviour.REMOVED, false);
    }

    @Override
    public void split(String text, boolean atStart, Sink sink) {
        Pieces pieces = new Pieces(text, atStart, sink);
        PatternMatcher matcher = new PatternMatcher(program, text);
        int gap = 0;
        int pos = 0;
        while (pos < text.length()) {
            int end = matcher.match(pos);
            if (end < 0) {
                pos += Character.charCount(text.codePointAt(pos));
                continue;
            }
            if (pos > gap) pieces.add(gap, pos, invert);
            if (end == pos) {
                // An empty match cuts here and takes nothing.
                pieces.cut();
                gap = pos;
                pos += Character.charCount(text.codePointAt(pos));
            } else {
                pieces.add(pos, end, !invert);
                gap = end;
                pos = end;
            }
        }
        if (gap < text.length()) pieces.add(gap, text.length(), invert);
        pieces.finish();
    }

    /** Joins or drops the stretches as the behaviour wants. */
    private final class Pieces {
        private final String text;
        private final boolean atStart;
        private final Sink sink;
        private int from;
        private int to;
        private boolean lastMatched;
        private boolean pending;

        Pieces(String text, boolean atStart, Sink sink) {
            this.text = text;
            this.atStart = atStart;
            this.sink = sink;
        }

        void add(int start, int end, boolean matched) {
            boolean join = pending
                    && switch (behaviour) {
                        case REMOVED, ISOLATED -> false;
                        case MERGED_WITH_PREVIOUS -> matched && !lastMatched;
                        case MERGED_WITH_NEXT -> !matched && lastMatched;
                        case CONTIGUOUS -> matched == lastMatched;
                    };
            if (!join) {
                finish();
                from = start;
            }
            to = end;
            lastMatched = matched;
            pending = !(behaviour == Behaviour.REMOVED && matched);
        }

        void cut() {
            finish();
            lastMatched = false;
        }

        void finish() {
            if (pending) sink.piece(text.substring(from, to), atStart && from == 0);
            pending = false;
        }
    }
}
