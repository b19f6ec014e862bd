package dev.dalang.trust.redact;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * Puts the values back into one stream of text that comes in pieces. What may be the beginning of a placeholder is held
 * back, some thirty characters at most. Values that are put in are not looked at again.
 */
final class Restorer {
    private final Placeholders placeholders;
    private final UnaryOperator<String> written;
    private final StringBuilder pending = new StringBuilder();
    private char before;

    /** @param written how a value is written here: as it is, or escaped */
    Restorer(Placeholders placeholders, UnaryOperator<String> written) {
        this.placeholders = placeholders;
        this.written = written;
    }

    static Restorer ofText(Placeholders placeholders) {
        return new Restorer(placeholders, UnaryOperator.identity());
    }

    static Restorer ofJson(Placeholders placeholders) {
        return new Restorer(placeholders, JsonStrings::escape);
    }

    String whole(String text) {
        return accept(text) + finish();
    }

    /** What is certain with the next piece. */
    String accept(String piece) {
        if (placeholders.none()) return piece;
        pending.append(piece);
        return take(false);
    }

    /** The rest. */
    String finish() {
        String rest = take(true);
        before = 0;
        return rest;
    }

    private String take(boolean end) {
        if (pending.isEmpty()) return "";
        PlaceholderForm form = new PlaceholderForm(pending, end);
        StringBuilder out = new StringBuilder(pending.length());
        int i = 0;
        while (i < pending.length()) {
            char c = pending.charAt(i);
            int length = PlaceholderForm.mayStart(c) ? form.match(i, before) : PlaceholderForm.NONE;
            if (length == PlaceholderForm.MORE) break;
            String value = length == PlaceholderForm.NONE ? null : placeholders.value(form.key());
            if (value == null) {
                out.append(c);
                before = c;
                i++;
                continue;
            }
            out.append(written.apply(form.percent() ? percent(value) : value));
            i += length;
            before = pending.charAt(i - 1);
        }
        pending.delete(0, i);
        return out.toString();
    }

    private static String percent(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
