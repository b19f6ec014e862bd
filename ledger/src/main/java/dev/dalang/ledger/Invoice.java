package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import dev.dalang.api.Usage;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A provider's invoice as CSV (RFC 4180), one line a request or one a day and model. Columns are found by their names in
 * the first line; {@code docs/LEDGER.md} lists them. Where that line has semicolons and no comma, as spreadsheets write it
 * in many countries, they part the fields.
 *
 * @param unread columns of other names, which say nothing here
 */
public record Invoice(List<Line> lines, List<String> unread) {

    /**
     * @param id ours or the provider's id of the request, or null for a line that adds many up
     * @param at when, to the day at least
     * @param cost null where the invoice has none
     */
    public record Line(
            @Nullable String id,
            Instant at,
            String model,
            Usage usage,
            @Nullable Money cost) {}

    private record Row(int line, List<String> cells) {}

    private static final List<String> KNOWN = List.of(
            "id",
            "date",
            "model",
            "prompt_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "completion_tokens",
            "reasoning_tokens",
            "cost_usd");

    public Invoice {
        lines = List.copyOf(lines);
        unread = List.copyOf(unread);
    }

    /** @throws DalangException naming the line that is wrong */
    public static Invoice parse(String csv, String what) {
        List<Row> rows = rows(csv, what);
        if (rows.isEmpty()) throw wrong(what, 1, "the file is empty");
        Map<String, Integer> columns = new LinkedHashMap<>();
        List<String> unread = new ArrayList<>();
        List<String> head = rows.getFirst().cells();
        for (int i = 0; i < head.size(); i++) {
            String name = head.get(i).strip().toLowerCase(Locale.ROOT);
            if (!KNOWN.contains(name)) unread.add(name);
            else if (columns.put(name, i) != null) throw wrong(what, 1, "two columns are named " + name);
        }
        for (String must : List.of("date", "model")) {
            if (!columns.containsKey(must)) {
                throw wrong(what, 1, "no column is named " + must + "; known are " + String.join(", ", KNOWN));
            }
        }
        List<Line> lines = new ArrayList<>();
        for (Row r : rows.subList(1, rows.size())) {
            List<String> row = r.cells();
            int line = r.line();
            if (row.size() != head.size()) {
                throw wrong(what, line, row.size() + " fields where the first line has " + head.size());
            }
            String id = cell(row, columns, "id");
            String cost = cell(row, columns, "cost_usd");
            lines.add(new Line(
                    id.isEmpty() ? null : id,
                    at(cell(row, columns, "date"), what, line),
                    cell(row, columns, "model"),
                    new Usage(
                            count(row, columns, "prompt_tokens", what, line),
                            count(row, columns, "cached_tokens", what, line),
                            count(row, columns, "cache_write_tokens", what, line),
                            count(row, columns, "completion_tokens", what, line),
                            count(row, columns, "reasoning_tokens", what, line),
                            Map.of()),
                    cost.isEmpty() ? null : money(cost, what, line)));
        }
        return new Invoice(lines, unread);
    }

    private static String cell(List<String> row, Map<String, Integer> columns, String name) {
        Integer column = columns.get(name);
        return column == null ? "" : row.get(column).strip();
    }

    private static Instant at(String text, String what, int line) {
        try {
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeException e) {
            throw wrong(what, line, "\"" + text + "\" is no date like 2026-11-26 or 2026-11-26T09:30:00Z");
        }
    }

    private static int count(List<String> row, Map<String, Integer> columns, String name, String what, int line) {
        String text = cell(row, columns, name);
        if (text.isEmpty()) return 0;
        try {
            int n = Integer.parseInt(text);
            if (n >= 0) return n;
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(what, line, name + " is \"" + text + "\", which is no count");
    }

    private static Money money(String text, String what, int line) {
        try {
            BigDecimal usd = new BigDecimal(text.startsWith("$") ? text.substring(1) : text);
            if (usd.signum() >= 0 && Math.abs(usd.scale()) < 40) return Money.ofUsd(usd);
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(what, line, "cost_usd is \"" + text + "\", which is no amount");
    }

    /** Lines end in LF, CR LF or CR; blank ones are none. */
    private static List<Row> rows(String csv, String what) {
        List<Row> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        String text = (csv.startsWith("\uFEFF") ? csv.substring(1) : csv).replaceAll("\r\n?", "\n") + "\n";
        String head = text.substring(0, text.indexOf('\n'));
        char separator = head.indexOf(',') < 0 && head.indexOf(';') >= 0 ? ';' : ',';
        int line = 1;
        int begun = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') line++;
            if (quoted) {
                if (c != '"') cell.append(c);
                else if (i + 1 < text.length() && text.charAt(i + 1) == '"') cell.append(text.charAt(++i));
                else quoted = false;
            } else if (c == '"' && cell.isEmpty()) {
                quoted = true;
            } else if (c == separator) {
                row.add(cell.toString());
                cell.setLength(0);
            } else if (c == '\n') {
                row.add(cell.toString());
                cell.setLength(0);
                if (row.size() > 1 || !row.getFirst().isBlank()) rows.add(new Row(begun, row));
                row = new ArrayList<>();
                begun = line;
            } else {
                cell.append(c);
            }
        }
        if (quoted) throw wrong(what, begun, "a quotation mark is not closed");
        return rows;
    }

    private static DalangException wrong(String what, int line, String why) {
        return DalangException.invalidRequest(what + ", line " + line + ": " + why, null);
    }
}
