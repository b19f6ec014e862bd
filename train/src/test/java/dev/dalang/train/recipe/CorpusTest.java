package dev.dalang.train.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    private static final String HEAD = """
            [model]
            name = "Small"
            [tokenizer]
            size = 320
            special = ["<|user|>", "<|assistant|>", "<|system|>"]
            [shape]
            context = 48
            embedding = 16
            layers = 1
            heads = 2
            feed_forward = 24
            [chat]
            template = "chat.jinja"
            [training]
            steps = 2
            batch = 128
            [schedule]
            rate = 1e-3
            """;

    private static final String TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
            + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    @TempDir
    Path folder;

    private final List<String> said = new ArrayList<>();

    @Test
    void headersAreLeftOutAndTextsAreCut() throws IOException {
        write("books/a.txt", "Title\nAuthor\n\nOne.\n\nTwo.\n");
        write("books/b.txt", "Title\nAuthor\n\nThree.\n");
        write("books/c.md", "not asked for");
        write("lines.txt", "junk\n*** START\nfour\n\nfive\nsix\n");
        List<RawSource> raw = raw(HEAD + """
                [[data.source]]
                name = "books"
                files = ["books/*.txt"]
                skip_lines = 2
                cut = "paragraphs"
                characters = 1
                [[data.source]]
                name = "lines"
                files = ["lines.txt"]
                skip_until = "^\\\\*\\\\*\\\\* START"
                cut = "lines"
                """);
        assertThat(raw.get(0).files()).isEqualTo(2);
        assertThat(raw.get(0).texts()).containsExactly("One.", "Two.", "Three.");
        assertThat(raw.get(1).texts()).containsExactly("four", "five", "six");
    }

    @Test
    void aPatternWithoutFilesAndAMarkThatIsNotThereAreRefused() throws IOException {
        write("lines.txt", "a\n");
        assertThatThrownBy(() -> raw(HEAD + "[[data.source]]\nname = \"x\"\nfiles = [\"*.gone\"]\n"))
                .hasMessageContaining("no file in")
                .hasMessageContaining("*.gone");
        assertThatThrownBy(() ->
                        raw(HEAD + "[[data.source]]\nname = \"x\"\nfiles = [\"lines.txt\"]\nskip_until = \"START\"\n"))
                .hasMessageContaining("matches skip_until, START");
        assertThatThrownBy(() ->
                        raw(HEAD + "[[data.source]]\nname = \"x\"\nkind = \"generator\"\ngenerator = \"nobody\"\n"))
                .hasMessageContaining("there is no generator \"nobody\"");
    }

    @Test
    void someOfEachSourceIsHeldOutAndNothingIsLost() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 500; i++) text.append("line number ").append(i).append('\n');
        write("lines.txt", text.toString());
        try (TrainingRun run = prepare(
                HEAD
                        + "[data]\nheld_out = 0.2\n[[data.source]]\nname = \"x\"\nfiles = [\"lines.txt\"]\ncut = \"lines\"\n")) {
            RunPlan.Source source = run.plan().sources().getFirst();
            assertThat(source.heldOut()).isBetween(60, 140);
            assertThat(source.documents() + source.heldOut()).isEqualTo(500);
        }
    }

    @Test
    void brokenConversationsAreRefusedOrLeftOutAsTheRecipeSays() throws IOException {
        String good =
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hi %d\"},{\"role\":\"assistant\",\"content\":\"yes\"}]}\n";
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20; i++) lines.append(good.formatted(i));
        lines.append("{\"messages\":[\n");
        lines.append(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":\"\"}]}\n");
        lines.append(good.formatted(7).replace("yes", "a very long answer ".repeat(40)));
        write("chat.jsonl", lines.toString());
        String source = "[[data.source]]\nname = \"talk\"\nkind = \"chat\"\nfiles = [\"chat.jsonl\"]\nheld_out = 0\n";
        assertThatThrownBy(() -> prepare(HEAD + source))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("source talk: 3 examples cannot be used")
                .hasMessageContaining("chat.jsonl line 21")
                .hasMessageContaining("data.bad = \"skip\"");
        said.clear();
        try (TrainingRun run = prepare(HEAD + "[data]\nbad = \"skip\"\n" + source)) {
            RunPlan.Source talk = run.plan().sources().getFirst();
            assertThat(talk.documents()).isEqualTo(20);
            assertThat(talk.leftOut()).isEqualTo(3);
        }
        assertThat(said).anyMatch(s -> s.startsWith("source talk: 3 examples cannot be used"));
    }

    @Test
    void longTextsAreRefusedSkippedCutOrSplit() throws IOException {
        write("long.txt", "short\n" + "words that go on ".repeat(60) + "\n");
        String source = "[[data.source]]\nname = \"x\"\nfiles = [\"long.txt\"]\ncut = \"lines\"\nheld_out = 0\nlong = ";
        assertThatThrownBy(() -> prepare(HEAD + source + "\"refuse\"\n"))
                .hasMessageContaining("1 documents are longer than the context of 48 tokens");
        try (TrainingRun skip = prepare(HEAD + source + "\"skip\"\n");
                TrainingRun cut = prepare(HEAD + source + "\"cut\"\n");
                TrainingRun split = prepare(HEAD + source + "\"split\"\n")) {
            assertThat(skip.plan().sources().getFirst().documents()).isEqualTo(1);
            assertThat(cut.plan().sources().getFirst().documents()).isEqualTo(2);
            assertThat(cut.plan().roundTokens()).isBetween(48L, 56L);
            assertThat(split.plan().roundTokens()).isGreaterThan(60);
        }
    }

    private TrainingRun prepare(String text) throws IOException {
        return TrainingRun.prepare(recipe(text), false, said::add);
    }

    private List<RawSource> raw(String text) throws IOException {
        Recipe recipe = recipe(text);
        return recipe.data().sources().stream()
                .map(s -> RawSource.read(recipe, s))
                .toList();
    }

    private Recipe recipe(String text) throws IOException {
        write("chat.jinja", TEMPLATE);
        write("small.toml", text);
        return Recipe.read(folder.resolve("small.toml"), List.of(), null);
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
