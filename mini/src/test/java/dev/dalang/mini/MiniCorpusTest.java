package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Role;
import dev.dalang.train.recipe.CorpusGenerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniCorpusTest {

    private static final Pattern SUM = Pattern.compile(
            "(-?\\d+) (plus|minus|times) (-?\\d+) is (?:(-?\\d+) (plus|minus) (\\d+), which is )?(-?\\d+)\\.");

    @TempDir
    Path folder;

    private Countries countries;
    private MiniCorpus.Maker maker;

    @BeforeEach
    void make() throws Exception {
        countries = TinyWorld.countries(folder);
        maker = new MiniCorpus.Maker(countries, TinyWorld.words());
    }

    private List<Turn> turns(int conversations) {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < conversations; i++) turns.addAll(maker.turns(new SplittableRandom(i)));
        return turns;
    }

    @Test
    void theSameSeedGivesTheSameConversation() {
        for (int i = 0; i < 50; i++) {
            assertThat(maker.conversation(new SplittableRandom(i)))
                    .isEqualTo(maker.conversation(new SplittableRandom(i)));
        }
        assertThat(maker.conversation(new SplittableRandom(1)))
                .isNotEqualTo(maker.conversation(new SplittableRandom(2)));
    }

    @Test
    void conversationsAlternate() {
        for (int i = 0; i < 500; i++) {
            List<Message> messages = maker.conversation(new SplittableRandom(i));
            int first = messages.getFirst().role() == Role.SYSTEM ? 1 : 0;
            assertThat(messages.size() - first).isPositive().isEven();
            for (int m = first; m < messages.size(); m++) {
                assertThat(messages.get(m).role()).isEqualTo((m - first) % 2 == 0 ? Role.USER : Role.ASSISTANT);
            }
        }
    }

    @Test
    void everyAnswerIsAWholeSentenceWithoutMarkup() {
        for (Turn turn : turns(8000)) {
            assertThat(turn.answer()).as(turn.question()).matches("(?s)[\\p{Lu}0-9.\"].*(?:[.!?\"]|\\./dalang search)");
            assertThat(turn.answer() + turn.question())
                    .doesNotContain("{", "}", "<|", "  ")
                    .doesNotContain("null");
            assertThat(turn.question()).isNotBlank().isEqualTo(turn.question().strip());
        }
    }

    @Test
    void everySumIsRight() {
        int sums = 0;
        for (Turn turn : turns(8000)) {
            if (!turn.topic().startsWith("sum.") || turn.topic().equals("sum.beyond")) continue;
            Matcher m = SUM.matcher(turn.answer());
            assertThat(m.matches()).as(turn.answer()).isTrue();
            int a = Integer.parseInt(m.group(1));
            int b = Integer.parseInt(m.group(3));
            int result = switch (m.group(2)) {
                case "plus" -> a + b;
                case "minus" -> a - b;
                default -> a * b;
            };
            assertThat(Integer.parseInt(m.group(7))).as(turn.answer()).isEqualTo(result);
            if (m.group(4) != null) {
                int ones = Integer.parseInt(m.group(6));
                assertThat(Integer.parseInt(m.group(4)) + (m.group(5).equals("plus") ? ones : -ones))
                        .as(turn.answer())
                        .isEqualTo(result);
            }
            for (int n : new int[] {a, b}) {
                boolean doubled = turn.topic().equals("sum.double") && n == 2;
                assertThat(doubled || holds(turn.question(), n))
                        .as(turn.question() + " " + n)
                        .isTrue();
            }
            sums++;
        }
        assertThat(sums).isGreaterThan(1000);
    }

    @Test
    void tensAndOnesAreSaidWhereBothMatter() {
        assertThat(SumTurns.sum(47, 38)).isEqualTo("47 plus 38 is 70 plus 15, which is 85.");
        assertThat(SumTurns.sum(8, 47)).isEqualTo("8 plus 47 is 40 plus 15, which is 55.");
        assertThat(SumTurns.sum(8, 7)).isEqualTo("8 plus 7 is 15.");
        assertThat(SumTurns.sum(30, 47)).isEqualTo("30 plus 47 is 77.");
        assertThat(SumTurns.difference(83, 47)).isEqualTo("83 minus 47 is 40 minus 4, which is 36.");
        assertThat(SumTurns.difference(83, 41)).isEqualTo("83 minus 41 is 40 plus 2, which is 42.");
        assertThat(SumTurns.difference(28, 55)).isEqualTo("28 minus 55 is -30 plus 3, which is -27.");
        assertThat(SumTurns.difference(47, 43)).isEqualTo("47 minus 43 is 4.");
        assertThat(SumTurns.difference(64, 80)).isEqualTo("64 minus 80 is -20 plus 4, which is -16.");
        assertThat(SumTurns.difference(83, 40)).isEqualTo("83 minus 40 is 43.");
        assertThat(SumTurns.difference(83, 43)).isEqualTo("83 minus 43 is 40.");
    }

    /** The share of sums among all turns grows with its weight. */
    @Test
    void moreSumsCanBeAskedFor() throws Exception {
        MiniCorpus.Maker more = new MiniCorpus.Maker(countries, TinyWorld.words(), 200);
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < 2000; i++) turns.addAll(more.turns(new SplittableRandom(i)));
        assertThat(share(turns)).isGreaterThan(0.55);
        assertThat(share(turns(2000))).isLessThan(0.35);
    }

    private static double share(List<Turn> turns) {
        long sums = turns.stream().filter(t -> t.topic().startsWith("sum.")).count();
        return (double) sums / turns.size();
    }

    private static boolean holds(String question, int n) {
        String q = question.toLowerCase(java.util.Locale.ROOT);
        // A slip of the finger never falls on a number, but a sign may stand beside it.
        return Pattern.compile("(?<![0-9])" + n + "(?![0-9])").matcher(q).find() || q.contains(Text.words(n));
    }

    @Test
    void factsAgreeWithTheFactbook() {
        int facts = 0;
        for (Turn turn : turns(8000)) {
            Country c = turn.country();
            if (c == null) continue;
            switch (turn.topic()) {
                case "capital",
                        "continent",
                        "currency",
                        "languages",
                        "people",
                        "area",
                        "neighbours",
                        "coast",
                        "landlocked",
                        "domain",
                        "summit",
                        "adjective",
                        "about" -> {
                    assertThat(turn.answer()).isEqualTo(CountryFacts.answer(turn.topic(), c));
                    facts++;
                }
                case "capital.check" -> {
                    boolean yes = turn.answer().startsWith("Yes");
                    String asked = Text.plain(turn.question()).toLowerCase(java.util.Locale.ROOT);
                    String capital = Text.plain(String.valueOf(c.capital())).toLowerCase(java.util.Locale.ROOT);
                    if (c.capitalNote() == null)
                        assertThat(asked.contains(capital)).as(turn.toString()).isEqualTo(yes);
                }
                case "refusal.follow" -> assertThat(turn.answer()).contains("./dalang search");
                default -> {}
            }
        }
        assertThat(facts).isGreaterThan(3000);
    }

    @Test
    void whatIsNotTaughtIsNotAnswered() {
        long refusals = turns(8000).stream()
                .filter(t -> t.topic().startsWith("refuse") || t.topic().equals("sum.beyond"))
                .peek(t -> assertThat(
                                new Question(Question.OUTSIDE, t.question(), List.of(), false).isRight(t.answer()))
                        .as(t.toString())
                        .isTrue())
                .count();
        assertThat(refusals).isGreaterThan(2000);
    }

    @Test
    void aRecipeFindsItByName() {
        assertThat(new MiniCorpus().name()).isEqualTo("mini");
        assertThat(MiniCorpus.class.getModule().getDescriptor().provides())
                .anyMatch(p -> p.service().equals(CorpusGenerator.class.getName())
                        && p.providers().contains(MiniCorpus.class.getName()));
    }

    @Test
    void optionsThatCannotBeUsedAreRefused() {
        MiniCorpus corpus = new MiniCorpus();
        CorpusGenerator.Sink nothing = new CorpusGenerator.Sink() {
            @Override
            public void text(String text) {}

            @Override
            public void conversation(List<Message> messages) {}
        };
        for (Map<String, String> options : List.<Map<String, String>>of(
                Map.of(),
                Map.of("conversations", "many"),
                Map.of("conversations", "0"),
                Map.of("conversations", "5", "factbook", "nowhere", "words", "nowhere"))) {
            assertThatThrownBy(() -> corpus.generate(new CorpusGenerator.Order(1, options, folder), nothing))
                    .isInstanceOf(DalangException.class);
        }
    }
}
