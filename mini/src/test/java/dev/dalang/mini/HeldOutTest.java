package dev.dalang.mini;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The questions that Dalang Mini is measured by are none that it learned from. */
class HeldOutTest {

    private static final List<Path> FOLDERS = List.of(
            Path.of("held-out"),
            Path.of("held-out-2"),
            Path.of("held-out-3"),
            Path.of("held-out-4"),
            Path.of("held-out-5"),
            Path.of("held-out-6"));

    private static final String SLOT = "\u0001";

    @TempDir
    Path folder;

    /** Each topic that is asked as one expression of all its wordings, without case, spaces and punctuation. */
    private static Map<String, Pattern> taught() {
        PhraseBook book = MiniCorpus.Maker.book();
        Map<String, Pattern> patterns = new java.util.LinkedHashMap<>();
        for (PhraseBook.Topic topic : book.topics("")) {
            List<String> ways = new ArrayList<>();
            for (Phrase phrase : topic.asks()) ways.add(pattern(phrase));
            if (ways.isEmpty()) continue;
            String before = "(?:" + pattern(Asker.CONTEXT) + ")?(?:" + pattern(Asker.BEFORE) + ")?";
            String after = "(?:" + pattern(Asker.AFTER) + ")?(?:" + pattern(Asker.CLOSING) + ")?";
            patterns.put(topic.name(), Pattern.compile(before + "(?:" + String.join("|", ways) + ")" + after));
        }
        return patterns;
    }

    private static String pattern(Phrase phrase) {
        StringBuilder text = new StringBuilder();
        bare(phrase).pattern(SLOT, text);
        return text.toString();
    }

    /** The same phrase as {@link #bare(String)} leaves its texts. */
    private static Phrase bare(Phrase phrase) {
        return switch (phrase) {
            case Phrase.Text t -> new Phrase.Text(bare(t.text()));
            case Phrase.Slot s -> s;
            case Phrase.Sequence s ->
                new Phrase.Sequence(s.parts().stream().map(HeldOutTest::bare).toList());
            case Phrase.Choice c ->
                new Phrase.Choice(c.options().stream().map(HeldOutTest::bare).toList());
        };
    }

    private static String bare(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[\\s?!.,:;'\"]", "");
    }

    @Test
    void noWordingWithANameIsTaught() {
        List<String> wordings = new ArrayList<>();
        for (Path f : FOLDERS) HeldOut.wordings(f).values().forEach(wordings::addAll);
        assertThat(taught(wordings.stream()
                        .map(w -> Asker.filled(w, slot -> SLOT))
                        .toList()))
                .isEmpty();
    }

    @Test
    void noOtherQuestionIsTaught() throws Exception {
        List<Question> questions = new ArrayList<>();
        for (Path f : FOLDERS) questions.addAll(HeldOut.read(f, TinyWorld.countries(folder)));
        assertThat(taught(questions.stream()
                        .filter(q -> q.group().equals("talk") || q.group().equals(Question.OUTSIDE))
                        .map(Question::ask)
                        .toList()))
                .isEmpty();
    }

    /** Those of the questions that the generator can ask, with the topics that do. */
    private static List<String> taught(List<String> questions) {
        Map<String, Pattern> taught = taught();
        List<String> clashes = new ArrayList<>();
        for (String question : questions) {
            String asked = bare(question);
            taught.forEach((topic, pattern) -> {
                if (pattern.matcher(asked).matches()) clashes.add(topic + ": " + question.replace(SLOT, "_"));
            });
        }
        return clashes;
    }

    @Test
    void noOutsideWordingWithANameIsTaught() {
        assertThat(taught(FOLDERS.stream()
                        .flatMap(f -> HeldOut.lines(f.resolve("outside.txt")).stream())
                        .filter(l -> !l.startsWith("#"))
                        .map(l -> l.replaceAll("\\{[^}]*}", SLOT))
                        .toList()))
                .isEmpty();
    }

    @Test
    void theCheckItselfFindsWhatIsTaught() throws Exception {
        MiniCorpus.Maker maker = new MiniCorpus.Maker(TinyWorld.countries(folder), TinyWorld.words());
        Map<String, Pattern> taught = taught();
        int found = 0;
        for (int i = 0; i < 300; i++) {
            for (Turn turn : maker.turns(new SplittableRandom(i))) {
                if (!turn.topic().startsWith("talk.") || turn.topic().equals("talk.tale")) continue;
                if (taught.values().stream()
                        .anyMatch(p -> p.matcher(bare(turn.question())).matches())) found++;
            }
        }
        assertThat(found).isGreaterThan(10);
    }

    @Test
    void thereAreEnoughOfEachKind() throws Exception {
        for (Path f : FOLDERS) {
            List<Question> questions = HeldOut.read(f, TinyWorld.countries(folder));
            assertThat(questions.stream().filter(q -> q.group().equals(Question.OUTSIDE)))
                    .hasSizeGreaterThanOrEqualTo(100);
            assertThat(questions.stream().filter(q -> q.group().equals("talk"))).hasSizeGreaterThan(30);
            assertThat(questions.stream().filter(q -> q.group().equals("capital")))
                    .hasSize(2 * 14);
            assertThat(questions.stream().filter(q -> q.group().startsWith("sum.")))
                    .hasSizeGreaterThan(500);
        }
    }

    @Test
    void rightAndWrongAreToldApart() {
        Question capital = new Question("capital", "?", List.of("Asunción"), false);
        assertThat(capital.isRight("The capital of Paraguay is Asunción.")).isTrue();
        assertThat(capital.isRight("the capital is asuncion")).isTrue();
        assertThat(capital.isRight("The capital of Paraguay is Lima.")).isFalse();
        assertThat(capital.isRight("I do not know whether it is Asunción.")).isFalse();
        Question sum = new Question("sum.sub", "?", List.of("-5"), false);
        assertThat(sum.isRight("3 minus 8 is -5.")).isTrue();
        assertThat(sum.isRight("3 minus 8 is 5.")).isFalse();
        assertThat(sum.isRight("-5 is it not, but -6.")).isFalse();
        Question product = new Question("sum.mul", "?", List.of("1000"), false);
        assertThat(product.isRight("100 times 10 is 1,000.")).isTrue();
        Question outside = new Question(Question.OUTSIDE, "?", List.of(), false);
        assertThat(outside.isRight("I am a very small model and I do not know that."))
                .isTrue();
        assertThat(outside.isRight("It was Shakespeare.")).isFalse();
        Question near = new Question("neighbours", "?", List.of("France", "Spain"), true);
        assertThat(near.isRight("Andorra borders France.")).isFalse();
        assertThat(near.isRight("Andorra borders France and Spain.")).isTrue();
    }
}
