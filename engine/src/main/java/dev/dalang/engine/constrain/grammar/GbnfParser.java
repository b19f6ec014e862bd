package dev.dalang.engine.constrain.grammar;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.automaton.CharClass;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regular;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Reads GBNF as llama.cpp's grammars/README.md describes it: {@code name ::= …} with literals, character classes,
 * {@code .}, groups, {@code * + ? {m,n}}, tokens ({@code <[1000]>}, {@code <think>}) and comments. A rule ends at the
 * end of its line, save within parentheses and after a bar.
 */
final class GbnfParser {

    private static final int MAX_LENGTH = 1 << 18;
    private static final int MAX_DEPTH = 100;
    private static final int MAX_REPEAT = 100_000;

    private final String text;
    private final ToIntFunction<String> tokens;
    private final Map<String, Rule> rules = new LinkedHashMap<>();
    private int at;
    private int depth;

    /** @param tokens the id of a control token by its spelling, or a negative number */
    GbnfParser(String text, ToIntFunction<String> tokens) {
        this.text = text;
        this.tokens = tokens;
    }

    Map<String, Rule> parse() {
        if (text.length() > MAX_LENGTH) {
            throw Refusal.tooLarge("a grammar of " + text.length() + " characters; at most " + MAX_LENGTH);
        }
        space(true);
        while (at < text.length()) {
            rule();
            space(true);
        }
        return rules;
    }

    private DalangException wrong(String what) {
        long line = text.substring(0, Math.min(at, text.length())).lines().count();
        return Refusal.malformed("the grammar: " + what, "line " + Math.max(1, line));
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean take(String s) {
        if (!text.startsWith(s, at)) return false;
        at += s.length();
        return true;
    }

    private void space(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') at++;
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private static boolean word(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_');
    }

    private String name() {
        int from = at;
        while (word(peek())) at++;
        if (at == from) throw wrong("a rule's name is expected");
        return text.substring(from, at);
    }

    private void rule() {
        String name = name();
        space(false);
        if (!take("::=")) throw wrong("::= is expected after " + Refusal.quote(name));
        space(true);
        if (rules.put(name, choice(false)) != null) throw wrong("the rule " + Refusal.quote(name) + " stands twice");
        if (at < text.length() && peek() != '\n' && peek() != '\r') throw wrong("the end of the line is expected");
    }

    private Rule choice(boolean nested) {
        if (++depth > MAX_DEPTH) throw Refusal.tooLarge("a grammar nested more than " + MAX_DEPTH + " deep");
        List<Rule> options = new ArrayList<>();
        options.add(sequence(nested));
        while (take("|")) {
            space(true);
            options.add(sequence(nested));
        }
        depth--;
        return options.size() == 1 ? options.getFirst() : new Rule.Choice(options);
    }

    private Rule sequence(boolean nested) {
        List<Rule> parts = new ArrayList<>();
        while (at < text.length()) {
            char c = peek();
            Rule part;
            if (c == '"') {
                part = literal();
            } else if (c == '[') {
                part = characterClass();
            } else if (c == '.') {
                at++;
                part = new Rule.Leaf(new Regular.Chars(CharClass.ANY));
            } else if (c == '(') {
                at++;
                space(true);
                part = choice(true);
                if (!take(")")) throw wrong("a closing parenthesis is missing");
            } else if (c == '<' || c == '!') {
                part = token();
            } else if (word(c)) {
                part = new Rule.Reference(name());
            } else {
                break;
            }
            space(nested);
            parts.add(repeated(part, nested));
        }
        return parts.size() == 1 ? parts.getFirst() : new Rule.Sequence(parts);
    }

    private Rule repeated(Rule rule, boolean nested) {
        Rule r = rule;
        while (true) {
            if (take("*")) {
                r = new Rule.Repeat(r, 0, -1);
            } else if (take("+")) {
                r = new Rule.Repeat(r, 1, -1);
            } else if (take("?")) {
                r = new Rule.Repeat(r, 0, 1);
            } else if (take("{")) {
                space(nested);
                int min = peek() == ',' ? 0 : number();
                space(nested);
                int max = min;
                if (take(",")) {
                    space(nested);
                    max = peek() == '}' ? -1 : number();
                    space(nested);
                }
                if (!take("}")) throw wrong("a } is missing");
                if (max >= 0 && max < min) throw wrong("a repetition from " + min + " to " + max);
                r = new Rule.Repeat(r, min, max);
            } else {
                return r;
            }
            space(nested);
        }
    }

    private int number() {
        int from = at;
        while (peek() >= '0' && peek() <= '9') at++;
        if (at == from) throw wrong("a number is expected");
        if (at - from > 6 || Integer.parseInt(text.substring(from, at)) > MAX_REPEAT) {
            throw Refusal.tooLarge("a repetition of more than " + MAX_REPEAT);
        }
        return Integer.parseInt(text.substring(from, at));
    }

    private Rule token() {
        if (peek() == '!') {
            throw Refusal.unsupported("!<token>", "a grammar that excludes a token cannot be guaranteed");
        }
        int close = text.indexOf('>', at);
        String inside = close < 0 ? "" : text.substring(at + 1, close);
        if (inside.isEmpty() || inside.contains("\n")) throw wrong("a token <…> is not closed");
        int id;
        if (inside.matches("\\[[0-9]{1,9}\\]")) {
            id = Integer.parseInt(inside.substring(1, inside.length() - 1));
        } else {
            id = tokens.applyAsInt("<" + inside + ">");
            if (id < 0) throw wrong("the vocabulary has no control token <" + Refusal.quote(inside) + ">");
        }
        at = close + 1;
        return new Rule.Token(id);
    }

    private Rule literal() {
        at++;
        List<Regular> chars = new ArrayList<>();
        while (peek() != '"') {
            int c = character();
            chars.add(new Regular.Chars(CharClass.of(c, c)));
        }
        at++;
        return new Rule.Leaf(chars.size() == 1 ? chars.getFirst() : new Regular.Sequence(chars));
    }

    private Rule characterClass() {
        at++;
        boolean negated = take("^");
        List<Integer> bounds = new ArrayList<>();
        while (peek() != ']') {
            int from = character();
            int to = from;
            if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                to = character();
                if (to < from) throw wrong("a range that ends before it begins");
            }
            bounds.add(from);
            bounds.add(to);
        }
        at++;
        CharClass set = CharClass.of(bounds.stream().mapToInt(Integer::intValue).toArray());
        return new Rule.Leaf(new Regular.Chars(negated ? set.negate() : set));
    }

    private int character() {
        if (at >= text.length()) throw wrong("the text ends within quotes or brackets");
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') return c;
        char e = peek();
        at++;
        return switch (e) {
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            case '\\', '"', '[', ']' -> e;
            default -> throw wrong("the escape \\" + Refusal.quote(String.valueOf(e)) + " is unknown");
        };
    }

    private int hex(int digits) {
        String s = text.substring(Math.min(at, text.length()), Math.min(at + digits, text.length()));
        if (s.length() < digits || !s.matches("[0-9a-fA-F]+")) throw wrong("a hexadecimal escape is not complete");
        at += digits;
        long c = Long.parseLong(s, 16);
        if (c > CharClass.MAX || (c >= 0xd800 && c < 0xe000)) throw wrong("no character has this number");
        return (int) c;
    }
}
