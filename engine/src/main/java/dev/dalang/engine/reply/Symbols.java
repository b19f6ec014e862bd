package dev.dalang.engine.reply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The alphabet of one parse: UTF-16 units as they are, and one symbol above them for every control token that some
 * marker of the language is made of. So a marker that is a control token is found only where the model produced that
 * token, never in text that merely spells it.
 */
final class Symbols {

    private static final int FIRST_CONTROL = Character.MAX_VALUE + 1;

    /** Longest first, so that encoding is greedy. */
    private final List<String> controls;

    private final Collection<String> markers;

    /** @param controlTokens the texts of the vocabulary's control tokens */
    Symbols(Collection<String> controlTokens, Collection<String> markers) {
        this.markers = markers;
        this.controls = controlTokens.stream()
                .distinct()
                .filter(t -> !t.isEmpty() && markers.stream().anyMatch(m -> m.contains(t)))
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    static boolean isControl(int symbol) {
        return symbol >= FIRST_CONTROL;
    }

    /** A marker as this parse will meet it. */
    int[] encode(String marker) {
        List<Integer> symbols = new ArrayList<>();
        for (int i = 0; i < marker.length(); ) {
            int control = controlAt(marker, i);
            if (control >= 0) {
                symbols.add(FIRST_CONTROL + control);
                i += controls.get(control).length();
            } else {
                symbols.add((int) marker.charAt(i++));
            }
        }
        return symbols.stream().mapToInt(Integer::intValue).toArray();
    }

    private int controlAt(String text, int at) {
        for (int c = 0; c < controls.size(); c++) if (text.startsWith(controls.get(c), at)) return c;
        return -1;
    }

    /**
     * The symbols of a control token as a piece of its own: one, if it is part of a marker; those of its text, if the
     * caller named no control tokens but a marker holds it; else null: it says nothing in this language.
     */
    int @Nullable [] ofControl(String token) {
        int i = controls.indexOf(token);
        if (i >= 0) return new int[] {FIRST_CONTROL + i};
        return markers.stream().anyMatch(m -> m.contains(token)) ? token.chars().toArray() : null;
    }

    void appendText(StringBuilder out, int symbol) {
        if (isControl(symbol)) {
            out.append(controls.get(symbol - FIRST_CONTROL));
        } else {
            out.append((char) symbol);
        }
    }

    String text(int symbol) {
        return isControl(symbol) ? controls.get(symbol - FIRST_CONTROL) : String.valueOf((char) symbol);
    }
}
