package dev.dalang.hub.trust;

/**
 * Something about a file that a user may want to know.
 *
 * @param level how much it matters
 * @param message one line: what, and what to think of it
 */
public record Finding(Level level, String message) {

    public enum Level {
        /** Good to know. */
        NOTE,
        /** Unusual; look before use. */
        ODD,
        /** Contradicts what the publisher says, or looks like an attack on other programs. */
        SUSPICIOUS
    }
}
