package dev.dalang.trust.redact;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a request held: numbers by kind, never values. A value that comes twice counts twice.
 *
 * @param counts by kind, none of them zero
 * @param replaced how many of them placeholders stand for
 * @param blind attachments that could not be looked into
 */
public record RedactionReport(Map<Kind, Integer> counts, int replaced, int blind) {
    public RedactionReport {
        Map<Kind, Integer> copy = new EnumMap<>(Kind.class);
        copy.putAll(counts);
        counts = java.util.Collections.unmodifiableMap(copy);
    }

    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    public boolean empty() {
        return counts.isEmpty() && blind == 0;
    }

    /** For the header {@code x-dalang-redactions}: {@code email=2, card=1}; empty for nothing. */
    public String header() {
        String kinds = counts.entrySet().stream()
                .map(e -> e.getKey().word() + "=" + e.getValue())
                .collect(Collectors.joining(", "));
        if (blind == 0) return kinds;
        return kinds + (kinds.isEmpty() ? "" : ", ") + "unexamined=" + blind;
    }

    /** For people: {@code 2 e-mail addresses and 1 payment card}. */
    public String sentence() {
        var parts = counts.entrySet().stream()
                .map(e -> e.getKey().counted(e.getValue()))
                .toList();
        if (parts.isEmpty()) return "nothing of note";
        if (parts.size() == 1) return parts.getFirst();
        return String.join(", ", parts.subList(0, parts.size() - 1)) + " and " + parts.getLast();
    }

    /** The details of a notice: counts by kind as JSON numbers, {@code replaced} and {@code unexamined} where not zero. */
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        counts.forEach((kind, n) -> details.put(kind.word(), n.toString()));
        if (replaced > 0) details.put("replaced", Integer.toString(replaced));
        if (blind > 0) details.put("unexamined", Integer.toString(blind));
        return details;
    }
}
