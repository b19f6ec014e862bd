package dev.dalang.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Part;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers among the vendor's test data for harmony, as text at every cut and as tokens. */
class HarmonyReplyTest {
    private static final String PROMPT = "<|start|>assistant";
    private static final Pattern CONTROL = Pattern.compile("<\\|[a-z]+\\|>");
    private static final List<String> CONTROLS =
            List.of("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|return|>", "<|call|>");

    /** A call of a tool that the model knows from training, after which generation ends: the result is the tool's. */
    @Test
    void streamableParser() throws IOException {
        String all = Files.readString(shared("chat-templates", "openai-harmony", "test_streamable_parser.txt"));
        String answer = all.substring(0, all.indexOf("<|call|>") + "<|call|>".length());
        String thought = all.substring(all.indexOf("User asks"), all.indexOf("<|end|>"));
        everyCut(
                answer,
                List.of(
                        new Part.Reasoning(thought),
                        new Part.ToolCall(
                                "call_0",
                                "browser.search",
                                "{\"query\": \"current US president July 2025\", \"topn\": 10, \"source\": \"news\"}")));
    }

    @Test
    void reasoningResponse(@TempDir Path folder) throws IOException {
        tokens(
                folder,
                "test_simple_reasoning_response",
                List.of(
                        new Part.Reasoning("User asks: \"What is 2 + 2?\" Simple arithmetic. Provide answer."),
                        new Part.Text("2 + 2 = 4.")));
    }

    /** The recipient is no function, and the end of the call is missing. */
    @Test
    void toolCall(@TempDir Path folder) throws IOException {
        tokens(
                folder,
                "test_simple_tool_call",
                List.of(
                        new Part.Reasoning(
                                "User asks: \"What is the weather in Tokyo?\" We need to use lookup_weather tool."),
                        new Part.ToolCall("call_0", "lookup_weather", "{\"location\": \"Tokyo\"}")));
    }

    /** Where the vendor's parser takes the recipient, before the channel and after it, and the type next to either. */
    @Test
    void headers() {
        List<Part> call = List.of(new Part.ToolCall("call_0", "get_weather", "{\"location\": \"Tokyo\"}"));
        for (String header : List.of(
                " to=functions.get_weather<|channel|>commentary <|constrain|>json",
                " to=functions.get_weather<|channel|>commentary<|constrain|>json",
                " to=functions.get_weather<|channel|>commentary json",
                "<|channel|>commentary to=functions.get_weather <|constrain|>json",
                "<|channel|>commentary to=functions.get_weather<|constrain|>json",
                "<|channel|>analysis to=functions.get_weather code")) {
            everyCut(header + "<|message|>{\"location\": \"Tokyo\"}<|call|>", call);
        }
        everyCut(
                "<|channel|>final <|constrain|>json<|message|>{\"result\":true}<|return|>",
                List.of(new Part.Text("{\"result\":true}")));
    }

    /** As text cut in two, unit by unit, and as the tokens' texts. */
    private static void everyCut(String answer, List<Part> expected) {
        for (int cut = 0; cut <= answer.length(); cut++) {
            check(
                    Replies.parse(
                            MarkedLanguages.HARMONY,
                            List.of(),
                            PROMPT,
                            answer.substring(0, cut),
                            answer.substring(cut)),
                    expected);
        }
        check(Replies.parse(MarkedLanguages.HARMONY, List.of(), PROMPT, answer.split("")), expected);
        List<Replies.Piece> pieces = new java.util.ArrayList<>();
        int at = 0;
        for (MatchResult m : CONTROL.matcher(answer).results().toList()) {
            if (at < m.start()) pieces.add(new Replies.Piece(answer.substring(at, m.start()), false));
            pieces.add(new Replies.Piece(m.group(), true));
            at = m.end();
        }
        if (at < answer.length()) pieces.add(new Replies.Piece(answer.substring(at), false));
        check(Replies.parse(MarkedLanguages.HARMONY, List.of(), CONTROLS, PROMPT, pieces), expected);
    }

    private static void check(Replies.Reply reply, List<Part> expected) {
        assertThat(reply.parts()).isEqualTo(expected);
        assertThat(reply.notices()).isEmpty();
    }

    /** The file holds ids of OpenAI's vocabulary, whose ranks are those of o200k_base. */
    private static void tokens(Path folder, String file, List<Part> expected) throws IOException {
        Path ranks = shared("tokenizers", "jtokkit", "o200k_base.tiktoken");
        int[] ids = Arrays.stream(Files.readString(shared("chat-templates", "openai-harmony", file + ".txt"))
                        .strip()
                        .split("\\s+"))
                .mapToInt(Integer::parseInt)
                .toArray();
        // The name says which control tokens there are.
        Tokenizer tokenizer = Tokenizers.open(Files.copy(ranks, folder.resolve("o200k_harmony.tiktoken")));
        assertThat(tokenizer.isEndOfGeneration(tokenizer.idOf("<|call|>"))).isTrue();
        assertThat(tokenizer.isEndOfGeneration(tokenizer.idOf("<|end|>"))).isFalse();
        List<Replies.Piece> pieces = Arrays.stream(ids)
                .mapToObj(id -> new Replies.Piece(tokenizer.decode(new int[] {id}, true), tokenizer.isControl(id)))
                .toList();
        check(Replies.parse(MarkedLanguages.HARMONY, List.of(), CONTROLS, PROMPT, pieces), expected);
        everyCut(tokenizer.decode(ids, true), expected);
    }

    private static Path shared(String... parts) {
        Path file = Path.of(System.getProperty("dalang.shared", "../shared"), "external");
        for (String part : parts) file = file.resolve(part);
        Assumptions.assumeTrue(Files.exists(file), "needs the shared chat templates and tokenizers");
        return file;
    }
}
