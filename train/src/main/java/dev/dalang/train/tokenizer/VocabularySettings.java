package dev.dalang.train.tokenizer;

import dev.dalang.api.DalangException;
import java.util.HashSet;
import java.util.List;

/**
 * What a vocabulary to be learned is like.
 *
 * @param pre which pieces of text merges never cross, a name as in {@code tokenizer.ggml.pre}
 * @param size how many tokens at most, special ones included
 * @param minimumFrequency how often a pair must occur to become a token
 * @param longest bytes of the longest token
 * @param specials the control tokens, which come first
 * @param roles which of them begin and end a text
 */
public record VocabularySettings(
        String pre, int size, int minimumFrequency, int longest, List<String> specials, Roles roles) {

    /** Bytes of the longest token, if nothing else is said. */
    public static final int LONGEST = 32;

    /**
     * The special tokens with a role in every model.
     *
     * @param begin goes before every text
     * @param end ends a turn, and an answer
     * @param padding fills up; never read
     */
    public record Roles(String begin, String end, String padding) {}

    /** @throws DalangException (invalid request) that names the setting that makes no sense */
    public VocabularySettings {
        specials = List.copyOf(specials);
        if (new HashSet<>(specials).size() != specials.size())
            throw bad("the special tokens name one twice", "specials");
        if (specials.stream().anyMatch(String::isBlank)) throw bad("a special token is blank", "specials");
        for (String role : List.of(roles.begin(), roles.end(), roles.padding())) {
            if (!specials.contains(role)) throw bad(role + " has a role but is no special token", "specials");
        }
        int least = 256 + specials.size();
        if (size < least) {
            throw bad("a byte-level vocabulary has " + least + " tokens at least, not " + size, "size");
        }
        if (minimumFrequency < 1) throw bad("a pair must occur once at least", "minimum_frequency");
        if (longest < 2) throw bad("the longest token has 2 bytes at least", "longest");
    }

    private static DalangException bad(String what, String where) {
        return DalangException.invalidRequest("tokenizer: " + what, where);
    }
}
