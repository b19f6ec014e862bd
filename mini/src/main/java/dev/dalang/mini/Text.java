package dev.dalang.mini;

import java.text.Normalizer;
import java.util.List;
import java.util.regex.Pattern;

/** Small tools for sentences. */
final class Text {

    private static final Pattern MARKS = Pattern.compile("\\p{M}+");

    private static final String[] SMALL = {
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen"
    };
    private static final String[] TENS = {
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"
    };

    private Text() {}

    /** With a capital letter in front. */
    static String sentence(String text) {
        return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** Without accents. */
    static String plain(String text) {
        String bare =
                MARKS.matcher(Normalizer.normalize(text, Normalizer.Form.NFD)).replaceAll("");
        return bare.replace('ł', 'l').replace('ı', 'i');
    }

    /** a, b and c. */
    static String list(List<String> names) {
        if (names.size() < 2) return String.join("", names);
        return String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
    }

    /** A number below 100 in words. */
    static String words(int n) {
        if (n < 20) return SMALL[n];
        return TENS[n / 10] + (n % 10 == 0 ? "" : "-" + SMALL[n % 10]);
    }

    /** A number rounded to two figures (three from 100 million up), as people say it: 56 million, 9,900, 1.4 billion. */
    static String rounded(long n) {
        if (n >= 1_000_000_000) return tenths(n, 1_000_000_000) + " billion";
        if (n >= 10_000_000) return round(n, 1_000_000) + " million";
        if (n >= 1_000_000) return tenths(n, 1_000_000) + " million";
        long unit = 1;
        while (n / unit >= 100) unit *= 10;
        return grouped(round(n, unit) * unit);
    }

    private static long round(long n, long unit) {
        return (n + unit / 2) / unit;
    }

    private static String tenths(long n, long unit) {
        long tenths = round(n, unit / 10);
        return tenths / 10 + (tenths % 10 == 0 ? "" : "." + tenths % 10);
    }

    /** 5,199. */
    static String grouped(long n) {
        String digits = Long.toString(n);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < digits.length(); i++) {
            if (i > 0 && (digits.length() - i) % 3 == 0) text.append(',');
            text.append(digits.charAt(i));
        }
        return text.toString();
    }
}
