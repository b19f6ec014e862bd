package dev.dalang.engine.tokenizer;

import java.text.Normalizer;

/** The text normalisations that tokenizers are published with, by the names that Hugging Face gives them. */
final class Normalizers {

    private Normalizers() {}

    /** Character by character: the sigma at a word's end is not treated apart, as the reference does not. */
    static String lowercase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().forEach(cp -> {
            // The one character whose lower case is two.
            if (cp == 0x130) lower.append("i\u0307");
            else lower.appendCodePoint(Character.toLowerCase(cp));
        });
        return lower.toString();
    }

    /** Without any mark; {@link #bert} takes away only those that need no space of their own. */
    static String stripAccents(String decomposed) {
        return without(decomposed, CharSet.MARK);
    }

    private static String without(String text, int categories) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints().forEach(cp -> {
            if (!CharSet.inCategories(cp, categories)) kept.appendCodePoint(cp);
        });
        return kept.toString();
    }

    /** What BERT does to text before it looks at words. */
    static String bert(String text, boolean clean, boolean spaceChinese, boolean stripAccents, boolean lowercase) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(cp -> {
            if (clean) {
                if (cp == 0 || cp == 0xFFFD || isControl(cp)) return;
                if (CharSet.isWhiteSpace(cp)) {
                    out.append(' ');
                    return;
                }
            }
            if (spaceChinese && isChinese(cp))
                out.append(' ').appendCodePoint(cp).append(' ');
            else out.appendCodePoint(cp);
        });
        String normal = out.toString();
        if (stripAccents) {
            normal = without(Normalizer.normalize(normal, Normalizer.Form.NFD), 1 << Character.NON_SPACING_MARK);
        }
        return lowercase ? lowercase(normal) : normal;
    }

    private static boolean isControl(int cp) {
        if (cp == '\t' || cp == '\n' || cp == '\r') return false;
        int type = Character.getType(cp);
        return type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE;
    }

    /** The ideographs that BERT sets spaces around; the sixth range starts where the reference has it. */
    private static boolean isChinese(int cp) {
        return (cp >= 0x4E00 && cp <= 0x9FFF)
                || (cp >= 0x3400 && cp <= 0x4DBF)
                || (cp >= 0x20000 && cp <= 0x2A6DF)
                || (cp >= 0x2A700 && cp <= 0x2B73F)
                || (cp >= 0x2B740 && cp <= 0x2B81F)
                || (cp >= 0x2B920 && cp <= 0x2CEAF)
                || (cp >= 0xF900 && cp <= 0xFAFF)
                || (cp >= 0x2F800 && cp <= 0x2FA1F);
    }
}
