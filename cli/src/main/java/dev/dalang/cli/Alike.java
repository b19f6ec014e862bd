package dev.dalang.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Words that somebody may have meant who wrote another. */
final class Alike {
    private static final int MOST = 2;

    private Alike() {}

    /** Of {@code words} those that a slip or two away are {@code written}, the nearest first; a short one may have one slip. */
    static List<String> of(String written, Collection<String> words) {
        int slips = written.length() < 6 ? 1 : 2;
        return words.stream()
                .filter(w -> distance(written, w) <= slips)
                .sorted(Comparator.comparingInt((String w) -> distance(written, w))
                        .thenComparing(w -> w))
                .limit(MOST)
                .toList();
    }

    /** How many letters are missing, added, wrong, or swapped with the next (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int wrong = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + wrong, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
        return d[a.length()][b.length()];
    }
}
