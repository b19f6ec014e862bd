package dev.dalang.mini;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes of a phrase what a person would type: with a word before it or after it, with and without capital letters and
 * punctuation, seldom with a slip of the finger. Fills the slots.
 */
final class Asker {

    static final Pattern SLOT = Pattern.compile("\\{(\\w+)}");
    /** The first letter of a sentence behind another. */
    private static final Pattern INNER = Pattern.compile("(?<=\\p{Ll}{2}[.!?] )\\p{Ll}");

    private static final Pattern ARTICLE = Pattern.compile("\\b([Aa])(n?) (\\p{L}+)");
    private static final Pattern SOUNDS_CONSONANT = Pattern.compile("(?i)(?:eu|uni|us[ei]|one|once|ukr|ur[iua]).*");
    private static final Pattern SOUNDS_VOWEL = Pattern.compile("(?i)(?:[aeiou]|hour|honest|heir).*");

    private static final PhraseBook AROUND = PhraseBook.read("around.txt");

    /** Words before a question. */
    static final Phrase BEFORE = around("before");

    /** A sentence before it, about something else. */
    static final Phrase CONTEXT = around("context");

    /** Words behind it. */
    static final Phrase AFTER = around("after");

    /** A sentence behind it. */
    static final Phrase CLOSING = around("closing");

    private static Phrase around(String topic) {
        return new Phrase.Choice(AROUND.topic(topic).asks());
    }

    private Asker() {}

    /**
     * @param phrase with slots
     * @param fill gives each slot its text, also those of {@link WordLists} in what stands around the question
     */
    static String ask(String phrase, Function<String, String> fill, RandomGenerator random) {
        boolean question = phrase.endsWith("?");
        String core = (question ? phrase.substring(0, phrase.length() - 1) : phrase).strip();
        boolean open =
                !core.isEmpty() && Character.isLetterOrDigit(core.charAt(core.length() - 1)) || core.endsWith("}");
        if (Draw.chance(3, random)) core = slip(core, random);
        String text = filled(core, fill);
        // So that a greeting or a name alone stays one.
        boolean whole = core.length() > 6;
        if (whole && Draw.chance(20, random)) text = filled(draw(BEFORE, random), fill) + text;
        if (open && whole && Draw.chance(9, random)) text += draw(AFTER, random);
        if (Draw.chance(67, random)) text = Text.sentence(text);
        if (question) {
            if (Draw.chance(80, random))
                text += Draw.chance(4, random) ? Draw.from(List.of("??", " ?", "?!"), random) : "?";
        } else if (open && Draw.chance(45, random)) {
            text += Draw.from(List.of(".", ".", ".", "!", "?"), random);
        }
        if (whole && Draw.chance(9, random)) text = filled(draw(CONTEXT, random), fill) + " " + text;
        if (whole && Draw.chance(9, random)) text = closed(text) + " " + filled(draw(CLOSING, random), fill);
        if (Draw.chance(80, random))
            text = INNER.matcher(text).replaceAll(m -> m.group().toUpperCase(Locale.ROOT));
        if (Draw.chance(12, random)) text = text.toLowerCase(Locale.ROOT);
        if (Draw.chance(2, random)) text = text.toUpperCase(Locale.ROOT);
        return articles(text);
    }

    private static String draw(Phrase phrase, RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        phrase.draw(random, text);
        return text.toString();
    }

    private static String closed(String text) {
        return Character.isLetterOrDigit(text.charAt(text.length() - 1)) ? text + "." : text;
    }

    /** A text with its slots filled; a slot that comes twice is asked for twice. */
    static String filled(String text, Function<String, String> fill) {
        Matcher slot = SLOT.matcher(text);
        StringBuilder to = new StringBuilder();
        while (slot.find()) slot.appendReplacement(to, Matcher.quoteReplacement(fill.apply(slot.group(1))));
        return slot.appendTail(to).toString();
    }

    static String filled(String text, Map<String, String> slots) {
        return filled(text, name -> {
            String value = slots.get(name);
            if (value == null) throw new IllegalStateException("nothing for {" + name + "} in: " + text);
            return value;
        });
    }

    /** a or an, as the next word sounds. */
    static String articles(String text) {
        return ARTICLE.matcher(text).replaceAll(m -> {
            String word = m.group(3);
            // Before a capital letter a capital A is a letter or a name as often as an article.
            if (m.group(1).equals("A") && Character.isUpperCase(word.charAt(0)))
                return Matcher.quoteReplacement(m.group());
            boolean vowel = SOUNDS_VOWEL.matcher(word).matches()
                    && !SOUNDS_CONSONANT.matcher(word).matches();
            return Matcher.quoteReplacement(m.group(1) + (vowel ? "n " : " ") + word);
        });
    }

    /** Two letters of a word swapped, one lost or one doubled; slots stay. */
    static String slip(String text, RandomGenerator random) {
        String[] words = text.split(" ");
        int w = random.nextInt(words.length);
        String word = words[w];
        if (word.length() < 4 || !word.chars().allMatch(Character::isLetter)) return text;
        int i = 1 + random.nextInt(word.length() - 2);
        words[w] = switch (random.nextInt(3)) {
            case 0 -> word.substring(0, i) + word.charAt(i + 1) + word.charAt(i) + word.substring(i + 2);
            case 1 -> word.substring(0, i) + word.substring(i + 1);
            default -> word.substring(0, i) + word.charAt(i) + word.substring(i);
        };
        return String.join(" ", words);
    }
}
