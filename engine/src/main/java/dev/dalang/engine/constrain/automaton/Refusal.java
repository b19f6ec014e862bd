package dev.dalang.engine.constrain.automaton;

import dev.dalang.api.DalangException;

/** How constraints are refused: malformed ones as a wrong request, those that cannot be guaranteed by the feature's name. */
public final class Refusal {

    private static final int MAX_QUOTED = 80;

    private Refusal() {}

    /** The notation itself is wrong; {@code where} is a place in it. */
    public static DalangException malformed(String what, String where) {
        return DalangException.invalidRequest(oneLine(what + " (" + where + ")"), "response_format");
    }

    /** Well formed, but its promise could not be kept. */
    public static DalangException unsupported(String feature, String why) {
        return DalangException.unsupported(oneLine(feature + ": " + why), feature);
    }

    /** Too large to be compiled in bounded time and memory. */
    public static DalangException tooLarge(String what) {
        return unsupported("constraint size", what);
    }

    /** A piece of what a stranger wrote, short and on one line. */
    public static String quote(String text) {
        String s = oneLine(text);
        return s.length() <= MAX_QUOTED ? s : s.substring(0, MAX_QUOTED) + "…";
    }

    private static String oneLine(String text) {
        StringBuilder s = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) s.append(' ');
            else s.appendCodePoint(c);
        });
        return s.toString();
    }
}
