package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A set of code points, as a class in a regular expression denotes it. ASCII is answered from two words. */
final class CharSet {

    static final int LETTER = bits(
            Character.UPPERCASE_LETTER,
            Character.LOWERCASE_LETTER,
            Character.TITLECASE_LETTER,
            Character.MODIFIER_LETTER,
            Character.OTHER_LETTER);
    static final int MARK =
            bits(Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK);
    static final int NUMBER = bits(Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER);
    static final int PUNCTUATION = bits(
            Character.CONNECTOR_PUNCTUATION,
            Character.DASH_PUNCTUATION,
            Character.START_PUNCTUATION,
            Character.END_PUNCTUATION,
            Character.INITIAL_QUOTE_PUNCTUATION,
            Character.FINAL_QUOTE_PUNCTUATION,
            Character.OTHER_PUNCTUATION);
    static final int SYMBOL =
            bits(Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.MODIFIER_SYMBOL, Character.OTHER_SYMBOL);
    static final int SEPARATOR =
            bits(Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR);
    static final int OTHER =
            bits(Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED);

    static final CharSet WHITE_SPACE = new CharSet(CharSet::isWhiteSpace);
    static final CharSet DIGIT = new CharSet(cp -> Character.getType(cp) == Character.DECIMAL_DIGIT_NUMBER);
    /** {@code \w} inside of a class. */
    static final CharSet WORD = new CharSet(CharSet::isLetterlike);
    /** {@code \w} by itself, where Oniguruma counts the superscripts and fractions of Latin-1 in. */
    static final CharSet WORD_ALONE = new CharSet(cp -> isLetterlike(cp) || "²³¹¼½¾".indexOf(cp) >= 0);
    /** {@code \w} of Rust's regular expressions. */
    static final CharSet RUST_WORD = new CharSet(CharSet::isWord);
    /** What BERT takes for punctuation: every ASCII sign, and the punctuation categories. */
    static final CharSet PUNCTUATION_OR_ASCII = new CharSet(cp -> cp < 0x80
            ? cp > ' ' && cp < 0x7F && !Character.isLetterOrDigit(cp)
            : inCategories(cp, CharSet.PUNCTUATION));

    static final CharSet HEX_DIGIT = new CharSet(cp -> cp < 0x80 && Character.digit(cp, 16) >= 0);

    static final CharSet NOT_NEWLINE = new CharSet(cp -> cp != '\n');
    static final CharSet ANY = new CharSet(cp -> true);

    private final long ascii;
    private final long asciiHigh;
    private final IntPredicate predicate;
    /** Answers for the rest of the basic plane in pages of 256, each filled when it is first asked; null for none. */
    private final @Nullable AtomicReferenceArray<long[]> pages;

    CharSet(IntPredicate predicate) {
        this(predicate, false);
    }

    private CharSet(IntPredicate predicate, boolean remember) {
        long low = 0;
        long high = 0;
        for (int cp = 0; cp < 64; cp++) {
            if (predicate.test(cp)) low |= 1L << cp;
            if (predicate.test(cp + 64)) high |= 1L << cp;
        }
        this.ascii = low;
        this.asciiHigh = high;
        this.predicate = predicate;
        this.pages = remember ? new AtomicReferenceArray<>(256) : null;
    }

    /** The same set with a memory, for those that a pattern is going to ask over and over. */
    CharSet remembering() {
        return pages != null ? this : new CharSet(predicate, true);
    }

    boolean contains(int cp) {
        if (cp < 64) return (ascii >>> cp & 1) != 0;
        if (cp < 128) return (asciiHigh >>> cp & 1) != 0;
        if (pages == null || cp > 0xFFFF) return predicate.test(cp);
        long[] page = pages.get(cp >>> 8);
        if (page == null) page = fill(pages, cp >>> 8);
        return (page[cp >>> 6 & 3] >>> cp & 1) != 0;
    }

    private long[] fill(AtomicReferenceArray<long[]> into, int index) {
        long[] page = new long[4];
        for (int i = 0; i < 256; i++) {
            if (predicate.test(index << 8 | i)) page[i >>> 6] |= 1L << i;
        }
        into.set(index, page);
        return page;
    }

