package dev.dalang.mini;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Sums and differences of numbers below 100, products with one of them at most ten, and what is beyond. */
final class SumTurns {

    private static final int TEN = 10;
    private static final int LARGEST_FACTOR = TEN;

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
            case 0 -> sum(a, b);
            case 1, 2 -> difference(a, b);
            default -> product(a, b);
        };
        return new Turn(question, answer, topic, null);
    }

    /** Both have tens and ones, or one has tens and the ones meet: the sum of the tens and that of the ones are said first. */
    static String sum(int a, int b) {
        String question = a + " plus " + b + " is ";
        int tens = tens(a) + tens(b);
        if (tens == 0 || a % TEN == 0 || b % TEN == 0) return question + (a + b) + ".";
        return question + tens + " plus " + (a % TEN + b % TEN) + ", which is " + (a + b) + ".";
    }

    /** The same for a difference; where one of the parts is zero there is nothing to put together. */
    static String difference(int a, int b) {
        String question = a + " minus " + b + " is ";
        int tens = tens(a) - tens(b);
        int ones = a % TEN - b % TEN;
        if (tens == 0 || ones == 0 || a >= b && b % TEN == 0) return question + (a - b) + ".";
        return question + tens + (ones < 0 ? " minus " : " plus ") + Math.abs(ones) + ", which is " + (a - b) + ".";
    }

    private static int tens(int n) {
        return n / TEN * TEN;
    }

    /** One factor has tens and ones, the other neither none nor ten of them: both parts are said before their sum. */
    private static String product(int a, int b) {
        int large = Math.max(a, b);
        int small = Math.min(a, b);
        String question = a + " times " + b + " is ";
        boolean plain = large <= SMALL || large % TEN == 0 || small < 2 || small == TEN;
        if (plain) return question + a * b + ".";
        return question + tens(large) * small + " plus " + large % TEN * small + ", which is " + a * b + ".";
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
