package dev.dalang.engine.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Source to tokens, with the whitespace rules that Hugging Face sets: the newline after a block tag or comment goes
 * ({@code trim_blocks}), so does the white space before one that stands first on its line ({@code lstrip_blocks}), and
 * one newline at the end of the template. A {@code -} at either side of a tag strips all white space there, a
 * {@code +} switches the automatic rule off.
 */
final class Lexer {
    private static final String[] LONG_OPERATORS = {"**", "//", "==", "!=", ">=", "<="};
    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;
    /** Whether what was read last ended a line, so that white space from here on is indentation. */
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** Line ends become {@code \n} and one at the end is dropped; offsets in tokens refer to this form. */
    static String normalise(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        return lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
    }

    static List<Token> tokenize(String normalised) {
        Lexer lexer = new Lexer(normalised);
        while (lexer.at < normalised.length()) lexer.data();
        lexer.add(Token.Kind.END, "", normalised.length());
        return lexer.tokens;
    }

    // ---- between tags ----------------------------------------------------------------------------------------------

    private void data() {
        int tag = nextTag();
        if (tag < 0) {
            addData(at, source.length());
            at = source.length();
            return;
        }
        char kind = source.charAt(tag + 1);
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        boolean signed = sign == '-' || sign == '+';
        addData(at, dataEnd(at, tag, sign, kind != '{'));
        int inside = tag + (signed ? 3 : 2);
        if (kind == '#') {
            comment(tag, inside);
        } else if (kind == '{') {
            add(Token.Kind.VARIABLE_BEGIN, "{{", tag);
            at = inside;
            tag(tag, Token.Kind.VARIABLE_END);
        } else {
            int rawStart = rawStart(inside);
            if (rawStart >= 0) {
                raw(tag, rawStart);
            } else {
                add(Token.Kind.BLOCK_BEGIN, "{%", tag);
                at = inside;
                tag(tag, Token.Kind.BLOCK_END);
            }
        }
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') return i;
        }
        return -1;
    }

    /** Where the text before a tag ends once white space is controlled. */
    private int dataEnd(int from, int to, char sign, boolean block) {
        int end = to;
        if (sign == '-') {
            while (end > from && PythonText.isSpace(source.charAt(end - 1))) end--;
        } else if (sign != '+' && block) {
            int start = to;
            while (start > from && source.charAt(start - 1) != '\n' && PythonText.isSpace(source.charAt(start - 1))) {
                start--;
            }
            if (start > from ? source.charAt(start - 1) == '\n' : lineStarts) end = start;
        }
        return end;
    }

    private void addData(int from, int to) {
        if (to > from) add(Token.Kind.DATA, source.substring(from, to), from);
    }

    private void comment(int tag, int inside) {
        int end = source.indexOf("#}", inside);
        if (end < 0) throw TemplateError.syntax("a comment is never closed with '#}'", tag);
        char sign = end > inside ? source.charAt(end - 1) : ' ';
        closeTag(end + 2, sign, true);
    }

    /** After {@code raw} and its closing brace when this block tag is one, else -1. */
    private int rawStart(int inside) {
        int i = skipSpace(inside);
        if (!source.startsWith("raw", i)) return -1;
        i = skipSpace(i + 3);
        if (source.startsWith("-%}", i)) return skipSpace(i + 3);
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void raw(int tag, int start) {
        for (int end = source.indexOf("{%", start); end >= 0; end = source.indexOf("{%", end + 2)) {
            int i = end + 2;
            char sign = i < source.length() ? source.charAt(i) : ' ';
            if (sign == '-' || sign == '+') i++;
            i = skipSpace(i);
            if (!source.startsWith("endraw", i)) continue;
            i = skipSpace(i + 6);
            char closing = i < source.length() ? source.charAt(i) : ' ';
            if (closing == '-' || closing == '+') i++;
            if (!source.startsWith("%}", i)) continue;
            lineStarts = start > 0 && source.charAt(start - 1) == '\n';
            addData(start, dataEnd(start, end, sign, true));
            closeTag(i + 2, closing, true);
            return;
        }
        throw TemplateError.syntax("a raw block is never closed with '{% endraw %}'", tag);
    }

    private int skipSpace(int i) {
        int at = i;
        while (at < source.length() && PythonText.isSpace(source.charAt(at))) at++;
        return at;
    }

    /** Moves behind a tag that ended at {@code end} with {@code sign} before its closing brace. */
    private void closeTag(int end, char sign, boolean trim) {
        at = end;
        if (sign == '-') at = skipSpace(end);
        else if (trim && sign != '+' && end < source.length() && source.charAt(end) == '\n') at = end + 1;
        lineStarts = source.charAt(at - 1) == '\n';
    }

    // ---- inside a tag ----------------------------------------------------------------------------------------------

    private void tag(int start, Token.Kind end) {
        String closing = end == Token.Kind.BLOCK_END ? "%}" : "}}";
        open.clear();
        while (true) {
            at = skipSpace(at);
            if (at >= source.length()) {
                throw TemplateError.syntax("a tag is never closed with '" + closing + "'", start);
            }
            char c = source.charAt(at);
            if (open.isEmpty()) {
                boolean signed = c == '-' || (c == '+' && end == Token.Kind.BLOCK_END);
                if (source.startsWith(closing, signed ? at + 1 : at)) {
                    add(end, closing, at);
                    closeTag(at + (signed ? 3 : 2), signed ? c : ' ', end == Token.Kind.BLOCK_END);
                    return;
                }
            }
            token(c);
        }
    }

    private void token(char c) {
        if (c >= '0' && c <= '9') number();
        else if (c == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) name();
        else if (c == '"' || c == '\'') string(c);
        else operator(c);
    }

    private void name() {
        int start = at;
        while (at < source.length()) {
            int c = source.codePointAt(at);
            if (c != '_' && (!Character.isUnicodeIdentifierPart(c) || Character.isIdentifierIgnorable(c))) break;
            at += Character.charCount(c);
        }
        add(Token.Kind.NAME, source.substring(start, at), start);
    }

    private void number() {
        int start = at;
        if (source.charAt(at) == '0' && at + 2 < source.length()) {
            int radix = switch (source.charAt(at + 1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                case 'b', 'B' -> 2;
                default -> 0;
            };
            if (radix != 0) {
                at += 2;
                digits(radix);
                add(Token.Kind.INTEGER, source.substring(start, at), start);
                return;
            }
        }
        digits(10);
        boolean real = false;
        // In a.0.1 the parts are items, not a fraction.
        boolean item = start > 0 && source.charAt(start - 1) == '.';
        if (!item && at + 1 < source.length() && source.charAt(at) == '.' && isDigit(source.charAt(at + 1))) {
            at++;
            digits(10);
            real = true;
        }
        if (!item && at < source.length() && (source.charAt(at) | 0x20) == 'e') {
            int i = at + 1;
            if (i < source.length() && (source.charAt(i) == '+' || source.charAt(i) == '-')) i++;
            if (i < source.length() && isDigit(source.charAt(i))) {
                at = i;
                digits(10);
                real = true;
            }
        }
        add(real ? Token.Kind.FLOAT : Token.Kind.INTEGER, source.substring(start, at), start);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void digits(int radix) {
        while (at < source.length()) {
            char c = source.charAt(at);
            boolean separator = c == '_'
                    && at + 1 < source.length()
                    && source.charAt(at + 1) < 128
                    && Character.digit(source.charAt(at + 1), radix) >= 0;
            if (!separator && (c >= 128 || Character.digit(c, radix) < 0)) return;
            at++;
        }
    }

    private void string(char quote) {
        int start = at;
        for (int i = at + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == quote) {
                at = i + 1;
                add(Token.Kind.STRING, PythonText.unescape(source.substring(start + 1, i), start), start);
                return;
            }
        }
        throw TemplateError.syntax("a string is never closed with " + quote, start);
    }

    private void operator(char c) {
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, at)) {
                add(Token.Kind.OPERATOR, operator, at);
                at += 2;
                return;
            }
        }
        if (SHORT_OPERATORS.indexOf(c) < 0) {
            String shown = new String(Character.toChars(source.codePointAt(at)));
            throw TemplateError.syntax("unexpected character '" + shown + "'", at);
        }
        balance(c);
        add(Token.Kind.OPERATOR, String.valueOf(c), at);
        at++;
    }

    private void balance(char c) {
        switch (c) {
            case '{' -> open.push('}');
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '}', ')', ']' -> {
                if (open.isEmpty()) throw TemplateError.syntax("unexpected '" + c + "'", at);
                char expected = open.pop();
                if (expected != c) {
                    throw TemplateError.syntax("unexpected '" + c + "', expected '" + expected + "'", at);
                }
            }
            default -> {}
        }
    }

    private void add(Token.Kind kind, String text, int offset) {
        tokens.add(new Token(kind, text, offset));
    }
}
