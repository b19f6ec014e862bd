package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.engine.tokenizer.PatternNode.Greed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Parses the regular expressions that tokenizers are published with: the common part of the Oniguruma, Rust, Python and
 * {@code fancy-regex} syntaxes, all of it on code points and with Unicode's meaning of {@code \s}, {@code \d},
 * {@code \w}. What is outside of that part (back references, recursion) is refused by name.
 */
final class PatternParser {

    private static final int MAX_LENGTH = 20_000;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_REPEAT = 1000;

    private final String source;
    private final int[] pattern;
    private int at;
    private int depth;
    private boolean ignoreCase;
    private boolean dotAll;

    private PatternParser(String source) {
        this.source = source;
        this.pattern = source.codePoints().toArray();
    }

    static PatternNode parse(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw DalangException.badModelFile(
                    "the pre-tokenizer's pattern has " + pattern.length() + " characters; at most " + MAX_LENGTH
                            + " are read",
                    null,
                    "pre_tokenizer");
        }
        PatternParser parser = new PatternParser(pattern);
        PatternNode node = parser.alternatives();
        if (parser.at < parser.pattern.length) throw parser.refuse("a ')' without its '('");
        return node;
    }

    private PatternNode alternatives() {
        if (++depth > MAX_DEPTH) throw refuse("groups nested deeper than " + MAX_DEPTH);
        boolean outerIgnoreCase = ignoreCase;
        boolean outerDotAll = dotAll;
        List<PatternNode> options = new ArrayList<>();
        do {
            options.add(sequence());
        } while (take('|'));
        ignoreCase = outerIgnoreCase;
        dotAll = outerDotAll;
        depth--;
        return options.size() == 1 ? options.getFirst() : new PatternNode.Alternatives(options);
    }

    private PatternNode sequence() {
        List<PatternNode> parts = new ArrayList<>();
        while (at < pattern.length && pattern[at] != '|' && pattern[at] != ')') {
            PatternNode atom = atom();
            if (atom != null) parts.add(quantified(atom));
        }
        return parts.size() == 1 ? parts.getFirst() : new PatternNode.Sequence(parts);
    }

    private PatternNode quantified(PatternNode atom) {
        PatternNode node = atom;
        while (at < pattern.length) {
            int min;
            int max;
            int before = at;
            boolean interval = false;
            if (take('?')) {
                min = 0;
                max = 1;
            } else if (take('*')) {
                min = 0;
                max = PatternNode.UNBOUNDED;
            } else if (take('+')) {
                min = 1;
                max = PatternNode.UNBOUNDED;
            } else if (pattern[at] == '{' && at + 1 < pattern.length && isQuantifierBody(at + 1)) {
                at++;
                min = peek() == ',' ? 0 : number();
                max = min;
                if (take(',')) max = peek() == '}' ? PatternNode.UNBOUNDED : number();
                if (!take('}')) throw refuse("an unfinished '{m,n}'");
                if (max < min) throw refuse("a '{m,n}' with n below m");
                interval = true;
            } else {
                break;
            }
            Greed greed = take('?') ? Greed.LAZY : !interval && take('+') ? Greed.POSSESSIVE : Greed.GREEDY;
            if (!(node instanceof PatternNode.One) && max == PatternNode.UNBOUNDED && node.nullable()) {
                throw refuse("at " + before + " an endless repetition of what can match nothing");
            }
            node = new PatternNode.Repeat(node, min, max, greed);
        }
        return node;
    }

    private boolean isQuantifierBody(int from) {
        int i = from;
        while (i < pattern.length && (Character.isDigit(pattern[i]) || pattern[i] == ',')) i++;
        return i > from && i < pattern.length && pattern[i] == '}';
    }

    private int number() {
        int value = 0;
        int digits = 0;
        while (at < pattern.length && pattern[at] >= '0' && pattern[at] <= '9') {
            value = value * 10 + pattern[at++] - '0';
            if (++digits > 6 || value > MAX_REPEAT) throw refuse("a repetition of more than " + MAX_REPEAT);
        }
        if (digits == 0) throw refuse("a '{m,n}' without a number");
        return value;
    }

    /** Null for a flag setting such as {@code (?i)}, which matches nothing by itself. */
    private @Nullable PatternNode atom() {
        int c = pattern[at++];
        return switch (c) {
            case '(' -> group();
            case '[' -> one(charClass());
            case '.' -> new PatternNode.One(dotAll ? CharSet.ANY : CharSet.NOT_NEWLINE);
            // As in Ruby, whose syntax Hugging Face's engine reads.
            case '^' -> new PatternNode.Boundary(PatternNode.Boundary.Kind.LINE_START);
            case '$' -> new PatternNode.Boundary(PatternNode.Boundary.Kind.LINE_END);
            case '\\' -> escape();
            case '*', '+', '?' -> throw refuse("a '" + Character.toString(c) + "' with nothing before it");
            default -> one(CharSet.of(c));
        };
    }

    private PatternNode one(CharSet set) {
        return new PatternNode.One(ignoreCase ? set.ignoreCase() : set);
    }

    private @Nullable PatternNode group() {
        if (!take('?')) return close(alternatives());
        if (take(':')) return close(alternatives());
        if (take('>')) return new PatternNode.Atomic(close(alternatives()));
        if (take('=')) return new PatternNode.LookAhead(close(alternatives()), false);
        if (take('!')) return new PatternNode.LookAhead(close(alternatives()), true);
        if (take('<')) {
            boolean negative = peek() == '!';
            if (!negative && peek() != '=') {
                while (at < pattern.length && pattern[at] != '>') at++;
                if (!take('>')) throw refuse("a group name without its '>'");
                return close(alternatives());
            }
            at++;
            if (close(alternatives()) instanceof PatternNode.One(CharSet set)) {
                return new PatternNode.LookBehind(set, negative);
            }
            throw refuse("a look behind at more than one character");
        }
        return flags();
    }

    private @Nullable PatternNode flags() {
        boolean on = true;
        boolean newIgnoreCase = ignoreCase;
        boolean newDotAll = dotAll;
        while (at < pattern.length) {
            int c = pattern[at++];
            switch (c) {
                case '-' -> on = false;
                case 'i' -> newIgnoreCase = on;
                // Ruby's name, and everybody else's.
                case 'm', 's' -> newDotAll = on;
                case 'u' -> {}
                case ')' -> {
                    ignoreCase = newIgnoreCase;
                    dotAll = newDotAll;
                    return null;
                }
                case ':' -> {
                    boolean outerIgnoreCase = ignoreCase;
                    boolean outerDotAll = dotAll;
                    ignoreCase = newIgnoreCase;
                    dotAll = newDotAll;
                    PatternNode body = close(alternatives());
                    ignoreCase = outerIgnoreCase;
                    dotAll = outerDotAll;
                    return body;
                }
                default -> throw refuse("the flag '" + Character.toString(c) + "'");
            }
        }
        throw refuse("an unfinished '(?'");
    }

    private PatternNode close(PatternNode node) {
        if (!take(')')) throw refuse("a '(' without its ')'");
        return node;
    }

    private PatternNode escape() {
        PatternNode.Boundary.Kind boundary = switch (peek()) {
            case 'b' -> PatternNode.Boundary.Kind.WORD;
            case 'B' -> PatternNode.Boundary.Kind.NOT_WORD;
            case 'A' -> PatternNode.Boundary.Kind.TEXT_START;
            case 'z' -> PatternNode.Boundary.Kind.TEXT_END;
            case 'Z' -> PatternNode.Boundary.Kind.TEXT_END_OR_LAST_NEWLINE;
            default -> null;
        };
        if (boundary != null) {
            at++;
            return new PatternNode.Boundary(boundary);
        }
        // Oniguruma's \w is larger by some signs of Latin-1 where it stands by itself.
        if (take('w')) return one(CharSet.WORD_ALONE);
        if (take('W')) return one(CharSet.WORD_ALONE.negate());
        CharSet set = escapedSet();
        return one(set != null ? set : CharSet.of(escapedChar()));
    }

    private @Nullable CharSet escapedSet() {
        int c = peek();
        CharSet set = switch (c) {
            case 's' -> CharSet.WHITE_SPACE;
            case 'S' -> CharSet.WHITE_SPACE.negate();
            case 'd' -> CharSet.DIGIT;
            case 'D' -> CharSet.DIGIT.negate();
            case 'w' -> CharSet.WORD;
            case 'W' -> CharSet.WORD.negate();
            case 'h' -> CharSet.HEX_DIGIT;
            case 'H' -> CharSet.HEX_DIGIT.negate();
            case 'N' -> CharSet.NOT_NEWLINE;
            case 'O' -> CharSet.ANY;
            case 'p', 'P' -> null;
            default -> null;
        };
        if (set != null) {
            at++;
            return set;
        }
        if (c != 'p' && c != 'P') return null;
        at++;
        boolean negative = c == 'P';
        String name;
        if (take('{')) {
            if (take('^')) negative = !negative;
            int from = at;
            while (at < pattern.length && pattern[at] != '}') at++;
            if (at == pattern.length) throw refuse("a '\\p{' without its '}'");
            name = new String(pattern, from, at++ - from);
        } else {
            if (at == pattern.length) throw refuse("a '\\p' without a name");
            name = Character.toString(pattern[at++]);
        }
        CharSet property = CharSet.property(name);
        return negative ? property.negate() : property;
    }

    private int escapedChar() {
        if (at == pattern.length) throw refuse("a '\\' at the end");
        int c = pattern[at++];
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case '0' -> 0;
            case 'u' -> take('{') ? braced() : hex(4);
            case 'U' -> hex(8);
            case 'x' -> take('{') ? braced() : hex(2);
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) throw refuse("'\\" + Character.toString(c) + "'");
                yield c;
            }
        };
    }

    private int braced() {
        int from = at;
        while (at < pattern.length && pattern[at] != '}') at++;
        int digits = at - from;
        at = from;
        int value = hex(Math.clamp(digits, 1, 8));
        if (!take('}')) throw refuse("an unfinished '{'");
        return value;
    }

    private int hex(int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < pattern.length ? Character.digit(pattern[at++], 16) : -1;
            if (digit < 0) throw refuse("a character number that is not hexadecimal");
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) throw refuse("a character number beyond Unicode");
        return (int) value;
    }

    /** After the '['. Union of items; {@code &&} intersects and binds weakest. */
    private CharSet charClass() {
        if (++depth > MAX_DEPTH) throw refuse("classes nested deeper than " + MAX_DEPTH);
        boolean negative = take('^');
        CharSet result = null;
        CharSet union = null;
        boolean first = true;
        while (true) {
            if (at == pattern.length) throw refuse("a '[' without its ']'");
            int c = pattern[at];
            if (c == ']' && !first) {
                at++;
                break;
            }
            if (c == '&' && at + 1 < pattern.length && pattern[at + 1] == '&') {
                at += 2;
                result = intersect(result, union);
                union = null;
                continue;
            }
            first = false;
            CharSet item = classItem();
            union = union == null ? item : union.or(item);
        }
        depth--;
        CharSet set = intersect(result, union);
        return negative ? set.negate() : set;
    }

    private static CharSet intersect(@Nullable CharSet left, @Nullable CharSet right) {
        if (right == null) return left == null ? CharSet.ANY.negate() : left;
        return left == null ? right : left.and(right);
    }

    private CharSet classItem() {
        int c = pattern[at++];
        if (c == '[') {
            if (peek() == ':') return posixClass();
            return charClass();
        }
        int low = c;
        if (c == '\\') {
            CharSet set = escapedSet();
            if (set != null) return set;
            low = peek() == 'b' ? backspace() : escapedChar();
        }
        if (at + 1 < pattern.length && pattern[at] == '-' && pattern[at + 1] != ']') {
            int hyphen = at++;
            int high = pattern[at++];
            if (high == '\\') {
                CharSet set = escapedSet();
                if (set != null) return CharSet.of(low).or(CharSet.of('-')).or(set);
                high = escapedChar();
            } else if (high == '[') {
                at = hyphen;
                return CharSet.of(low);
            }
            if (high < low) throw refuse("a range whose end comes before its start");
            return CharSet.range(low, high);
        }
        return CharSet.of(low);
    }

    private int backspace() {
        at++;
        return '\b';
    }

    private CharSet posixClass() {
        at++;
        boolean negative = take('^');
        int from = at;
        while (at < pattern.length && pattern[at] != ':') at++;
        String name = new String(pattern, from, at - from).toLowerCase(Locale.ROOT);
        if (!take(':') || !take(']')) throw refuse("an unfinished '[:'");
        CharSet set = CharSet.property(name);
        return negative ? set.negate() : set;
    }

    private int peek() {
        return at < pattern.length ? pattern[at] : -1;
    }

    private boolean take(int c) {
        if (peek() != c) return false;
        at++;
        return true;
    }

    private DalangException refuse(String what) {
        String shown = source.length() <= 80 ? source : source.substring(0, 80) + "…";
        return DalangException.unsupported(
                "the pre-tokenizer's pattern holds " + what + " (position " + at + " of \"" + shown + "\")",
                "pre-tokenizer pattern");
    }
}
