package dev.dalang.hub.licence;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the card of a Hugging Face folder says of its licence, in the lines between {@code ---} at the head of README.md. Of
 * YAML only plain lines {@code key: value} are read, and the first item of a list.
 */
public final class CardFacts {

    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_VALUE = 200;
    private static final Map<String, String> KEYS = Map.of(
            "license", "licence",
            "license_name", "licence_name",
            "license_link", "licence_link",
            "base_model", "base_model");
    private static final Pattern LINE = Pattern.compile("([a-z_]+):\\s*(.*)");

    private CardFacts() {}

    /** Empty where there is no card, or it says nothing. */
    public static Map<String, String> of(Path folder) {
        Path card = folder.resolve("README.md");
        if (!Files.isRegularFile(card)) return Map.of();
        try (InputStream in = Files.newInputStream(card)) {
            return parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Map.of();
        }
    }

    static Map<String, String> parse(String card) {
        Map<String, String> facts = new LinkedHashMap<>();
        List<String> lines = card.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().strip().equals("---")) return facts;
        String open = null;
        for (String line : lines.subList(1, lines.size())) {
            if (line.strip().equals("---")) return facts;
            Matcher m = LINE.matcher(line);
            String value = "";
            String fact = null;
            if (m.matches()) {
                fact = KEYS.get(m.group(1));
                open = m.group(2).isBlank() ? fact : null;
                value = m.group(2);
            } else if (open != null && line.strip().startsWith("- ")) {
                fact = open;
                value = line.strip().substring(2);
                open = null;
            }
            String plain = plain(value);
            if (fact != null && !plain.isEmpty()) facts.putIfAbsent(fact, plain);
        }
        // A card whose head does not end has no head.
        return Map.of();
    }

    private static String plain(String value) {
        String v = value.strip().replaceAll("^\\[\\s*|\\s*[,\\]].*$", "").replaceAll("^[\"']|[\"']$", "");
        String line = v.replaceAll("\\p{Cntrl}", " ");
        return line.length() > MAX_VALUE ? line.substring(0, MAX_VALUE) : line;
    }
}
