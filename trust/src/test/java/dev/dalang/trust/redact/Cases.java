package dev.dalang.trust.redact;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The labelled set: sentences with places for values, filled by {@link Values} from fixed seeds, and sentences written by hand. */
final class Cases {
    private Cases() {}

    static List<Case> tuned() {
        return filled("tuned", 6, new Values(new Random(8), false));
    }

    static List<Case> heldOut() {
        return filled("held-out", 10, new Values(new Random(2026), true));
    }

    static List<Case> tricky() {
        return filled("tricky", 1, new Values(new Random(3), false));
    }

    static List<Case> fresh() {
        return filled("fresh", 1, new Values(new Random(11), true));
    }

    static List<Case> unseen() {
        return filled("unseen", 1, new Values(new Random(12), true));
    }

    static List<Case> all() {
        return Stream.of(tuned(), heldOut(), tricky(), fresh(), unseen())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Case> filled(String set, int times, Values values) {
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            for (String line : lines(set + ".txt")) {
                String language = line.substring(0, 2);
                cases.add(fill(set, language, line.substring(3).replace("\\n", "\n"), values));
            }
        }
        return cases;
    }

    static Case fill(String set, String language, String template, Values values) {
        StringBuilder text = new StringBuilder();
        List<Case.Span> spans = new ArrayList<>();
        for (int i = 0; i < template.length(); ) {
            int close;
            if (template.startsWith("<<", i) && (close = template.indexOf(">>", i)) > 0) {
                int colon = template.indexOf(':', i);
                add(text, spans, Kind.valueOf(template.substring(i + 2, colon)), template.substring(colon + 1, close));
                i = close + 2;
            } else if (template.charAt(i) == '{'
                    && (close = template.indexOf('}', i)) > 0
                    && slot(template.substring(i + 1, close))) {
                String slot = template.substring(i + 1, close);
                String value = values.of(slot, language);
                if (slot.startsWith("-")) text.append(value);
                else add(text, spans, kind(slot), value);
                i = close + 1;
            } else {
                text.append(template.charAt(i++));
            }
        }
        return new Case(set, language, text.toString(), spans);
    }

    private static boolean slot(String inside) {
        return inside.matches("-?[A-Z_0-9]+") && !inside.equals("GITHUB_TOKEN");
    }

    private static Kind kind(String slot) {
        if (slot.startsWith("ID_")) return Kind.NATIONAL_ID;
        if (slot.startsWith("PHONE")) return Kind.PHONE;
        return slot.equals("SURNAME") ? Kind.NAME : Kind.valueOf(slot);
    }

    private static void add(StringBuilder text, List<Case.Span> spans, Kind kind, String value) {
        spans.add(new Case.Span(kind, text.length(), text.length() + value.length()));
        text.append(value);
    }

    private static List<String> lines(String file) {
        try (InputStream in = Cases.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(l -> !l.startsWith("#") && !l.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