    static CharSet of(int cp) {
        return new CharSet(c -> c == cp);
    }

    static CharSet range(int first, int last) {
        return new CharSet(c -> c >= first && c <= last);
    }

    CharSet or(CharSet other) {
        return new CharSet(cp -> contains(cp) || other.contains(cp));
    }

    CharSet and(CharSet other) {
        return new CharSet(cp -> contains(cp) && other.contains(cp));
    }

    CharSet negate() {
        return new CharSet(cp -> !contains(cp));
    }

    /** Simple case folding as Unicode has it: {@code s} also takes U+017F, {@code k} the Kelvin sign. */
    CharSet ignoreCase() {
        return new CharSet(cp -> {
            // The Turkish letters have no simple folding.
            if (cp == 0x130 || cp == 0x131) return contains(cp);
            int upper = Character.toUpperCase(cp);
            return contains(cp)
                    || contains(upper)
                    || contains(Character.toLowerCase(cp))
                    || contains(Character.toLowerCase(upper));
        });
    }

    /** {@code White_Space} of the Unicode character database; {@link Character#isWhitespace} is another set. */
    static boolean isWhiteSpace(int cp) {
        if (cp < 0x80) return cp == ' ' || (cp >= 9 && cp <= 13);
        return cp == 0x85
                || cp == 0xA0
                || cp == 0x1680
                || (cp >= 0x2000 && cp <= 0x200A)
                || cp == 0x2028
                || cp == 0x2029
                || cp == 0x202F
                || cp == 0x205F
                || cp == 0x3000;
    }

    /** Letters, digits and what joins them, the joiners of scripts that write letters together included. */
    static boolean isWord(int cp) {
        return isLetterlike(cp) || cp == 0x200C || cp == 0x200D;
    }

    private static boolean isLetterlike(int cp) {
        return Character.isAlphabetic(cp)
                || inCategories(cp, MARK)
                || Character.getType(cp) == Character.DECIMAL_DIGIT_NUMBER
                || Character.getType(cp) == Character.CONNECTOR_PUNCTUATION;
    }

    private static boolean isVisible(int cp) {
        return !inCategories(cp, bits(Character.CONTROL, Character.SURROGATE, Character.UNASSIGNED));
    }

    static boolean inCategories(int cp, int categories) {
        return (categories >>> Character.getType(cp) & 1) != 0;
    }

    private static int bits(byte... categories) {
        int mask = 0;
        for (byte category : categories) mask |= 1 << category;
        return mask;
    }

    /** The set of {@code \p{name}}: a general category, a script, or one of the binary properties in use. */
    static CharSet property(String name) {
        String key = name.toLowerCase(Locale.ROOT).replace("_", "").replace(" ", "");
        if (key.startsWith("is")) key = key.substring(2);
        int categories = categories(key);
        if (categories != 0) return new CharSet(cp -> inCategories(cp, categories));
        return switch (key) {
            case "any" -> ANY;
            case "alphabetic", "alpha" -> new CharSet(Character::isAlphabetic);
            case "whitespace", "space" -> WHITE_SPACE;
            case "digit" -> DIGIT;
            case "alnum" -> new CharSet(cp -> Character.isAlphabetic(cp) || DIGIT.contains(cp));
            case "word" -> WORD;
            // Oniguruma counts symbols in.
            case "punct" -> new CharSet(cp -> inCategories(cp, PUNCTUATION | SYMBOL));
            case "xdigit" -> HEX_DIGIT;
            case "ascii" -> range(0, 0x7F);
            case "assigned" -> new CharSet(cp -> Character.getType(cp) != Character.UNASSIGNED);
            case "blank" -> new CharSet(cp -> cp == '\t' || Character.getType(cp) == Character.SPACE_SEPARATOR);
            case "graph" -> new CharSet(cp -> isVisible(cp) && !isWhiteSpace(cp));
            case "print" -> new CharSet(cp -> isVisible(cp) && cp != 0x2028 && cp != 0x2029);
            case "uppercase", "upper" -> new CharSet(Character::isUpperCase);
            case "lowercase", "lower" -> new CharSet(Character::isLowerCase);
            case "ideographic" -> new CharSet(Character::isIdeographic);
            case "emoji" -> new CharSet(Character::isEmoji);
            case "emojipresentation" -> new CharSet(Character::isEmojiPresentation);
            case "emojimodifier" -> new CharSet(Character::isEmojiModifier);
            case "emojicomponent" -> new CharSet(Character::isEmojiComponent);
            case "extendedpictographic" -> new CharSet(Character::isExtendedPictographic);
            default -> script(name);
        };
    }

