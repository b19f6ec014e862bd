package dev.dalang.mini;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Sums of numbers below 100, and what is beyond them. */
final class SumTurns {

    private static final Pattern SIGNS = Pattern.compile(".*(?:[+*×=/-]|\\bx\\b).*");

    private final PhraseBook book;
    private final WordLists words;

    SumTurns(PhraseBook book, WordLists words) {
        this.book = book;
        this.words = words;
    }

    Turn any(RandomGenerator random) {
        int kind = Draw.weighted(new int[] {33, 28, 4, 33, 2}, random);
        String topic = new String[] {"sum.add", "sum.sub", "sum.left", "sum.mul", "sum.double"}[kind];
        int a = number(random);
        int b = number(random);
        // Two numbers of two figures need two steps to multiply, so that they come no more often than all others.
        if (kind == 3 && a > 9 && b > 9 && Draw.chance(30, random)) b %= 10;
        if (kind == 2 && a < b || kind == 1 && a < b && Draw.chance(50, random)) {
            int swap = a;
            a = b;
            b = swap;
        }
        if (kind == 4) a = 2;
        String phrase = book.topic(topic).ask(random);
        boolean inWords = !SIGNS.matcher(phrase).matches() && Draw.chance(28, random);
        Map<String, String> slots = new HashMap<>();
        slots.put("A", shown(a, inWords));
        slots.put("B", shown(b, inWords));
        slots.put("T", words.draw("thing", random));
        slots.put("P", words.draw("F", random));
        String question = Asker.ask(phrase, s -> Objects.requireNonNull(slots.get(s), s), random);
        String answer = switch (kind) {
            case 0 -> a + " plus " + b + " is " + (a + b) + ".";
            case 1, 2 -> a + " minus " + b + " is " + (a - b) + ".";
            default -> product(a, b);
        };
        return new Turn(question, answer, topic, null);
    }

    /** What is asked of numbers but not taught. */
    Turn beyond(RandomGenerator random) {
        String phrase = book.topic("sum.beyond").ask(random);
        String question = Asker.ask(phrase, slot -> words.draw(slot, random), random);
        return new Turn(question, book.topic("refuse.reckon").answer(random), "sum.beyond", null);
    }

    /** Two figures by two figures with the steps that lead there, for nobody has that in the head. */
    static String product(int a, int b) {
        String end = a + " times " + b + " is " + a * b + ".";
        if (a < 10 || b < 10 || b % 10 == 0) return end;
        int tens = b / 10 * 10;
        int ones = b % 10;
        return a + " times " + tens + " is " + a * tens + " and " + a + " times " + ones + " is " + a * ones + ", so " + end;
    }

    private static int number(RandomGenerator random) {
        return Draw.chance(30, random) ? random.nextInt(13) : random.nextInt(100);
    }

    private static String shown(int n, boolean inWords) {
        return inWords ? Text.words(n) : Integer.toString(n);
    }
}
