package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Precision and recall on the labelled set. A label counts as found when one finding of its kind covers all of it; a finding
 * counts as right when it touches a label of its kind.
 */
class QualityTest {

    /** Counts of one kind. {@code covered}: no character of the label would have left, whatever the findings' kinds. */
    private static final class Score {
        int labels;
        int found;
        int covered;
        int findings;
        int right;

        double recall() {
            return labels == 0 ? 1 : (double) found / labels;
        }

        double precision() {
            return findings == 0 ? 1 : (double) right / findings;
        }
    }

    @Test
    void thereAreEnoughCasesInFiveLanguages() {
        assertThat(Cases.all()).hasSizeGreaterThan(1000);
        assertThat(Cases.tricky()).hasSizeGreaterThan(200);
        assertThat(Cases.all().stream().map(Case::language).distinct())
                .containsExactlyInAnyOrder("en", "de", "fr", "es", "id");
    }

    @Test
    void floors() {
        Map<Kind, Score> tuned = scores(Cases.tuned(), "tuned");
        Map<Kind, Score> heldOut = scores(Cases.heldOut(), "held-out");
        Map<Kind, Score> tricky = scores(Cases.tricky(), "tricky");
        Map<Kind, Score> fresh = scores(Cases.fresh(), "fresh");
        report("tuned", tuned);
        report("held-out", heldOut);
        report("tricky", tricky);
        report("fresh", fresh);
        Map<Kind, Score> unseen = scores(Cases.unseen(), "unseen");
        report("unseen", unseen);
        // What check digits or a vendor's prefix prove is never missed and never mistaken.
        for (Kind kind : List.of(Kind.EMAIL, Kind.IBAN, Kind.CARD, Kind.API_KEY, Kind.TOKEN, Kind.CONNECTION)) {
            assertThat(heldOut.get(kind).recall()).as("%s recall", kind).isGreaterThanOrEqualTo(0.98);
            assertThat(heldOut.get(kind).precision()).as("%s precision", kind).isGreaterThanOrEqualTo(0.98);
        }
        for (Kind kind : List.of(Kind.PHONE, Kind.NATIONAL_ID, Kind.IP)) {
            assertThat(heldOut.get(kind).recall()).as("%s recall", kind).isGreaterThanOrEqualTo(0.9);
            assertThat(heldOut.get(kind).precision()).as("%s precision", kind).isGreaterThanOrEqualTo(0.9);
        }
        for (Kind kind : List.of(Kind.NAME, Kind.ADDRESS)) {
            assertThat(heldOut.get(kind).recall()).as("%s recall", kind).isGreaterThanOrEqualTo(0.95);
            assertThat(heldOut.get(kind).precision()).as("%s precision", kind).isGreaterThanOrEqualTo(0.98);
            assertThat(fresh.get(kind).recall()).as("%s recall", kind).isGreaterThanOrEqualTo(0.9);
            assertThat(fresh.get(kind).precision()).as("%s precision", kind).isGreaterThanOrEqualTo(0.95);
        }
        // What the detectors were never changed for says what to expect of other people's texts.
        assertThat(unseen.get(Kind.NAME).recall()).as("unseen names").isGreaterThanOrEqualTo(0.6);
        assertThat(unseen.get(Kind.NAME).precision()).as("unseen names").isGreaterThanOrEqualTo(0.8);
        assertThat(unseen.get(Kind.ADDRESS).recall()).as("unseen addresses").isGreaterThanOrEqualTo(0.85);
        assertThat(unseen.get(Kind.ADDRESS).precision()).as("unseen addresses").isGreaterThanOrEqualTo(0.9);
        int right = 0;
        int all = 0;
        for (Map<Kind, Score> set : List.of(tuned, heldOut, tricky, fresh, unseen)) {
            for (Score score : set.values()) {
                right += score.right;
                all += score.findings;
            }
        }
        assertThat((double) right / all).as("precision of all").isGreaterThanOrEqualTo(0.98);
        assertThat(tricky.values().stream().mapToInt(s -> s.found).sum())
                .as("found of the cases written by hand")
                .isGreaterThanOrEqualTo((int)
                        (0.93 * tricky.values().stream().mapToInt(s -> s.labels).sum()));
    }

    private static Map<Kind, Score> scores(List<Case> cases, String set) {
        Map<Kind, Score> scores = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) scores.put(kind, new Score());
        boolean verbose = Boolean.getBoolean("dalang.redact.verbose");
        for (Case c : cases) {
            List<Finding> found = Detectors.find(c.text());
            boolean[] hidden = new boolean[c.text().length()];
            for (Finding f : found) for (int i = f.start(); i < f.end(); i++) hidden[i] = true;
            for (Case.Span span : c.spans()) {
                Score score = scores.get(span.kind());
                score.labels++;
                boolean all = true;
                for (int i = span.start(); i < span.end(); i++) all &= hidden[i];
                if (all) score.covered++;
                if (found.stream()
                        .anyMatch(f -> f.kind() == span.kind() && f.start() <= span.start() && f.end() >= span.end()))
                    score.found++;
                else if (verbose && !set.equals("unseen"))
                    System.err.println(
                            "MISSED " + span.kind() + " in " + c.text().replace("\n", "\\n") + "   " + found);
            }
            for (Finding f : found) {
                Score score = scores.get(f.kind());
                score.findings++;
                if (c.spans().stream()
                        .anyMatch(s -> s.kind() == f.kind() && s.start() < f.end() && s.end() > f.start()))
                    score.right++;
                else if (verbose && !set.equals("unseen"))
                    System.err.println("WRONG " + f.kind() + " " + f.rule() + " \""
                            + c.text().substring(f.start(), f.end()) + "\" in "
                            + c.text().replace("\n", "\\n"));
            }
        }
        return scores;
    }

    /** As a table for docs/REDACTION.md, with -Ddalang.redact.table=true. */
    private static void report(String set, Map<Kind, Score> scores) {
        if (!Boolean.getBoolean("dalang.redact.table")) return;
        System.err.printf(
                Locale.ROOT, "%n| %s | labels | recall | covered | precision |%n|---|--:|--:|--:|--:|%n", set);
        scores.forEach((kind, s) -> {
            if (s.labels + s.findings == 0) return;
            System.err.printf(
                    Locale.ROOT,
                    "| %s | %d | %.3f | %.3f | %.3f |%n",
                    kind.word(),
                    s.labels,
                    s.recall(),
                    s.labels == 0 ? 1 : (double) s.covered / s.labels,
                    s.precision());
        });
    }
}
