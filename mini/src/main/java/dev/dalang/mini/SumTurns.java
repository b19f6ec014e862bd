package dev.dalang.mini;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Sums and differences of numbers below 100, products with one of them at most ten, and what is beyond. */
final class SumTurns {

    private static final int LARGEST_FACTOR = 10;

    /** What is written in a word even where other numbers are not. */
    private static final int SMALL = 12;

    private static final Pattern SIGNS = Pattern.compile(".*(?:[+*×=/-]|\\bx\\b).*");

    private final PhraseBook book;
    private final WordLists words;

    SumTurns(PhraseBook book, WordLists words) {
        this.book = book;
        this.words = words;
    }

    Turn any(RandomGenerator random) {
        int kind = Draw.weighted(new int[] {20, 24, 25, 28, 3}, random);
        String topic = new String[] {"sum.add", "sum.sub", "sum.left", "sum.mul", "sum.double"}[kind];
        if ((kind == 0 || kind == 3) && Draw.chance(40, random)) topic += ".story";
        int a = number(random);
        int b = number(random);
        if (kind == 3) b = random.nextInt(LARGEST_FACTOR + 1);
        // Numbers that lie near each other are the hard ones to subtract.
        if ((kind == 1 || kind == 2) && Draw.chance(35, random)) b = Math.clamp(a + random.nextInt(-11, 12), 0, 99);
        boolean turned = kind == 3 && random.nextBoolean();
        if (turned) {
            int swap = a;
            a = b;
            b = swap;
        }
        if (kind == 2 && a < b || kind == 1 && a < b && Draw.chance(50, random)) {
            int swap = a;
            a = b;
            b = swap;
        }
        if (kind == 4) a = 2;
        String phrase = book.topic(topic).ask(random);
        boolean signs = SIGNS.matcher(phrase).matches();
        int inWords = signs ? 0 : Draw.weighted(new int[] {70, 8, 22}, random);
        Map<String, String> slots = new HashMap<>();
        // Both, the small one alone, or none in words, as people write.
        slots.put("A", shown(a, inWords == 2 || inWords == 1 && a <= SMALL));
        slots.put("B", shown(b, inWords == 2 || inWords == 1 && b <= SMALL));
        String question = Asker.ask(phrase, s -> slots.computeIfAbsent(s, k -> other(k, random)), random);
        String answer = switch (kind) {
            case 0 -> a + " plus " + b + " is " + (a + b) + ".";
            case 1, 2 -> a + " minus " + b + " is " + (a - b) + ".";
            default -> product(a, b);
        };
        return new Turn(question, answer, topic, null);
    }

    /** One factor has tens and ones, the other neither none nor ten of them: both parts are said before their sum. */
    private static String product(int a, int b) {
        int large = Math.max(a, b);
        int small = Math.min(a, b);
        String question = a + " times " + b + " is ";
        boolean plain = large <= SMALL || large % LARGEST_FACTOR == 0 || small < 2 || small == LARGEST_FACTOR;
        if (plain) return question + a * b + ".";
        int tens = large / LARGEST_FACTOR * LARGEST_FACTOR * small;
        return question + tens + " plus " + large % LARGEST_FACTOR * small + ", which is " + a * b + ".";
    }

    /** Somebody or something in a story; of a kind there may be two. */
    private String other(String slot, RandomGenerator random) {
        return switch (slot) {
            case "P", "P2" -> words.draw("F", random);
            case "T" ->
                Draw.chance(60, random)
                        ? words.draw("thing", random)
                        : plural(words.draw(Draw.chance(50, random) ? "noun" : "animal", random));
            default -> words.draw(slot, random);
        };
    }

    private static String plural(String word) {
        return word.endsWith("s") ? word : word + "s";
    }

    /** What is asked of numbers but not taught. */
    Turn beyond(RandomGenerator random) {
        boolean product = Draw.chance(30, random);
        String phrase = book.topic(product ? "sum.mul" : "sum.beyond").ask(random);
        String question = Asker.ask(phrase, slot -> product ? factor(slot, random) : other(slot, random), random);
        return new Turn(question, book.topic("refuse.reckon").answer(random), "sum.beyond", null);
    }

    /** Too large to multiply by another. */
    private String factor(String slot, RandomGenerator random) {
        return switch (slot) {
            case "A", "B" -> Integer.toString(LARGEST_FACTOR + 1 + random.nextInt(99 - LARGEST_FACTOR));
            default -> other(slot, random);
        };
    }

    private static int number(RandomGenerator random) {
        return Draw.chance(30, random) ? random.nextInt(13) : random.nextInt(100);
    }

    private static String shown(int n, boolean inWords) {
        return inWords ? Text.words(n) : Integer.toString(n);
    }
}
