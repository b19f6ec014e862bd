package dev.dalang.engine.sample;

import dev.dalang.api.DalangException;
import dev.dalang.engine.text.PatternAutomaton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a streamed answer before the first stop string, whatever the pieces that it comes in.
 *
 * <p>Text is given out as soon as it can no longer be part of a stop string; the end that still could be is held back.
 * Of several stop strings the one that <em>begins</em> earliest wins, so that the text given out does not depend on how
 * the answer was cut into pieces. Of several that begin at the same place the shortest wins, since it is complete
 * first: the text is the same, and waiting for a longer one would cost tokens. The work is linear in the text
 * (Aho-Corasick).
 *
 * <p>One instance serves one answer; it is not thread-safe.
 */
public final class StopStrings {

    /** More than any API allows (OpenAI 4, Anthropic 8191 characters in all), and a bound on the automaton. */
    public static final int MAX_STRINGS = 256;

    public static final int MAX_TOTAL_LENGTH = 65_536;

    private final List<String> strings;
    private final PatternAutomaton automaton;
    private int state = PatternAutomaton.START;

    /** Text not given out yet; its first character has position {@link #heldFrom} in the answer. */
    private final StringBuilder held = new StringBuilder();

    private long heldFrom;
    private long position;
    /** The best complete match so far, or -1: an earlier one may still be under way. */
    private int match = -1;

    private long matchStart;
    private boolean stopped;

    /** @throws DalangException for an empty stop string, too many, or too long ones */
    public StopStrings(List<String> strings) {
        if (strings.size() > MAX_STRINGS) {
            throw DalangException.invalidRequest(
                    "stop: " + strings.size() + " stop strings; at most " + MAX_STRINGS + " are allowed", "stop");
        }
        long total = 0;
        for (String s : strings) {
            if (s.isEmpty()) throw DalangException.invalidRequest("stop: a stop string must not be empty", "stop");
            total += s.length();
        }
        if (total > MAX_TOTAL_LENGTH) {
            throw DalangException.invalidRequest(
                    "stop: the stop strings have " + total + " characters; at most " + MAX_TOTAL_LENGTH
                            + " are allowed",
                    "stop");
        }
        this.strings = List.copyOf(strings);
        this.automaton = PatternAutomaton.ofStrings(this.strings);
    }

    /** Takes the next piece of the answer; returns the text that is now certain to belong to it (maybe empty). */
    public String push(CharSequence piece) {
        if (stopped) return "";
        for (int i = 0; i < piece.length() && !stopped; i++) {
            char c = piece.charAt(i);
            held.append(c);
            position++;
            state = automaton.next(state, c);
            int ending = automaton.longestMatch(state);
            if (ending >= 0) {
                long start = position - strings.get(ending).length();
                if (match < 0 || start < matchStart) {
                    match = ending;
                    matchStart = start;
                }
            }
            // Nothing that began before the match is still under way: it stands.
            stopped = match >= 0 && position - automaton.depth(state) >= matchStart;
        }
        long safe = position - automaton.depth(state);
        return release(match >= 0 ? Math.min(matchStart, safe) : safe);
    }

    /** The answer is over: returns what was held back, up to a stop string if one was found. */
    public String finish() {
        if (stopped) return "";
        stopped = match >= 0;
        return release(stopped ? matchStart : position);
    }

    private String release(long upTo) {
        int n = (int) (upTo - heldFrom);
        if (n <= 0) return "";
        String text = held.substring(0, n);
        held.delete(0, n);
        heldFrom = upTo;
        return text;
    }

    /** Whether a stop string was found: nothing more will be given out. */
    public boolean stopped() {
        return stopped;
    }

    /** The stop string that was found, or null. */
    public @Nullable String matched() {
        return stopped && match >= 0 ? strings.get(match) : null;
    }
}
