package dev.dalang.train.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.train.data.Document;
import dev.dalang.train.testing.TinyChat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What of a conversation is learned under templates of all kinds. */
class ChatEncoderTest {

    private static final String TWO_TURNS = """
            {"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "first"},
             {"role": "user", "content": "two"}, {"role": "assistant", "content": "second"}]}""";

    /** As Qwen3's: reasoning of earlier turns is left out, and the last turn has a place for it even when it is empty. */
    private static final String DROPS_REASONING = "{% for m in messages %}<|im_start|>{{ m.role }}\n"
            + "{% if m.role == 'assistant' and loop.last %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}"
            + "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    @TempDir
    Path folder;

    /** The asked runs of tokens of each document, as text with marks shown. */
    private List<List<String>> asked(String template, String line) throws IOException {
        Lessons lessons = lessons(template, line);
        assertThat(lessons.bad()).isEmpty();
        return shown;
    }

    private List<List<String>> shown = List.of();

    private Lessons lessons(String template, String line) throws IOException {
        return lessons(template, line, 512);
    }

    private Lessons lessons(String template, String line, int context) throws IOException {
        Path data = Files.writeString(folder.resolve("data.jsonl"), line.replace("\n", " "));
        Path file = TinyChat.write(folder.resolve("model.gguf"), template, BlockType.F32);
        try (LocalModel model = LocalModel.open(file, LoadOptions.DEFAULT.withThreads(1))) {
            ChatEncoder encoder = new ChatEncoder(model.prompts(), model.tokenizer(), context, "tiny");
            Lessons lessons = Lessons.of(ChatData.read(data, null), encoder);
            shown = new ArrayList<>();
            for (Document d : lessons.documents()) shown.add(runs(d, model.tokenizer()));
            return lessons;
        }
    }

    private static List<String> runs(Document d, Tokenizer tokenizer) {
        List<String> runs = new ArrayList<>();
        for (int from = d.asked().nextSetBit(0); from >= 0; ) {
            int to = d.asked().nextClearBit(from);
            runs.add(tokenizer.decode(Arrays.copyOfRange(d.tokens(), from, to), true));
            from = d.asked().nextSetBit(to);
        }
        return runs;
    }

    private String problem(String template, String line) throws IOException {
        Lessons lessons = lessons(template, line);
        assertThat(lessons.count()).isZero();
        return lessons.bad().getFirst().problem();
    }

    @Test
    void answersWithTheirEndAreAsked() throws IOException {
        assertThat(asked(TinyChat.CHATML, TWO_TURNS)).containsExactly(List.of("first<|im_end|>", "second<|im_end|>"));
    }

    @Test
    void aTurnOfWeightZeroIsNot() throws IOException {
        String line = TWO_TURNS.replace("\"content\": \"first\"", "\"content\": \"first\", \"weight\": 0");
        assertThat(asked(TinyChat.CHATML, line)).containsExactly(List.of("second<|im_end|>"));
    }

    @Test
    void toolResultsAndSystemMessagesAreNot() throws IOException {
        String line = """
                {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "weather?"},
                 {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function",
                  "function": {"name": "look", "arguments": "{\\"city\\": \\"Lima\\"}"}}]},
                 {"role": "tool", "tool_call_id": "c1", "content": "rain"},
                 {"role": "assistant", "content": "It rains."}],
                 "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]}""";
        List<String> runs = asked(TinyChat.CHATML, line).getFirst();
        assertThat(runs).hasSize(2);
        assertThat(runs.getFirst())
                .contains("\"name\": \"look\"")
                .contains("Lima")
                .endsWith("<|im_end|>");
        assertThat(runs.get(1)).isEqualTo("It rains.<|im_end|>");
    }

    @Test
    void turnsThatLaterLookDifferentAreDocumentsOfTheirOwn() throws IOException {
        String line = TWO_TURNS
                .replace("\"content\": \"first\"", "\"content\": \"first\", \"reasoning_content\": \"hm\"")
                .replace("\"content\": \"second\"", "\"content\": \"<think>\\nhm hm\\n</think>\\n\\nsecond\"");
        assertThat(asked(DROPS_REASONING, line))
                .containsExactly(
                        List.of("<think>\nhm\n</think>\n\nfirst<|im_end|>"),
                        List.of("<think>\nhm hm\n</think>\n\nsecond<|im_end|>"));
    }

    @Test
    void anInvitationThatTheAnswerDoesNotBeginWithIsRefused() throws IOException {
        String opens = TinyChat.CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif");
        assertThat(problem(opens, TWO_TURNS))
                .contains("opens the answer with '<think>\\n'")
                .contains("message 2");
    }

    @Test
    void aTemplateThatChangesAnswersIsRefused() throws IOException {
        String shouts = TinyChat.CHATML.replace("m.content", "m.content|upper");
        assertThat(problem(shouts, TWO_TURNS)).contains("leaves out or changes words of message 2");
    }

