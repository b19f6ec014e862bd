package dev.dalang.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Words and numbers as people read them. */
final class Text {

    /** All control characters but tab and newline, among them the escape that drives a terminal. */
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}&&[^\\t\\n]]");

    /** A column of words narrower than this is harder to read than a line that the terminal breaks. */
    private static final int LEAST_COLUMN = 20;

    private static final String[] DECIMAL = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};

    private Text() {}

    /** What a file or a model wrote, made harmless to a terminal. */
    static String printable(String s) {
        return CONTROLS.matcher(s).replaceAll("\uFFFD");
    }

    /** The same on one line. */
    static String oneLine(@Nullable String s) {
        return s == null ? "" : printable(s.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "));
    }

    /** Decimal units, as model stores and disks count. */
    static String bytes(long n) {
        double v = n;
        int unit = 0;
        while (v >= 999.5 && unit < DECIMAL.length - 1) {
            v /= 1000;
            unit++;
        }
        return (unit == 0 || v >= 99.5 ? format("%.0f", v) : format("%.1f", v)) + " " + DECIMAL[unit];
    }

    /** A parameter count: {@code 7.2 B}, {@code 135 M}. */
    static String count(long n) {
        if (n >= 999_500_000L) return format(n >= 99_950_000_000L ? "%.0f B" : "%.1f B", n / 1e9);
        if (n >= 999_500L) return format(n >= 99_950_000L ? "%.0f M" : "%.1f M", n / 1e6);
        if (n >= 1_000) return format("%.1f K", n / 1e3);
        return Long.toString(n);
    }

    /** Like {@code 1m2.5s}, {@code 3.21s}, {@code 12.3ms}, {@code 45µs}. */
    static String duration(Duration d) {
        double seconds = d.toNanos() / 1e9;
        if (seconds >= 60) return (long) (seconds / 60) + "m" + format("%.1fs", seconds % 60);
        if (seconds >= 1) return format("%.2fs", seconds);
        if (seconds >= 1e-3) return format("%.1fms", seconds * 1e3);
        return format("%.0fµs", seconds * 1e6);
    }

    /** Like {@code 4:07} or {@code 1:02:33}. */
    static String clock(Duration d) {
        return d.toHours() > 0
                ? format("%d:%02d:%02d", d.toHours(), d.toMinutesPart(), d.toSecondsPart())
                : format("%d:%02d", d.toMinutesPart(), d.toSecondsPart());
    }

    /** Locale-independent formatting: a program may read it. */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    static String format(String pattern, Object... args) {
        return String.format(Locale.ROOT, pattern, args);
    }

    static String plural(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }

    /** Words in lines of at most {@code width} characters, where the words allow it. */
    static String wrap(String text, int width) {
        StringBuilder wrapped = new StringBuilder();
        int at = 0;
        for (String word : text.strip().split("\\s+")) {
            int length = width(word);
            if (at > 0 && at + 1 + length > width) {
                wrapped.append('\n');
                at = 0;
            } else if (at > 0) {
                wrapped.append(' ');
                at++;
            }
            wrapped.append(word);
            at += length;
        }
        return wrapped.toString();
    }

    /** A table whose columns are as wide as they need be; the first row is the head. */
    static String table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) widths[i] = Math.max(widths[i], width(row.get(i)));
        }
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i));
                line.repeat(' ', widths[i] - width(row.get(i)) + 3);
            }
            table.append(line.toString().stripTrailing()).append('\n');
        }
        return table.toString();
    }

    /**
     * A table for lines of at most {@code width} characters: columns are left out, in the order given, as long as it is wider;
     * then the words of the last column are put in several lines.
     */
    static String table(List<List<String>> rows, int width, int... mayGo) {
        List<List<String>> left = rows;
        List<Integer> gone = new ArrayList<>();
        for (int column : mayGo) {
            if (widest(table(left)) <= width) break;
            gone.add(column);
            left = rows.stream().map(row -> without(row, gone)).toList();
        }
        if (widest(table(left)) <= width) return table(left);
        int last = left.getFirst().size() - 1;
        int others = widest(table(left.stream()
                        .map(row -> append(row.subList(0, last), "|"))
                        .toList()))
                - 1;
        int room = Math.max(LEAST_COLUMN, width - others);
        List<List<String>> broken = new ArrayList<>();
        for (List<String> row : left) {
            List<String> head = row.subList(0, last);
            for (String line : wrap(row.get(last), room).split("\n", -1)) {
                broken.add(append(head, line));
                head = Collections.nCopies(last, "");
            }
        }
        return table(broken);
    }

    private static int widest(String text) {
        return text.lines().mapToInt(Text::width).max().orElse(0);
    }

    private static List<String> without(List<String> row, List<Integer> columns) {
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) if (!columns.contains(i)) rest.add(row.get(i));
        return rest;
    }

    private static List<String> append(List<String> row, String cell) {
        List<String> longer = new ArrayList<>(row);
        longer.add(cell);
        return longer;
    }

    private static int width(String s) {
        return s.codePointCount(0, s.length());
    }
}
