package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.engine.tokenizer.PatternNode.Greed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A pattern as instructions for {@link PatternMatcher}. Each takes {@link #WIDTH} words of {@link #code}. */
final class PatternProgram {

    /** A character of set {@code x}. */
    static final int ONE = 0;
    /** A run of characters of set {@code x}, from {@code y} to {@code z} of them, as many as possible. */
    static final int RUN = 1;
    /** As {@link #RUN}, as few as possible. */
    static final int RUN_LAZY = 2;
    /** As {@link #RUN}, and none of them is ever given back. */
    static final int RUN_POSSESSIVE = 3;
    /** Try {@code x}; if that leads nowhere, {@code y}. */
    static final int SPLIT = 4;
    /** Go on at {@code x}. */
    static final int JUMP = 5;
    /** What follows up to {@link #END} must match here; then go on at {@code x} from the same place. */
    static final int AHEAD = 6;
    /** What follows up to {@link #END} must not match here; then go on at {@code x}. */
    static final int NOT_AHEAD = 7;
    /** What follows up to {@link #END} matches once and for all; go on at {@code x} behind it. */
    static final int ATOMIC = 8;
    /** The end of an {@link #AHEAD}, {@link #NOT_AHEAD} or {@link #ATOMIC}. */
    static final int END = 9;
    /** The character before is in set {@code x}, if {@code y} is 1, or there is none such, if 0. */
    static final int BEHIND = 10;
    /** A boundary of kind {@code x}. */
    static final int BOUNDARY = 11;

    static final int MATCH = 12;

    static final int WIDTH = 4;

    private static final int MAX_INSTRUCTIONS = 50_000;

    final int[] code;
    final CharSet[] sets;
    final PatternNode.Boundary.Kind[] boundaries;

    private PatternProgram(int[] code, CharSet[] sets, PatternNode.Boundary.Kind[] boundaries) {
        this.boundaries = boundaries;
        this.code = code;
        this.sets = sets;
    }

    static PatternProgram compile(PatternNode node) {
        Compiler compiler = new Compiler();
        if (node instanceof PatternNode.Alternatives(List<PatternNode> options)) {
            // A MATCH at the end of each alternative: a run before it then knows that nothing can make it give back.
            for (int i = 0; i < options.size(); i++) {
                int split = i + 1 < options.size() ? compiler.emit(SPLIT, 0, 0, 0) : -1;
                if (split >= 0) compiler.patch(split, 1, compiler.next());
                compiler.node(options.get(i));
                compiler.emit(MATCH, 0, 0, 0);
                if (split >= 0) compiler.patch(split, 2, compiler.next());
            }
        } else {
            compiler.node(node);
            compiler.emit(MATCH, 0, 0, 0);
        }
        return new PatternProgram(
                Arrays.copyOf(compiler.code, compiler.next()),
                compiler.sets.toArray(CharSet[]::new),
                compiler.boundaries.toArray(PatternNode.Boundary.Kind[]::new));
    }

    private static final class Compiler {
        private int[] code = new int[64 * WIDTH];
        private int size;
        private final List<CharSet> sets = new ArrayList<>();
        private final List<PatternNode.Boundary.Kind> boundaries = new ArrayList<>();

        int next() {
            return size;
        }

        int emit(int op, int x, int y, int z) {
            if (size >= MAX_INSTRUCTIONS * WIDTH) {
                throw DalangException.badModelFile(
                        "the pre-tokenizer's pattern unrolls to more than " + MAX_INSTRUCTIONS + " steps",
                        null,
                        "pre_tokenizer");
            }
            if (size == code.length) code = Arrays.copyOf(code, 2 * size);
            int at = size;
            code[size++] = op;
            code[size++] = x;
            code[size++] = y;
            code[size++] = z;
            return at;
        }

        void patch(int instruction, int word, int value) {
            code[instruction + word] = value;
        }

        int set(CharSet set) {
            sets.add(set.remembering());
            return sets.size() - 1;
        }

        void boundary(PatternNode.Boundary.Kind kind) {
            boundaries.add(kind);
            emit(BOUNDARY, boundaries.size() - 1, 0, 0);
        }

        void node(PatternNode node) {
            switch (node) {
                case PatternNode.One(CharSet set) -> emit(ONE, set(set), 0, 0);
                case PatternNode.Sequence(List<PatternNode> parts) -> parts.forEach(this::node);
                case PatternNode.Alternatives(List<PatternNode> options) -> alternatives(options);
                case PatternNode.Repeat repeat -> repeat(repeat);
                case PatternNode.LookAhead(PatternNode body, boolean negative) ->
                    enclosed(negative ? NOT_AHEAD : AHEAD, body);
                case PatternNode.Atomic(PatternNode body) -> enclosed(ATOMIC, body);
                case PatternNode.LookBehind(CharSet set, boolean negative) ->
                    emit(BEHIND, set(set), negative ? 0 : 1, 0);
                case PatternNode.Boundary(PatternNode.Boundary.Kind kind) -> boundary(kind);
            }
        }

        private void enclosed(int op, PatternNode body) {
            int start = emit(op, 0, 0, 0);
            node(body);
            emit(END, 0, 0, 0);
            patch(start, 1, next());
        }

        private void alternatives(List<PatternNode> options) {
            List<Integer> jumps = new ArrayList<>();
            for (int i = 0; i < options.size() - 1; i++) {
                int split = emit(SPLIT, 0, 0, 0);
                patch(split, 1, next());
                node(options.get(i));
                jumps.add(emit(JUMP, 0, 0, 0));
                patch(split, 2, next());
            }
            node(options.getLast());
            for (int jump : jumps) patch(jump, 1, next());
        }

        private void repeat(PatternNode.Repeat repeat) {
            if (repeat.body() instanceof PatternNode.One(CharSet set)) {
                int op = switch (repeat.greed()) {
                    case GREEDY -> RUN;
                    case LAZY -> RUN_LAZY;
                    case POSSESSIVE -> RUN_POSSESSIVE;
                };
                emit(op, set(set), repeat.min(), repeat.max());
                return;
            }
            if (repeat.greed() == Greed.POSSESSIVE) {
                enclosed(ATOMIC, new PatternNode.Repeat(repeat.body(), repeat.min(), repeat.max(), Greed.GREEDY));
                return;
            }
            for (int i = 0; i < repeat.min(); i++) node(repeat.body());
            if (repeat.max() == PatternNode.UNBOUNDED) {
                int split = choice(repeat.greed());
                node(repeat.body());
                emit(JUMP, split, 0, 0);
                exit(split, repeat.greed());
                return;
            }
            List<Integer> exits = new ArrayList<>();
            for (int i = repeat.min(); i < repeat.max(); i++) {
                exits.add(choice(repeat.greed()));
                node(repeat.body());
            }
            for (int split : exits) exit(split, repeat.greed());
        }

        private int choice(Greed greed) {
            int split = emit(SPLIT, 0, 0, 0);
            patch(split, greed == Greed.LAZY ? 2 : 1, next());
            return split;
        }

        private void exit(int split, Greed greed) {
            patch(split, greed == Greed.LAZY ? 1 : 2, next());
        }
    }
}
