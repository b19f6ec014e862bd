package dev.dalang.server;

import dev.dalang.api.DalangException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a model stays in memory after an answer, in the words of Ollama's users: {@code 5m}, {@code 1h30m}, {@code 300}. */
public final class KeepAlive {

    /** As long as there is room. */
    public static final Duration FOR_EVER = Duration.ofSeconds(-1);

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,12}(\\.\\d{1,9})?");
    private static final Pattern PIECE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|µs|ms|s|m|h)");

    private KeepAlive() {}

    /**
     * Seconds without a unit, or numbers with units as Go writes durations; any negative one is {@link #FOR_EVER}.
     *
     * @throws DalangException naming {@code keep_alive} if it is neither
     */
    public static Duration parse(String text) {
        String s = text.strip();
        if (NUMBER.matcher(s).matches()) return ofSeconds(Double.parseDouble(s));
        boolean negative = s.startsWith("-");
        String rest = negative ? s.substring(1) : s;
        Matcher m = PIECE.matcher(rest);
        double seconds = 0;
        int at = 0;
        while (m.find() && m.start() == at) {
            seconds += Double.parseDouble(m.group(1)) * seconds(m.group(2));
            at = m.end();
        }
        if (at == 0 || at != rest.length()) {
            throw DalangException.invalidRequest(
                    "keep_alive is a number of seconds or a duration like 5m, 1h30m, 0 or -1, not \"" + brief(s) + "\"",
                    "keep_alive");
        }
        return negative ? FOR_EVER : ofSeconds(seconds);
    }

    /** Of a number in JSON. */
    public static Duration ofSeconds(double seconds) {
        if (!(seconds >= 0)) return FOR_EVER;
        return Duration.ofMillis(
                (long) Math.min(seconds * 1000, (double) Duration.ofDays(36_500).toMillis()));
    }

    private static double seconds(String unit) {
        return switch (unit) {
            case "h" -> 3600;
            case "m" -> 60;
            case "s" -> 1;
            case "ms" -> 1e-3;
            case "ns" -> 1e-9;
            default -> 1e-6;
        };
    }

    private static String brief(String s) {
        return (s.length() > 40 ? s.substring(0, 40) + "…" : s).replaceAll("\\p{Cntrl}", " ");
    }
}
