package dev.dalang.trust.redact;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * How one country writes one of its ids.
 *
 * @param name country and id, like {@code de.steuer-id}
 * @param shapes the ways it is written: 9 for a digit, A for a letter, all else as it is
 * @param alone its check is strict enough without a word before it
 * @param cues such words, in lower case
 * @param check of the letters (upper case) and digits without separators
 */
record IdRule(String name, List<String> shapes, boolean alone, Set<String> cues, Predicate<String> check) {
    IdRule {
        shapes = List.copyOf(shapes);
        cues = Set.copyOf(cues);
    }

    static IdRule alone(String name, String shapes, Predicate<String> check) {
        return new IdRule(name, List.of(shapes.split("\\|")), true, Set.of(), check);
    }

    static IdRule after(String cues, String name, String shapes, Predicate<String> check) {
        return new IdRule(name, List.of(shapes.split("\\|")), false, Set.of(cues.split(" ")), check);
    }
}