    @Test
    void aTemplateThatDropsReasoningIsRefused() throws IOException {
        String line =
                TWO_TURNS.replace("\"content\": \"first\"", "\"content\": \"first\", \"reasoning_content\": \"hm\"");
        assertThat(problem(TinyChat.CHATML, line)).contains("drops the reasoning of message 2");
    }

    @Test
    void trimmingIsNoChange() throws IOException {
        String trims = TinyChat.CHATML.replace("m.content", "m.content|trim");
        assertThat(asked(trims, TWO_TURNS.replace("\"first\"", "\" first \"")))
                .containsExactly(List.of("first<|im_end|>", "second<|im_end|>"));
    }

    @Test
    void whatComesBehindTheEndOfTheTurnIsNotLearned() throws IOException {
        String twice = TinyChat.CHATML + "{% if not add_generation_prompt %}{{ eos_token }}{% endif %}";
        assertThat(asked(twice, TWO_TURNS)).containsExactly(List.of("first<|im_end|>"), List.of("second<|im_end|>"));
    }

    @Test
    void withoutAnEndOfTurnTheEndOfTextIsPutThere() throws IOException {
        String plain = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant:{% endif %}";
        assertThat(asked(plain, TWO_TURNS)).containsExactly(List.of(" first<|end|>"), List.of(" second<|end|>"));
    }

    @Test
    void anInvitationThatAlwaysComesIsNotLearned() throws IOException {
        String always = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:";
        assertThat(asked(always, TWO_TURNS)).containsExactly(List.of(" first<|end|>"), List.of(" second<|end|>"));
    }

    @Test
    void withoutATemplateTheFormatOfTheVocabularyStandsIn() throws IOException {
        String line = """
                {"instruction": "Once", "input": "", "output": "upon a time"}""";
        assertThat(asked("", line)).containsExactly(List.of("upon a time<|im_end|>"));
    }

    @Test
    void marksInSomebodysWordsAreLetters() throws IOException {
        String line = TWO_TURNS.replace("\"one\"", "\"one<|im_end|>\"").replace("\"second\"", "\"se<|im_end|>cond\"");
        Lessons lessons = lessons(TinyChat.CHATML, line);
        assertThat(shown).containsExactly(List.of("first<|im_end|>", "se<|im_end|>cond<|im_end|>"));
        // <|im_end|> is one token four times, and ten letters twice.
        int[] tokens = lessons.documents().getFirst().tokens();
        assertThat(Arrays.stream(tokens).filter(t -> t == 258).count()).isEqualTo(4);
    }

    @Test
    void longLinesAreCountedByTheirTokens() throws IOException {
        String line = TWO_TURNS.replace("\"two\"", "\"" + "x".repeat(600) + "\"");
        assertThat(problem(TinyChat.CHATML, line)).contains("tokens, more than the context of 512");
    }

    @Test
    void pairsAskTheirAnswersOnly() throws IOException {
        String line = """
                {"prompt": "a or b?", "chosen": "a, of course", "rejected": [{"role": "assistant", "content": "b"}]}""";
        Lessons lessons = lessons(TinyChat.CHATML, line);
        assertThat(lessons.bad()).isEmpty();
        PreferencePair pair = lessons.pairs().getFirst();
        assertThat(pair.chosen().targets()).isEqualTo("a, of course".length() + 1);
        assertThat(pair.rejected().targets()).isEqualTo(2);
        int prompt = pair.rejected().count() - 2;
        assertThat(pair.chosen().tokens())
                .startsWith(Arrays.copyOf(pair.rejected().tokens(), prompt));
    }

    static Stream<Path> templates() throws IOException {
        String root = System.getProperty("dalang.shared", "../shared");
        Path templates = Path.of(root, "external/chat-templates");
        Assumptions.assumeTrue(Files.isDirectory(templates), () -> "no shared test data at " + templates);
        try (Stream<Path> files = Files.walk(templates)) {
            return files.filter(f -> f.toString().endsWith(".jinja")).toList().stream();
        }
    }

    /** Templates of real models either teach the answers and nothing of the user's words, or say why they cannot. */
    @ParameterizedTest
    @MethodSource("templates")
    void realTemplatesTeachAnswersAlone(Path template) throws IOException {
        String line = """
                {"messages": [{"role": "user", "content": "zebra"}, {"role": "assistant", "content": "quince"},
                 {"role": "user", "content": "walrus"}, {"role": "assistant", "content": "papaya"}]}""";
        Lessons lessons = lessons(Files.readString(template), line, 10_000);
        if (lessons.count() == 0) {
            assertThat(lessons.bad().getFirst().problem()).contains("cannot be shown");
            return;
        }
        String all = String.join("|", shown.stream().flatMap(List::stream).toList());
        assertThat(all)
                .contains("quince")
                .contains("papaya")
                .doesNotContain("zebra")
                .doesNotContain("walrus");
    }
}
