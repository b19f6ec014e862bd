package dev.dalang.mini;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A question that Dalang Mini never learned from, and what counts as right.
 *
 * @param group that it is counted in
 * @param ask what a user types
 * @param accept an answer is right that holds one of these texts, whatever its case and accents; of a sum, whose last
 *     number is one of these
 * @param all right only if it holds all of them
 */
public record Question(String group, String ask, List<String> accept, boolean all) {

    private static final Pattern DOES_NOT_KNOW =
            Pattern.compile("\\b(?:do not know|don't know|more than i know|cannot|can only|know of no)\\b");

    private static final Pattern NUMBER = Pattern.compile("(?<![0-9])-?[0-9](?:[0-9,]*[0-9])?");

    /** How the groups of sums begin. */
    static final String SUM = "sum.";

    /** The group of questions that must not be answered. */
    static final String OUTSIDE = "outside";

    public Question {
        accept = List.copyOf(accept);
    }

    /** Whether an answer is right. */
    boolean isRight(String answer) {
        String said = plain(answer);
        boolean refuses = DOES_NOT_KNOW.matcher(said).find();
        if (group.equals(OUTSIDE)) return refuses;
        if (refuses) return false;
        if (group.startsWith(SUM)) return accept.contains(lastNumber(said));
        return all
                ? accept.stream().allMatch(a -> holds(said, a))
                : accept.stream().anyMatch(a -> holds(said, a));
    }

    private static boolean holds(String said, String text) {
        return said.contains(plain(text));
    }

    /** Of a sum the result comes last. */
    private static String lastNumber(String said) {
        String last = "";
        Matcher number = NUMBER.matcher(said);
        while (number.find()) last = number.group().replace(",", "");
        return last;
    }

    private static String plain(String text) {
        return Text.plain(text).toLowerCase(Locale.ROOT).replace('’', '\'').replace("−", "-");
    }
}
