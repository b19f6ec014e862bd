package dev.dalang.engine.reply;

import dev.dalang.engine.reply.Node.Notation;

/**
 * Reads one value symbol by symbol and gives it back as valid JSON, whatever notation it came in. JSON passes through
 * as it is, except that a raw control character in a string, which JSON forbids and models write, is escaped.
 */
final class ValueReader {

    enum Result {
        MORE,
        /** The value is complete with this symbol. */
        DONE,
        /** The value was complete before this symbol. */
        DONE_BEFORE,
        FAILED
    }

    private enum State {
        VALUE,
        /** In an array that may still be empty. */
        FIRST_VALUE,
        KEY,
        FIRST_KEY,
        COLON,
        NEXT,
        STRING,
        ESCAPE,
        UNICODE,
        WORD,
        BARE_KEY
    }

    private static final int MAX_DEPTH = 128;
    private static final int MAX_WORD = 400;

    private final Notation notation;
    /** What stands around a string of a Gemma, in the symbols of this parse. */
    private final int[] quote;

    private final StringBuilder out;

    /** True for an object, false for an array. */
    private final boolean[] stack = new boolean[MAX_DEPTH];

    private int depth;
    private State state = State.VALUE;
    /** The string being read is a key. */
    private boolean key;
    /** What closes the string being read: a quote character, or 0 for the notation's own mark. */
    private int closing;

    private int matched;
    private int digits;
    private final StringBuilder word = new StringBuilder();

    /** @param out takes the JSON as it becomes certain */
    ValueReader(Notation notation, int[] quote, StringBuilder out) {
        this.notation = notation;
        this.quote = quote;
        this.out = out;
    }

    Result accept(int c) {
        return switch (state) {
            case VALUE, FIRST_VALUE -> value(c);
            case KEY, FIRST_KEY -> key(c);
            case COLON -> colon(c);
            case NEXT -> next(c);
            case STRING -> string(c);
            case ESCAPE -> escape(c);
            case UNICODE -> unicode(c);
            case WORD -> word(c);
            case BARE_KEY -> bareKey(c);
        };
    }

    private Result value(int c) {
        if (isSpace(c) && matched == 0) return space(c);
        if (quote.length > 0 && c == quote[matched]) return quoteMark(false);
        if (matched > 0) return Result.FAILED;
        if (c == '"' || (c == '\'' && notation == Notation.PYTHON)) return startString(c, false);
        if (c == '{') return push(true, c);
        if (c == '[') return push(false, c);
        if (c == ']' && state == State.FIRST_VALUE) return pop(false, c);
        if (isWordPart(c)) {
            word.setLength(0);
            word.append((char) c);
            state = State.WORD;
            return Result.MORE;
        }
        return Result.FAILED;
    }

    private Result key(int c) {
        if (isSpace(c) && matched == 0) return space(c);
        if (quote.length > 0 && c == quote[matched]) return quoteMark(true);
        if (matched > 0) return Result.FAILED;
        if (c == '"' || (c == '\'' && notation == Notation.PYTHON)) return startString(c, true);
        if (c == '}' && state == State.FIRST_KEY) return pop(true, c);
        if (quote.length > 0 && isKeyPart(c)) {
            word.setLength(0);
            word.append((char) c);
            state = State.BARE_KEY;
            return Result.MORE;
        }
        return Result.FAILED;
    }

    private Result space(int c) {
        if (notation == Notation.JSON && depth > 0) out.append((char) c);
        return Result.MORE;
    }

    private Result quoteMark(boolean asKey) {
        if (++matched < quote.length) return Result.MORE;
        return startString(0, asKey);
    }

    private Result startString(int close, boolean asKey) {
        matched = 0;
        closing = close;
        key = asKey;
        out.append('"');
        state = State.STRING;
        return Result.MORE;
    }

    private Result push(boolean object, int c) {
        if (depth == MAX_DEPTH) return Result.FAILED;
        stack[depth++] = object;
        out.append((char) c);
        state = object ? State.FIRST_KEY : State.FIRST_VALUE;
        return Result.MORE;
    }

