package dev.dalang.engine.constrain.automaton;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads the part of ECMA-262's regular expressions that describes regular languages, which is also nearly all of RE2's:
 * no back-references, no word boundaries, no looking behind, and looking ahead only where a pattern begins.
 */
final class RegexParser {

    private static final int MAX_DEPTH = 100;
    private static final int MAX_LENGTH = 100_000;
    static final int MAX_REPEAT = 100_000;

    static final CharClass DIGIT = CharClass.of('0', '9');
    static final CharClass WORD = CharClass.of('a', 'z', 'A', 'Z', '0', '9', '_', '_');
    static final CharClass SPACE = CharClass.of(
            '\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
            0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff);
    private static final CharClass LINE_ENDS = CharClass.of('\n', '\n', '\r', '\r', 0x2028, 0x2029);

    private static final Map<String, CharClass> PROPERTIES = new ConcurrentHashMap<>();

    private final String pattern;
    private int at;
    private int depth;

    private RegexParser(String pattern) {
        this.pattern = pattern;
    }

    /** @throws DalangException for what is no regular expression, or not a regular one */
    static Regular parse(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw Refusal.tooLarge("a pattern of " + pattern.length() + " characters; at most " + MAX_LENGTH);
        }
        RegexParser p = new RegexParser(pattern);
        Regular node = p.choice();
        if (p.at < pattern.length()) throw p.wrong("an unmatched )");
        return node;
    }

    private DalangException wrong(String what) {
        return Refusal.malformed(what + " in the pattern " + Refusal.quote(pattern), "character " + at);
    }

    private DalangException unsupported(String what) {
        return Refusal.unsupported(
                "pattern", what + " cannot be guaranteed, in " + Refusal.quote(pattern) + " at character " + at);
    }

    private boolean more() {
        return at < pattern.length();
    }

    private boolean take(String s) {
        if (!pattern.startsWith(s, at)) return false;
        at += s.length();
        return true;
    }

    private int codePoint() {
        if (!more()) throw wrong("something is missing at the end");
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private Regular choice() {
        if (++depth > MAX_DEPTH) throw Refusal.tooLarge("a pattern nested more than " + MAX_DEPTH + " deep");
        List<Regular> options = new ArrayList<>();
        do options.add(sequence());
        while (take("|"));
        depth--;
        return options.size() == 1 ? options.getFirst() : new Regular.Choice(options);
    }

    private Regular sequence() {
        List<Regular> parts = new ArrayList<>();
        while (more() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') parts.add(repeated(atom()));
        return parts.size() == 1 ? parts.getFirst() : new Regular.Sequence(parts);
    }

    private Regular repeated(Regular node) {
        while (more()) {
            int min;
            int max;
            int before = at;
            if (take("*")) {
                min = 0;
                max = -1;
            } else if (take("+")) {
                min = 1;
                max = -1;
            } else if (take("?")) {
                min = 0;
                max = 1;
            } else if (pattern.charAt(at) == '{') {
                int[] bounds = bounds();
                if (bounds.length == 0) return node;
                min = bounds[0];
                max = bounds[1];
            } else {
                return node;
            }
            if (node instanceof Regular.Begin || node instanceof Regular.End || node instanceof Regular.Look) {
                at = before;
                throw unsupported("a repeated assertion");
            }
            if (!take("?") && more() && pattern.charAt(at) == '+') throw wrong("nothing to repeat");
            node = new Regular.Repeat(node, min, max);
        }
        return node;
    }

    /** {m}, {m,} or {m,n}; empty where the brace is a plain character. */
    private int[] bounds() {
        int close = pattern.indexOf('}', at);
        String inside = close < 0 ? "" : pattern.substring(at + 1, close);
        if (!inside.matches("[0-9]{1,9}(,[0-9]{0,9})?")) return new int[0];
        int comma = inside.indexOf(',');
        int min = Integer.parseInt(comma < 0 ? inside : inside.substring(0, comma));
        int max = comma < 0 ? min : comma == inside.length() - 1 ? -1 : Integer.parseInt(inside.substring(comma + 1));
        if (max >= 0 && max < min) throw wrong("a repetition from " + min + " to " + max);
        if (Math.max(min, max) > MAX_REPEAT) throw Refusal.tooLarge("a repetition of more than " + MAX_REPEAT);
        at = close + 1;
        return new int[] {min, max};
    }

    private Regular atom() {
        int c = codePoint();
        return switch (c) {
            case '.' -> new Regular.Chars(LINE_ENDS.negate());
            case '^' -> new Regular.Begin();
            case '$' -> new Regular.End();
            case '[' -> new Regular.Chars(set());
            case '(' -> group();
            case '\\' -> escape();
            case '*', '+', '?' -> throw wrong("nothing to repeat");
            default -> new Regular.Chars(CharClass.of(c, c));
        };
    }

    private Regular group() {
        Regular node;
        if (take("?:")) {
            node = choice();
        } else if (take("?=") || take("?!")) {
            boolean wanted = pattern.charAt(at - 1) == '=';
            node = new Regular.Look(choice(), wanted);
        } else if (pattern.startsWith("?<=", at) || pattern.startsWith("?<!", at)) {
            throw unsupported("looking behind");
        } else if (take("?<") || take("?P<")) {
            int end = pattern.indexOf('>', at);
            if (end < 0 || !pattern.substring(at, end).matches("[A-Za-z_$][A-Za-z0-9_$]*")) {
                throw wrong("a group's name");
            }
            at = end + 1;
            node = choice();
        } else if (pattern.startsWith("?", at)) {
            throw unsupported(
                    "the group (" + Refusal.quote(pattern.substring(at, Math.min(at + 4, pattern.length()))) + "…)");
        } else {
            node = choice();
        }
        if (!take(")")) throw wrong("an unclosed group");
        return node;
    }

    private Regular escape() {
        if (!more()) throw wrong("a backslash at the end");
        char c = pattern.charAt(at);
        switch (c) {
            case 'b', 'B' -> throw unsupported("the word boundary \\" + c);
            case 'A' -> {
                at++;
                return new Regular.Begin();
            }
            case 'z' -> {
                at++;
                return new Regular.End();
            }
            case 'k' -> throw unsupported("a back-reference");
            default -> {
                if (c >= '1' && c <= '9') throw unsupported("a back-reference");
                return new Regular.Chars(escapedSet());
            }
        }
    }

    /** What follows a backslash, as a set of characters. */
    private CharClass escapedSet() {
        int c = codePoint();
        return switch (c) {
            case 'd' -> DIGIT;
            case 'D' -> DIGIT.negate();
            case 'w' -> WORD;
            case 'W' -> WORD.negate();
            case 's' -> SPACE;
            case 'S' -> SPACE.negate();
            case 'p', 'P' -> property(c == 'P');
            default -> {
                int literal = escapedCharacter(c);
                yield CharClass.of(literal, literal);
            }
        };
    }

    private int escapedCharacter(int c) {
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'v' -> 0x0b;
            case 'a' -> 0x07;
            case 'e' -> 0x1b;
            case '0' -> 0;
            case 'x' -> take("{") ? braced() : hex(2);
            case 'u' -> unicode();
            case 'c' -> {
                int letter = codePoint();
                if (letter > 'z' || !Character.isLetter(letter)) throw wrong("a control character");
                yield letter % 32;
            }
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw unsupported("the escape \\" + Character.toString(c));
                }
                yield c;
            }
        };
    }

    private int unicode() {
        if (take("{")) return braced();
        int c = hex(4);
        if (Character.isHighSurrogate((char) c) && pattern.startsWith("\\u", at)) {
            int back = at;
            at += 2;
            int low = hex(4);
            if (Character.isLowSurrogate((char) low)) return Character.toCodePoint((char) c, (char) low);
            at = back;
        }
        return c;
    }

    private int braced() {
        int end = pattern.indexOf('}', at);
        String digits = end < 0 ? "" : pattern.substring(at, end);
        if (!digits.matches("[0-9a-fA-F]{1,6}")) throw wrong("a code point");
        int c = Integer.parseInt(digits, 16);
        if (c > CharClass.MAX) throw wrong("a code point beyond Unicode");
        at = end + 1;
        return c;
    }

    private int hex(int digits) {
        if (at + digits > pattern.length()) throw wrong("a hexadecimal escape");
        String s = pattern.substring(at, at + digits);
        if (!s.matches("[0-9a-fA-F]+")) throw wrong("a hexadecimal escape");
        at += digits;
        return Integer.parseInt(s, 16);
    }

    private CharClass property(boolean negated) {
        String name;
        if (take("{")) {
            int end = pattern.indexOf('}', at);
            if (end < 0) throw wrong("a character property");
            name = pattern.substring(at, end);
            at = end + 1;
        } else {
            name = Character.toString(codePoint());
        }
        if (name.length() > 60 || !name.matches("\\^?[A-Za-z_=]+")) throw wrong("a character property");
        if (name.startsWith("^")) {
            negated = !negated;
            name = name.substring(1);
        }
        CharClass known = PROPERTIES.get(name);
        if (known == null) {
            known = CharClass.matching(UnicodeProperties.of(name, this::unsupported));
            PROPERTIES.put(name, known);
        }
        return negated ? known.negate() : known;
    }

    private CharClass set() {
        boolean negated = take("^");
        List<Integer> bounds = new ArrayList<>();
        CharClass all = CharClass.NONE;
        while (true) {
            if (!more()) throw wrong("an unclosed [");
            if (pattern.charAt(at) == ']') break;
            if (take("[:")) {
                all = all.union(posix());
                continue;
            }
            CharClass one = member();
            int[] r = one.ranges();
            boolean single = r.length == 2 && r[0] == r[1];
            boolean range =
                    single && pattern.startsWith("-", at) && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']';
            if (!range) {
                all = all.union(one);
                continue;
            }
            at++;
            int[] last = member().ranges();
            if (last.length != 2 || last[0] != last[1]) {
                // [a-\d]: a hyphen like any other character.
                all = all.union(one).union(CharClass.of('-', '-')).union(CharClass.of(last));
                continue;
            }
            if (last[0] < r[0]) throw wrong("a range that ends before it begins");
            bounds.add(r[0]);
            bounds.add(last[0]);
        }
        at++;
        all = all.union(CharClass.of(bounds.stream().mapToInt(Integer::intValue).toArray()));
        return negated ? all.negate() : all;
    }

    private CharClass member() {
        if (!take("\\")) {
            int c = codePoint();
            return CharClass.of(c, c);
        }
        if (take("b")) return CharClass.of('\b', '\b');
        if (take("-")) return CharClass.of('-', '-');
        return escapedSet();
    }

    private CharClass posix() {
        int end = pattern.indexOf(":]", at);
        String name = end < 0 ? "" : pattern.substring(at, end);
        CharClass set = switch (name) {
            case "alpha" -> CharClass.of('a', 'z', 'A', 'Z');
            case "digit" -> DIGIT;
            case "alnum" -> CharClass.of('a', 'z', 'A', 'Z', '0', '9');
            case "upper" -> CharClass.of('A', 'Z');
            case "lower" -> CharClass.of('a', 'z');
            case "space" -> CharClass.of('\t', '\r', ' ', ' ');
            case "xdigit" -> CharClass.of('0', '9', 'a', 'f', 'A', 'F');
            case "punct" -> CharClass.of('!', '/', ':', '@', '[', '`', '{', '~');
            case "word" -> WORD;
            default -> CharClass.NONE;
        };
        if (set.isEmpty()) return CharClass.of('[', '[', ':', ':');
        at = end + 2;
        return set;
    }
}
