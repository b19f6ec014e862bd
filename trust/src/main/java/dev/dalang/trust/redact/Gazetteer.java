package dev.dalang.trust.redact;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** The lists of names and of words that are none, which lie beside this class as text. */
final class Gazetteer {
    static final Set<String> GIVEN = read("given-names.txt");
    static final Set<String> FAMILY = read("surnames.txt");

    /** Given names that mean something else as well. */
    static final Set<String> AMBIGUOUS = read("ambiguous.txt");

    /** Family names that mean something else as well. */
    static final Set<String> EVERYDAY = read("everyday-surnames.txt");

    /** Words that are no names whatever stands beside them. */
    static final Set<String> COMMON = read("common-words.txt");

    private static final String[] ENDINGS = {
        "sson",
        "mann",
        "stein",
        "meier",
        "meyer",
        "maier",
        "bauer",
        "hofer",
        "inger",
        "owski",
        "owska",
        "ewski",
        "ewska",
        "czyk",
        "wicz",
        "ovich",
        "enko",
        "idis",
        "poulos",
        "ández",
        "ínez",
        "íguez",
        "ález",
        "érez",
        "ópez",
        "ómez",
        "dóttir",
        "ssen",
        "strup",
        "quist",
        "ström",
        "bergh",
        "wardana",
        "syahrial",
        "yanto",
        "yadi",
        "ashvili",
        "oglu",
        "oğlu"
    };

    private Gazetteer() {}

    /** Known as a family name, or built like one. */
    static boolean family(String lower) {
        if (FAMILY.contains(lower)) return true;
        int hyphen = lower.indexOf('-');
        if (hyphen > 2 && hyphen < lower.length() - 3)
            return family(lower.substring(0, hyphen)) || family(lower.substring(hyphen + 1));
        if (lower.length() < 6) return false;
        for (String ending : ENDINGS) if (lower.endsWith(ending)) return true;
        return false;
    }

    static boolean given(String lower) {
        if (GIVEN.contains(lower)) return true;
        int hyphen = lower.indexOf('-');
        return hyphen > 1 && GIVEN.contains(lower.substring(0, hyphen)) && GIVEN.contains(lower.substring(hyphen + 1));
    }

    private static Set<String> read(String file) {
        Set<String> words = new HashSet<>(4096);
        try (InputStream in = Gazetteer.class.getResourceAsStream(file)) {
            if (in == null) throw new IllegalStateException(file + " is missing from the build");
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("#")) continue;
                for (String word : line.split(" ")) if (!word.isEmpty()) words.add(word);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Set.copyOf(words);
    }
}
