package dev.dalang.server.ollama;

import dev.dalang.server.http.Fields;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How long a model stays in memory: a number of seconds, or a duration as Go writes them ({@code 5m}, {@code 1h30m},
 * {@code 500ms}). Negative is for ever, 0 unloads at once.
 */
final class KeepAlive {

    /** What stays until its memory is needed. */
    static final Duration FOR_EVER = Duration.ofSeconds(-1);

    private static final double MOST_SECONDS = 100 * 365.0 * 24 * 3600;
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(?:\\.\\d+)?");

    private KeepAlive() {}

    /** Null for the server's own. */
    static @Nullable Duration read(Fields f) {
        JsonNode value = f.any("keep_alive");
        if (value == null) return null;
        if (value.isNumber()) return seconds(value.doubleValue());
        if (value.isString()) {
            Duration d = parse(value.stringValue().strip());
            if (d != null) return d;
        }
        throw f.invalid("keep_alive", "must be a number of seconds or a duration like \"5m\"");
    }

    /** Null for what is no duration. */
    static @Nullable Duration parse(String text) {
        if (NUMBER.matcher(text).matches()) return seconds(Double.parseDouble(text));
        boolean negative = text.startsWith("-");
        String rest = negative || text.startsWith("+") ? text.substring(1) : text;
        Matcher m = PART.matcher(rest);
        double sum = 0;
        int end = 0;
        while (end < rest.length() && m.find(end) && m.start() == end) {
            sum += Double.parseDouble(m.group(1)) * unit(m.group(2));
            end = m.end();
        }
        if (rest.isEmpty() || end < rest.length()) return null;
        return seconds(negative ? -sum : sum);
    }

    private static double unit(String name) {
        return switch (name) {
            case "ns" -> 1e-9;
            case "us", "µs", "μs" -> 1e-6;
            case "ms" -> 1e-3;
            case "s" -> 1;
            case "m" -> 60;
            default -> 3600;
        };
    }

    private static Duration seconds(double seconds) {
        if (seconds < 0) return FOR_EVER;
        return Duration.ofNanos((long) (Math.min(seconds, MOST_SECONDS) * 1e9));
    }
}
