package dev.dalang.engine.template;

import dev.dalang.engine.tokenizer.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A string that knows which of its characters came from outside: from a user, a tool, a document, a request.
 *
 * <p>Immutable. Untrusted ranges are kept in UTF-16 units, sorted, disjoint and merged where they touch. Equality is
 * that of the characters alone: a mark never changes what a template computes.
 */
public final class MarkedText {

    static final MarkedText EMPTY = new MarkedText("", new int[0]);

    private final String text;
    /** start0, end0, start1, end1, …: the untrusted ranges. */
    private final int[] untrusted;

    private MarkedText(String text, int[] untrusted) {
        this.text = text;
        this.untrusted = untrusted;
    }

    /** Text of the template or of the model's own vocabulary: control tokens in it count. */
    public static MarkedText trusted(String text) {
        return text.isEmpty() ? EMPTY : new MarkedText(text, EMPTY.untrusted);
    }

    /** Text from outside: control tokens in it are plain characters. */
    public static MarkedText untrusted(String text) {
        return text.isEmpty() ? EMPTY : new MarkedText(text, new int[] {0, text.length()});
    }

    /** The characters without the marks. */
    public String text() {
        return text;
    }

    /** Length in UTF-16 units. */
    public int length() {
        return text.length();
    }

    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** Whether no character came from outside. */
    public boolean isTrusted() {
        return untrusted.length == 0;
    }

    /** Whether the UTF-16 unit at {@code index} is trusted. */
    public boolean isTrustedAt(int index) {
        int at = Arrays.binarySearch(untrusted, index);
        // A start belongs to its range, an end does not; between them the insertion point tells which side we are on.
        return at >= 0 ? (at & 1) == 1 : (-at - 1) % 2 == 0;
    }

    /** The runs in order; none is empty, and neighbours differ in trust. */
    public List<Span> spans() {
        List<Span> spans = new ArrayList<>(untrusted.length + 1);
        int at = 0;
        for (int i = 0; i < untrusted.length; i += 2) {
            if (untrusted[i] > at) spans.add(new Span(text.substring(at, untrusted[i]), true));
            spans.add(new Span(text.substring(untrusted[i], untrusted[i + 1]), false));
            at = untrusted[i + 1];
        }
        if (at < text.length()) spans.add(new Span(text.substring(at), true));
        return spans;
    }

    MarkedText concat(MarkedText other) {
        if (isEmpty()) return other;
        if (other.isEmpty()) return this;
        return new Builder().append(this).append(other).build();
    }

    /** The part from {@code from} to {@code to}, in UTF-16 units. */
    MarkedText slice(int from, int to) {
        if (from >= to) return EMPTY;
        if (from == 0 && to == text.length()) return this;
        return new Builder().append(this, from, to).build();
    }

    MarkedText slice(int from) {
        return slice(from, text.length());
    }

    /** A text computed from this one in a way that does not map character to character. */
    MarkedText derive(String result) {
        return isTrusted() ? trusted(result) : untrusted(result);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MarkedText that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The characters, for messages. */
    @Override
    public String toString() {
        return text;
    }

    /** Collects marked text; the output of a template is one of these. */
    static final class Builder {
        private final StringBuilder chars = new StringBuilder();
        private int[] ranges = new int[8];
        private int used;

        int length() {
            return chars.length();
        }

        Builder append(String piece, boolean isTrusted) {
            if (!isTrusted) mark(chars.length(), chars.length() + piece.length());
            chars.append(piece);
            return this;
        }

        Builder appendTrusted(String piece) {
            chars.append(piece);
            return this;
        }

        Builder append(MarkedText piece) {
            return append(piece, 0, piece.length());
        }

        Builder append(MarkedText piece, int from, int to) {
            int shift = chars.length() - from;
            int[] marks = piece.untrusted;
            for (int i = firstRangeEndingAfter(marks, from); i < marks.length && marks[i] < to; i += 2) {
                mark(Math.max(marks[i], from) + shift, Math.min(marks[i + 1], to) + shift);
            }
            chars.append(piece.text, from, to);
            return this;
        }

        MarkedText build() {
            return chars.isEmpty() ? EMPTY : new MarkedText(chars.toString(), Arrays.copyOf(ranges, used));
        }

        private static int firstRangeEndingAfter(int[] marks, int from) {
            int low = 0;
            int high = marks.length / 2;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (marks[2 * middle + 1] <= from) low = middle + 1;
                else high = middle;
            }
            return 2 * low;
        }

        private void mark(int start, int end) {
            if (start == end) return;
            if (used > 0 && ranges[used - 1] == start) {
                ranges[used - 1] = end;
                return;
            }
            if (used == ranges.length) ranges = Arrays.copyOf(ranges, used * 2);
            ranges[used++] = start;
            ranges[used++] = end;
        }
    }
}