    private static CharSet script(String name) {
        String script = name.substring(name.indexOf('=') + 1);
        try {
            Character.UnicodeScript wanted = Character.UnicodeScript.forName(script);
            return new CharSet(cp -> Character.UnicodeScript.of(cp) == wanted);
        } catch (IllegalArgumentException e) {
            throw DalangException.unsupported(
                    "the pre-tokenizer's pattern names the character property '" + name + "', which is not known here",
                    "pre-tokenizer pattern");
        }
    }

    private static int categories(String key) {
        return switch (key) {
            case "l", "letter" -> LETTER;
            case "lu", "uppercaseletter" -> bits(Character.UPPERCASE_LETTER);
            case "ll", "lowercaseletter" -> bits(Character.LOWERCASE_LETTER);
            case "lt", "titlecaseletter" -> bits(Character.TITLECASE_LETTER);
            case "lm", "modifierletter" -> bits(Character.MODIFIER_LETTER);
            case "lo", "otherletter" -> bits(Character.OTHER_LETTER);
            case "l&", "lc", "casedletter" ->
                bits(Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER);
            case "m", "mark" -> MARK;
            case "mn", "nonspacingmark" -> bits(Character.NON_SPACING_MARK);
            case "mc", "spacingmark" -> bits(Character.COMBINING_SPACING_MARK);
            case "me", "enclosingmark" -> bits(Character.ENCLOSING_MARK);
            case "n", "number" -> NUMBER;
            case "nd", "decimalnumber" -> bits(Character.DECIMAL_DIGIT_NUMBER);
            case "nl", "letternumber" -> bits(Character.LETTER_NUMBER);
            case "no", "othernumber" -> bits(Character.OTHER_NUMBER);
            case "p", "punctuation" -> PUNCTUATION;
            case "pc", "connectorpunctuation" -> bits(Character.CONNECTOR_PUNCTUATION);
            case "pd", "dashpunctuation" -> bits(Character.DASH_PUNCTUATION);
            case "ps", "openpunctuation" -> bits(Character.START_PUNCTUATION);
            case "pe", "closepunctuation" -> bits(Character.END_PUNCTUATION);
            case "pi", "initialpunctuation" -> bits(Character.INITIAL_QUOTE_PUNCTUATION);
            case "pf", "finalpunctuation" -> bits(Character.FINAL_QUOTE_PUNCTUATION);
            case "po", "otherpunctuation" -> bits(Character.OTHER_PUNCTUATION);
            case "s", "symbol" -> SYMBOL;
            case "sm", "mathsymbol" -> bits(Character.MATH_SYMBOL);
            case "sc", "currencysymbol" -> bits(Character.CURRENCY_SYMBOL);
            case "sk", "modifiersymbol" -> bits(Character.MODIFIER_SYMBOL);
            case "so", "othersymbol" -> bits(Character.OTHER_SYMBOL);
            case "z", "separator" -> SEPARATOR;
            case "zs", "spaceseparator" -> bits(Character.SPACE_SEPARATOR);
            case "zl", "lineseparator" -> bits(Character.LINE_SEPARATOR);
            case "zp", "paragraphseparator" -> bits(Character.PARAGRAPH_SEPARATOR);
            case "c", "other" -> OTHER;
            case "cc", "control", "cntrl" -> bits(Character.CONTROL);
            case "cf", "format" -> bits(Character.FORMAT);
            case "cs", "surrogate" -> bits(Character.SURROGATE);
            case "co", "privateuse" -> bits(Character.PRIVATE_USE);
            case "cn", "unassigned" -> bits(Character.UNASSIGNED);
            default -> 0;
        };
    }
}
