package dev.dalang.engine.tokenizer;

import org.jspecify.annotations.Nullable;

/** The pre-tokenizers that are not a single expression. */
final class PreTokenizers {

    private PreTokenizers() {}

    /** Words between white space, each punctuation mark by itself. */
    static void bert(String text, boolean atStart, PreTokenizer.Sink sink) {
        int from = 0;
        for (int pos = 0; pos < text.length(); ) {
            int cp = text.codePointAt(pos);
            int end = pos + Character.charCount(cp);
            boolean space = CharSet.isWhiteSpace(cp);
            if (space || CharSet.PUNCTUATION_OR_ASCII.contains(cp)) {
                if (pos > from) sink.piece(text.substring(from, pos), atStart && from == 0);
                if (!space) sink.piece(text.substring(pos, end), atStart && pos == 0);
                from = end;
            }
            pos = end;
        }
        if (from < text.length()) sink.piece(text.substring(from), atStart && from == 0);
    }

    /**
     * Words as GPT-2 cuts them, in the byte alphabet.
     *
     * @param prefixed whether a space goes in front where there is none
     * @param cut false where another step has cut already
     */
    static PreTokenizer byteLevel(boolean prefixed, boolean cut) {
        PreTokenizer words = cut ? SplitByPattern.isolated(GgufPreTokenizer.GPT2) : PreTokenizer.WHOLE;
        return (text, atStart, sink) -> {
            String whole = prefixed && !text.startsWith(" ") ? " " + text : text;
            words.split(whole, atStart, (piece, start) -> sink.piece(ByteAlphabet.encode(piece), start));
        };
    }

    /**
     * Stretches of one script; Japanese kana count as Han, spaces belong to what is before them. Those that nothing is
     * before are lost, as they are in the reference.
     */
    static void unicodeScripts(String text, boolean atStart, PreTokenizer.Sink sink) {
        Character.UnicodeScript last = null;
        int from = text.length();
        for (int pos = 0; pos < text.length(); ) {
            int cp = text.codePointAt(pos);
            Character.UnicodeScript script = scriptOf(cp);
            if (script != null && script != last) {
                if (last != null) sink.piece(text.substring(from, pos), atStart && from == 0);
                from = pos;
                last = script;
            }
            pos += Character.charCount(cp);
        }
        if (from < text.length()) sink.piece(text.substring(from), atStart && from == 0);
    }

    /** Null for what goes with any script. */
    private static Character.@Nullable UnicodeScript scriptOf(int cp) {
        if (cp == ' ') return null;
        if (cp == 0x30FC) return Character.UnicodeScript.HAN;
        Character.UnicodeScript script = Character.UnicodeScript.of(cp);
        if (script == Character.UnicodeScript.UNKNOWN) return null;
        return script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA
                ? Character.UnicodeScript.HAN
                : script;
    }

    /** Stretches of so many characters. */
    static PreTokenizer fixedLength(int length) {
        return (text, atStart, sink) -> {
            int from = 0;
            while (from < text.length()) {
                int to = from;
                for (int i = 0; i < length && to < text.length(); i++) to += Character.charCount(text.codePointAt(to));
                sink.piece(text.substring(from, to), atStart && from == 0);
                from = to;
            }
        };
    }
}
