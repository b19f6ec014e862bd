package dev.dalang.trust.redact;

import java.util.List;

/**
 * A labelled text.
 *
 * @param set {@code tuned}, {@code held-out}, {@code tricky}, {@code fresh} or {@code unseen}
 * @param spans what must be found
 */
record Case(String set, String language, String text, List<Span> spans) {
    record Span(Kind kind, int start, int end) {}
}