    private Result pop(boolean object, int c) {
        if (depth == 0 || stack[depth - 1] != object) return Result.FAILED;
        depth--;
        out.append((char) c);
        return valueEnded();
    }

    private Result valueEnded() {
        state = State.NEXT;
        return depth == 0 ? Result.DONE : Result.MORE;
    }

    private Result colon(int c) {
        if (isSpace(c)) return space(c);
        if (c != ':') return Result.FAILED;
        out.append(':');
        state = State.VALUE;
        return Result.MORE;
    }

    private Result next(int c) {
        if (isSpace(c)) return space(c);
        boolean object = stack[depth - 1];
        if (c == ',') {
            out.append(',');
            state = object ? State.KEY : State.VALUE;
            return Result.MORE;
        }
        return c == (object ? '}' : ']') ? pop(object, c) : Result.FAILED;
    }

    private Result string(int c) {
        if (closing == 0) {
            if (c == quote[matched]) {
                if (++matched < quote.length) return Result.MORE;
                return stringEnded();
            }
            // The marks begin with a character that does not come again in them, so nothing is missed.
            for (int i = 0; i < matched; i++) appendEscaped(quote[i]);
            matched = c == quote[0] ? 1 : 0;
            if (matched == 0) appendEscaped(c);
            return Result.MORE;
        }
        if (c == closing) return stringEnded();
        if (c == '\\') {
            state = State.ESCAPE;
        } else {
            appendEscaped(c);
        }
        return Result.MORE;
    }

    private Result stringEnded() {
        matched = 0;
        out.append('"');
        if (key) {
            state = State.COLON;
            return Result.MORE;
        }
        return valueEnded();
    }

    private void appendEscaped(int c) {
        Json.escape(out, (char) c);
    }

    private Result escape(int c) {
        state = State.STRING;
        switch (c) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> out.append('\\').append((char) c);
            case 'u' -> {
                out.append("\\u");
                digits = 0;
                state = State.UNICODE;
            }
            case '\'' -> out.append('\'');
            default -> {
                if (notation == Notation.JSON) return Result.FAILED;
                out.append("\\\\");
                appendEscaped(c);
            }
        }
        return Result.MORE;
    }

    private Result unicode(int c) {
        if (c > 'f' || Character.digit(c, 16) < 0) return Result.FAILED;
        out.append((char) c);
        if (++digits == 4) state = State.STRING;
        return Result.MORE;
    }

    private Result word(int c) {
        if (isWordPart(c)) {
            if (word.length() == MAX_WORD) return Result.FAILED;
            word.append((char) c);
            return Result.MORE;
        }
        if (!endWord()) return Result.FAILED;
        if (depth == 0) return Result.DONE_BEFORE;
        state = State.NEXT;
        return next(c);
    }

    private boolean endWord() {
        String w = word.toString();
        if (notation == Notation.PYTHON) {
            w = switch (w) {
                case "True" -> "true";
                case "False" -> "false";
                case "None" -> "null";
                default -> w;
            };
        }
        if (!w.equals("true") && !w.equals("false") && !w.equals("null") && !Json.isNumber(w)) return false;
        out.append(w);
        return true;
    }

    private Result bareKey(int c) {
        if (isKeyPart(c)) {
            if (word.length() == MAX_WORD) return Result.FAILED;
            word.append((char) c);
            return Result.MORE;
        }
        Json.quote(out, word);
        state = State.COLON;
        return colon(c);
    }

    /** The input is over. True if that completes a number or word that only its surroundings could end. */
    boolean finish() {
        return depth == 0 && state == State.WORD && endWord();
    }

    static boolean isSpace(int c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static boolean isWordPart(int c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '+' || c == '.');
    }

    private static boolean isKeyPart(int c) {
        return c <= Character.MAX_VALUE
                && !isSpace(c)
                && c != ':'
                && c != ','
                && c != '{'
                && c != '}'
                && c != '['
                && c != ']'
                && c != '"';
    }
}
