package dev.dalang.trust.redact;

/**
 * A stretch of a text that is personal data or a secret. It does not hold the value, so that nothing that prints a
 * finding leaks.
 *
 * @param start the first UTF-16 unit, counted from 0
 * @param end the unit after the last
 * @param rule what found it, for explanations: {@code de.steuer-id}, {@code github}
 */
public record Finding(Kind kind, int start, int end, String rule) {
    public Finding {
        if (start < 0 || end <= start) throw new IllegalArgumentException("no stretch: " + start + " to " + end);
    }
}
