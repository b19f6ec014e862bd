package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link PatternProgram} over one text, with the leftmost-first meaning that backtracking engines give, but in
 * time linear in the text: a place in the pattern that was found to lead nowhere from a place in the text is remembered
 * and not tried again (as in packrat parsing), and the stack is on the heap. Patterns come with models and texts from
 * users, so neither may make the other slow.
 *
 * <p>Only failures that cost more than {@link #CHEAP} steps are remembered, so ordinary text remembers nearly nothing.
 */
final class PatternMatcher {

    private static final int CHEAP = 64;
    /** Steps a code unit may cost on average before the pattern is refused: a bound for what memory does not cover. */
    private static final int MAX_STEPS_PER_CHAR = 500;

    private final int[] code;
    private final CharSet[] sets;
    private final PatternNode.Boundary.Kind[] boundaries;
    private final String text;
    private final int end;

    /** Backtracking entries of four: instruction, position, lower end of a run or outer base, steps so far. */
    private int[] stack = new int[64];

    private int sp;
    /** Where the innermost look ahead or atomic group began on the stack. */
    private int base = -1;

    private long steps;
    private @Nullable LongIntMap failures;
    private @Nullable LongIntMap successes;
    private Run @Nullable [] runs;

    PatternMatcher(PatternProgram program, String text) {
        this.code = program.code;
        this.sets = program.sets;
        this.boundaries = program.boundaries;
        this.text = text;
        this.end = text.length();
    }

    /** The end of the match that starts exactly at {@code start}, or -1. */
    int match(int start) {
        sp = 0;
        base = -1;
        int pc = 0;
        int pos = start;
        while (true) {
            if (++steps > (long) MAX_STEPS_PER_CHAR * (end + 16L)) {
                throw DalangException.badModelFile(
                        "the pre-tokenizer's pattern takes too long on this text", null, "pre_tokenizer");
            }
            int next = switch (code[pc]) {
                case PatternProgram.ONE -> {
                    if (pos < end) {
                        int cp = text.codePointAt(pos);
                        if (sets[code[pc + 1]].contains(cp)) {
                            pos += Character.charCount(cp);
                            yield pc + PatternProgram.WIDTH;
                        }
                    }
                    yield -1;
                }
                case PatternProgram.RUN, PatternProgram.RUN_POSSESSIVE -> {
                    int to = run(pc, pos);
                    if (to < 0) yield -1;
                    pos = to;
                    yield pc + PatternProgram.WIDTH;
                }
                case PatternProgram.RUN_LAZY -> {
                    int to = take(sets[code[pc + 1]], pos, code[pc + 2]);
                    if (to < 0) yield -1;
                    pos = to;
                    push(pc, pos, code[pc + 2]);
                    yield pc + PatternProgram.WIDTH;
                }
                case PatternProgram.SPLIT -> {
                    int preferred = code[pc + 1];
                    if (knows(failures, preferred, pos)) yield code[pc + 2];
                    if (knows(successes, preferred, pos)) yield ENCLOSED;
                    push(pc, pos, 0);
                    yield preferred;
                }
                case PatternProgram.JUMP -> code[pc + 1];
                case PatternProgram.AHEAD, PatternProgram.NOT_AHEAD, PatternProgram.ATOMIC -> {
                    push(pc, pos, base);
                    base = sp;
                    yield pc + PatternProgram.WIDTH;
                }
                case PatternProgram.END -> ENCLOSED;
                case PatternProgram.BEHIND -> {
                    boolean in = pos > 0 && sets[code[pc + 1]].contains(text.codePointBefore(pos));
                    yield in == (code[pc + 2] == 1) ? pc + PatternProgram.WIDTH : -1;
                }
                case PatternProgram.BOUNDARY -> isAt(boundaries[code[pc + 1]], pos) ? pc + PatternProgram.WIDTH : -1;
                default -> MATCHED;
            };
            if (next == MATCHED) return pos;
            if (next == ENCLOSED) {
                int frame = leaveEnclosed();
                int op = code[stack[frame]];
                if (op == PatternProgram.NOT_AHEAD) {
                    next = -1;
                } else {
                    if (op == PatternProgram.AHEAD) pos = stack[frame + 1];
                    next = code[stack[frame] + 1];
                }
            }
            if (next < 0) {
                next = backtrack();
                if (next < 0) return -1;
                pos = resumeAt;
            }
            pc = next;
        }
    }

    private static final int MATCHED = -2;
    private static final int ENCLOSED = -3;

    private int resumeAt;

    /** Drops what the enclosed part left on the stack and gives the index of its own entry, which is dropped too. */
    private int leaveEnclosed() {
        int frame = base - 4;
        boolean ahead = code[stack[frame]] != PatternProgram.ATOMIC;
        for (int i = base; ahead && i < sp; i += 4) {
            if (code[stack[i]] == PatternProgram.SPLIT && (int) steps - stack[i + 3] > CHEAP) {
                if (successes == null) successes = new LongIntMap(64);
                successes.put(key(code[stack[i] + 1], stack[i + 1]), 1);
            }
        }
        base = stack[frame + 2];
        sp = frame;
        return frame;
    }

    private int backtrack() {
        while (sp > 0) {
            sp -= 4;
            int pc = stack[sp];
            int pos = stack[sp + 1];
            boolean dear = (int) steps - stack[sp + 3] > CHEAP;
            switch (code[pc]) {
                case PatternProgram.SPLIT -> {
                    if (dear) fails(code[pc + 1], pos);
                    resumeAt = pos;
                    return code[pc + 2];
                }
                case PatternProgram.RUN -> {
                    rememberFailure(pc, pos);
                    int rest = pc + PatternProgram.WIDTH;
                    if (dear) fails(rest, pos);
                    Run run = runs == null ? null : runs[pc / PatternProgram.WIDTH];
                    if (run != null && pos >= run.failsFrom && pos <= run.failsTo) {
                        pos = Math.max(run.failsFrom, stack[sp + 2]);
                    }
                    while (pos > stack[sp + 2]) {
                        pos = before(pos);
                        steps++;
                        if (knows(failures, rest, pos)) {
                            rememberFailure(pc, pos);
                            continue;
                        }
                        resumeAt = pos;
                        stack[sp + 1] = pos;
                        stack[sp + 3] = (int) steps;
                        sp += 4;
                        return rest;
                    }
                }
                case PatternProgram.RUN_LAZY -> {
                    int to = take(sets[code[pc + 1]], pos, 1);
                    int count = stack[sp + 2] + 1;
                    if (to >= 0 && count <= code[pc + 3]) {
                        push(pc, to, count);
                        resumeAt = to;
                        return pc + PatternProgram.WIDTH;
                    }
                }
                case PatternProgram.NOT_AHEAD -> {
                    base = stack[sp + 2];
                    resumeAt = pos;
                    return code[pc + 1];
                }
                default -> base = stack[sp + 2];
            }
        }
        return -1;
    }

    /** Takes the run at a position and leaves an entry where it may be shortened. The new position, or -1. */
    private int run(int pc, int pos) {
        CharSet set = sets[code[pc + 1]];
        int low = take(set, pos, code[pc + 2]);
        if (low < 0) return -1;
        int to = longest(pc, set, low);
        boolean mayShrink = code[pc] == PatternProgram.RUN && code[pc + PatternProgram.WIDTH] != PatternProgram.MATCH;
        if (mayShrink && runs != null) {
            Run run = runs[pc / PatternProgram.WIDTH];
            if (run != null && to >= run.failsFrom && to <= run.failsTo) {
                if (run.failsFrom <= low) return -1;
                to = before(run.failsFrom);
            }
        }
        if (to > low && mayShrink) push(pc, to, low);
        return mayShrink && knows(failures, pc + PatternProgram.WIDTH, to) ? -1 : to;
    }

    private int longest(int pc, CharSet set, int low) {
        int max = code[pc + 3];
        boolean unbounded = max == PatternNode.UNBOUNDED;
        Run known = runs == null ? null : runs[pc / PatternProgram.WIDTH];
        if (unbounded && known != null && low >= known.from && low <= known.to) return known.to;
        int to = low;
        int count = code[pc + 2];
        while (to < end && count < max) {
            if (unbounded && known != null && to == known.from) {
                known.from = low;
                return known.to;
            }
            int cp = text.codePointAt(to);
            if (!set.contains(cp)) break;
            to += Character.charCount(cp);
            count++;
        }
        steps += count;
        if (to - low > CHEAP) {
            if (runs == null) runs = new Run[code.length / PatternProgram.WIDTH];
            if (known == null) known = runs[pc / PatternProgram.WIDTH] = new Run();
            if (unbounded) {
                known.from = low;
                known.to = to;
            }
        }
        return to;
    }

    private int before(int pos) {
        return pos - Character.charCount(text.codePointBefore(pos));
    }

    /** Notes that nothing follows where a long run was cut to this place. */
    private void rememberFailure(int pc, int pos) {
        Run run = runs == null ? null : runs[pc / PatternProgram.WIDTH];
        if (run == null) return;
        boolean adjoins = run.failsFrom <= run.failsTo && pos < run.failsFrom && before(run.failsFrom) == pos;
        if (!adjoins) {
            if (pos >= run.failsFrom && pos <= run.failsTo) return;
            run.failsTo = pos;
        }
        run.failsFrom = pos;
    }

    /** What is known of one run instruction, once it has met a long run. */
    private static final class Run {
        /** A stretch within which every run ends at {@code to}. */
        private int from;

        private int to = -1;
        /** The ends after which the rest of the pattern is known to fail; none when the second is smaller. */
        private int failsFrom;

        private int failsTo = -1;
    }

    /** The place after {@code count} characters of a set, or -1. */
    private int take(CharSet set, int from, int count) {
        int pos = from;
        for (int i = 0; i < count; i++) {
            if (pos >= end) return -1;
            int cp = text.codePointAt(pos);
            if (!set.contains(cp)) return -1;
            pos += Character.charCount(cp);
        }
        return pos;
    }

    private boolean isAt(PatternNode.Boundary.Kind kind, int pos) {
        return switch (kind) {
            case TEXT_START -> pos == 0;
            case TEXT_END -> pos == end;
            case TEXT_END_OR_LAST_NEWLINE -> pos == end || (pos == end - 1 && text.charAt(pos) == '\n');
            case LINE_START -> pos == 0 || (pos < end && text.charAt(pos - 1) == '\n');
            case LINE_END -> pos == end || text.charAt(pos) == '\n';
            case WORD -> atWordBoundary(pos);
            case NOT_WORD -> !atWordBoundary(pos);
        };
    }

    private boolean atWordBoundary(int pos) {
        boolean before = pos > 0 && CharSet.WORD.contains(text.codePointBefore(pos));
        boolean after = pos < end && CharSet.WORD.contains(text.codePointAt(pos));
        return before != after;
    }

    private void fails(int pc, int pos) {
        if (failures == null) failures = new LongIntMap(64);
        failures.put(key(pc, pos), 1);
    }

    private static boolean knows(@Nullable LongIntMap memory, int pc, int pos) {
        return memory != null && memory.get(key(pc, pos)) != LongIntMap.ABSENT;
    }

    private static long key(int pc, int pos) {
        return (long) pc << 32 | pos;
    }

    private void push(int pc, int pos, int extra) {
        if (sp == stack.length) stack = Arrays.copyOf(stack, 2 * sp);
        stack[sp++] = pc;
        stack[sp++] = pos;
        stack[sp++] = extra;
        stack[sp++] = (int) steps;
    }
}
