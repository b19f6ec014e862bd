package dev.dalang.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines of CSV (RFC 4180). */
final class Csv {
    private Csv() {}

    /** A text that a spreadsheet would run as a formula gets an apostrophe before it: names come from strangers. */
    static String line(List<@Nullable Object> values) {
        StringBuilder line = new StringBuilder();
        for (Object v : values) {
            if (!line.isEmpty()) line.append(',');
            String text = v == null ? "" : v.toString();
            if (v instanceof String && !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0) text = "'" + text;
            boolean quote = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
            line.append(quote ? '"' + text.replace("\"", "\"\"") + '"' : text);
        }
        return line.toString();
    }
}
