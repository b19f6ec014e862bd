package dev.dalang.mini;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * One way, or many, of saying something: {@code (a|b)} is one of several, {@code [a]} may be left out, <code>{x}</code>
 * is filled in later. They nest.
 */
sealed interface Phrase {

    /** Appends one of the ways; slots stay as they are. */
    void draw(RandomGenerator random, StringBuilder to);

    /** How many ways there are, not counting what goes into slots. */
    long count();

    /** Appends a regular expression of all ways, with {@code slot} for every slot. */
    void pattern(String slot, StringBuilder to);

    /** The same with every slot of that name replaced. */
    default Phrase with(String slot, Phrase by) {
        return switch (this) {
            case Text t -> t;
            case Slot s -> s.name.equals(slot) ? by : s;
            case Sequence s ->
                new Sequence(s.parts.stream().map(p -> p.with(slot, by)).toList());
            case Choice c ->
                new Choice(c.options.stream().map(o -> o.with(slot, by)).toList());
        };
    }

    record Text(String text) implements Phrase {
        @Override
        public void draw(RandomGenerator random, StringBuilder to) {
            to.append(text);
        }

        @Override
        public long count() {
            return 1;
        }

        @Override
        public void pattern(String slot, StringBuilder to) {
            to.append(Pattern.quote(text));
        }
    }

    record Slot(String name) implements Phrase {
        @Override
        public void draw(RandomGenerator random, StringBuilder to) {
            to.append('{').append(name).append('}');
        }

        @Override
        public long count() {
            return 1;
        }

        @Override
        public void pattern(String slot, StringBuilder to) {
            to.append(slot);
        }
    }

    record Sequence(List<Phrase> parts) implements Phrase {
        @Override
        public void draw(RandomGenerator random, StringBuilder to) {
            for (Phrase part : parts) part.draw(random, to);
        }

        @Override
        public long count() {
            return parts.stream().mapToLong(Phrase::count).reduce(1, (a, b) -> a * b);
        }

        @Override
        public void pattern(String slot, StringBuilder to) {
            for (Phrase part : parts) part.pattern(slot, to);
        }
    }

    record Choice(List<Phrase> options) implements Phrase {
        @Override
        public void draw(RandomGenerator random, StringBuilder to) {
            options.get(random.nextInt(options.size())).draw(random, to);
        }

        @Override
        public long count() {
            return options.stream().mapToLong(Phrase::count).sum();
        }

        @Override
        public void pattern(String slot, StringBuilder to) {
            to.append("(?:");
            for (int i = 0; i < options.size(); i++) {
                if (i > 0) to.append('|');
                options.get(i).pattern(slot, to);
            }
            to.append(')');
        }
    }

    /** @throws IllegalArgumentException if brackets do not match */
    static Phrase parse(String text) {
        return new Parser(text).all();
    }

    /** By recursive descent; the phrases are the project's own, so depth is no concern. */
    final class Parser {
        private final String text;
        private int at;

        private Parser(String text) {
            this.text = text;
        }

        private Phrase all() {
            Phrase phrase = choice();
            if (at < text.length()) throw wrong();
            return phrase;
        }

        private Phrase choice() {
            List<Phrase> options = new ArrayList<>();
            options.add(sequence());
            while (at < text.length() && text.charAt(at) == '|') {
                at++;
                options.add(sequence());
            }
            return options.size() == 1 ? options.getFirst() : new Choice(List.copyOf(options));
        }

        private Phrase sequence() {
            List<Phrase> parts = new ArrayList<>();
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '|' || c == ')' || c == ']') break;
                switch (c) {
                    case '(' -> parts.add(bracketed(')'));
                    case '[' -> parts.add(new Choice(List.of(new Text(""), bracketed(']'))));
                    case '{' -> {
                        int end = text.indexOf('}', at);
                        if (end < 0) throw wrong();
                        parts.add(new Slot(text.substring(at + 1, end)));
                        at = end + 1;
                    }
                    default -> {
                        int end = at;
                        while (end < text.length() && "()[]{}|".indexOf(text.charAt(end)) < 0) end++;
                        if (end == at) throw wrong();
                        parts.add(new Text(text.substring(at, end)));
                        at = end;
                    }
                }
            }
            return parts.size() == 1 ? parts.getFirst() : new Sequence(List.copyOf(parts));
        }

        private Phrase bracketed(char close) {
            at++;
            Phrase inside = choice();
            if (at >= text.length() || text.charAt(at) != close) throw wrong();
            at++;
            return inside;
        }

        private IllegalArgumentException wrong() {
            return new IllegalArgumentException("brackets do not match at " + at + " of: " + text);
        }
    }
}
