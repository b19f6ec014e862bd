package dev.dalang.engine.tokenizer;

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
            if (space || isBertPunctuation(cp)) {
                if (pos > from) sink.piece(text.substring(from, pos), atStart && from == 0);
                if (!space) sink.piece(text.substring(pos, end), atStart && pos == 0);
                from = end;
            }
            pos = end;
        }
        if (from < text.length()) sink.piece(text.substring(from), atStart && from == 0);
    }

    private static boolean isBertPunctuation(int cp) {
        if (cp < 0x80) return cp > ' ' && cp < 0x7F && !Character.isLetterOrDigit(cp);
        return CharSet.isPunctuation(cp);
    }
}
