package dev.dalang.train.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of examples, in all forms, sound and broken. */
class ChatDataTest {

    @TempDir
    Path folder;

    private ChatData read(String text) throws IOException {
        return ChatData.read(Files.writeString(folder.resolve("data"), text), null);
    }

    private ChatExample.Conversation one(String line) throws IOException {
        ChatData data = read(line);
        assertThat(data.bad()).isEmpty();
        return (ChatExample.Conversation) data.examples().getFirst();
    }

    private static List<String> told(List<Message> messages) {
        return messages.stream().map(m -> m.role().word() + ": " + m.text()).toList();
    }

    @Test
    void openAiMessages() throws IOException {
        var c = one("""
                {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "u"}]}, {"role": "assistant", "content": "a"}], "id": 7}""");
        assertThat(told(c.messages())).containsExactly("system: s", "user: u", "assistant: a");
        assertThat(c.asked()).containsExactly(2);
    }

    @Test
    void alpaca() throws IOException {
        var c = one("""
                {"instruction": "Add.", "input": "1, 2", "output": "3"}""");
        assertThat(told(c.messages())).containsExactly("user: Add.\n\n1, 2", "assistant: 3");
    }

    @Test
    void shareGpt() throws IOException {
        var c = one("""
                {"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "u"}, {"from": "function_call", "value": "{\\"name\\": \\"f\\", \\"arguments\\": {\\"x\\": 1}}"}, {"from": "observation", "value": "r"}, {"from": "gpt", "value": "a"}]}""");
        assertThat(c.messages().stream().map(Message::role))
                .containsExactly(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT);
        assertThat(c.messages().get(2).toolCalls().getFirst().arguments()).isEqualTo("{\"x\":1}");
        assertThat(c.asked()).containsExactly(2, 4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"prompt\": \"u\", \"chosen\": \"a\", \"rejected\": \"b\"}",
                "{\"prompt\": [{\"role\": \"user\", \"content\": \"u\"}], \"chosen\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"rejected\": [{\"role\": \"assistant\", \"content\": \"b\"}]}",
                "{\"chosen\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}], \"rejected\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}",
                "{\"prompt\": \"u\", \"chosen\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}], \"rejected\": {\"role\": \"assistant\", \"content\": \"b\"}}",
                "{\"input\": {\"messages\": [{\"role\": \"user\", \"content\": \"u\"}]}, \"preferred_output\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"non_preferred_output\": [{\"role\": \"assistant\", \"content\": \"b\"}]}",
            })
    void preferences(String line) throws IOException {
        ChatData data = read(line);
        assertThat(data.bad()).isEmpty();
        assertThat(data.format()).isEqualTo(DataFormat.PREFERENCES);
        var p = (ChatExample.Preference) data.examples().getFirst();
        assertThat(told(p.prompt())).containsExactly("user: u");
        assertThat(told(p.chosen())).containsExactly("assistant: a");
        assertThat(told(p.rejected())).containsExactly("assistant: b");
    }

    @Test
    void anArrayIsReadToo() throws IOException {
        ChatData data = read("""
                [
                  {"instruction": "a", "output": "b"},
                  {"instruction": "c",
                   "output": ""},
                  {"instruction": "d", "output": "e"}
                ]
                """);
        assertThat(data.examples()).extracting(ChatExample::line).containsExactly(2L, 5L);
        assertThat(data.bad()).extracting(BadLine::line).containsExactly(3L);
    }

    /** JSON can write half of a pair of UTF-16; no tokenizer can read it, and a model would learn a question mark. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"instruction\": \"a \\ud800 b\", \"output\": \"c\"} | \\ud800, a surrogate without its pair) in instruction",
                "{\"instruction\": \"a\", \"output\": \"c\\uD83D\"} | \\ud83d, a surrogate without its pair) in output",
                "{\"instruction\": \"a\", \"output\": \"\\udc00c\"} | \\udc00, a surrogate without its pair) in output",
                "{\"instruction\": \"a\", \"output\": \"\\ude00\\ud83d\"} | \\ude00, a surrogate without its pair) in output",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"\\udbff\"}]}, {\"role\": \"assistant\", \"content\": \"a\"}]} | in messages[0].content[0].text",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}], \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"description\": \"\\ud800\"}}}]} | in tools[0].function.parameters.description",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"{\\\"x\\\": \\\"\\\\ud800\\\"}\"}}]}]} | in messages[1].tool_calls[0].function.arguments.x",
                "{\"prompt\": \"u\", \"chosen\": \"a\", \"rejected\": \"b\\ud800\"} | in rejected",
            })
    void halvesOfCharactersAreRefused(String line, String problem) throws IOException {
        String good = line.replaceAll("(?i)\\\\+u[0-9a-f]{4}", "x");
        ChatData data = read(good + "\n" + line + "\n" + good);
        assertThat(data.examples()).extracting(ChatExample::line).containsExactly(1L, 3L);
        assertThat(data.bad()).extracting(BadLine::line).containsExactly(2L);
        assertThat(data.bad().getFirst().problem())
                .startsWith("has half a character (")
                .contains(problem);
        // In an array too, where what follows is read on.
        data = read("[" + good + ",\n" + line + ",\n" + good + "]");
        assertThat(data.bad()).extracting(BadLine::line).containsExactly(2L);
        assertThat(data.examples()).hasSize(2);
    }

    @Test
    void pairsAndTalkOfHalvesAreText() throws IOException {
        var c = one("""
                {"instruction": "\\ud83d\\ude00", "output": "write \\\\ud800 in JSON"}""");
        assertThat(told(c.messages())).containsExactly("user: \uD83D\uDE00", "assistant: write \\ud800 in JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"messages\": [ | is not sound JSON",
                "17 | is not a JSON object",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}]} | ends with a turn of the user",
                "{\"messages\": [{\"role\": \"robot\", \"content\": \"u\"}]} | has the role 'robot' in messages[0]",
                "{\"messages\": [{\"role\": \"user\", \"content\": \" \"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | has an empty turn: message 1",
                "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}]} | begins with a turn of the assistant",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | two turns of the user",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\", \"weight\": 0}]} | has no assistant's message to be learned",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}, {\"role\": \"assistant\", \"content\": \"a\"}]} | has a part of type 'image_url'",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"tool\", \"content\": \"r\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | a tool's result that nobody called for",
                "{\"instruction\": \"a\", \"output\": \"b\"} | is of the form alpaca, not messages",
                "null | is not a JSON object",
                "{} | has no list in messages",
                "{\"messages\": []} | has no messages",
                "{\"messages\": \"u\"} | has no list in messages",
                "{\"messages\": [17]} | messages[0] is not a JSON object",
                "{\"messages\": [{\"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | has no text in messages[0].role",
                "{\"messages\": [{\"role\": \"user\", \"content\": 5}, {\"role\": \"assistant\", \"content\": \"a\"}]} | has no text in messages[0].content",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": null}]} | has an empty turn: message 2",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\", \"weight\": 0.5}]} | which may be 0 or 1",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | has a turn of the system in its midst",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} {} | has something after the JSON value",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}], \"messages\": []} | is not sound JSON",
            })
    void badLinesAreCounted(String line, String problem) throws IOException {
        String good =
                "{\"messages\": [{\"role\": \"user\", \"content\": \"u\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}";
        ChatData data = read(good + "\n\n" + line + "\n" + good);
        assertThat(data.examples()).extracting(ChatExample::line).containsExactly(1L, 4L);
        assertThat(data.bad()).hasSize(1);
        assertThat(data.bad().getFirst().line()).isEqualTo(3);
        assertThat(data.bad().getFirst().problem()).contains(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "ALPACA | {\"instruction\": \"a\"} | has no text in output",
                "ALPACA | {\"instruction\": \"\", \"output\": \"b\"} | has an empty turn: message 1",
                "ALPACA | {\"instruction\": \"a\", \"input\": [], \"output\": \"b\"} | has no text in input",
                "SHAREGPT | {\"conversations\": [{\"from\": \"alien\", \"value\": \"u\"}, {\"from\": \"gpt\", \"value\": \"a\"}]} | has the speaker 'alien'",
                "SHAREGPT | {\"conversations\": [{\"from\": \"human\", \"value\": \"u\"}, {\"from\": \"gpt\"}]} | has no text in conversations[1].value",
                "SHAREGPT | {\"conversations\": [{\"from\": \"human\", \"value\": \"u\"}, {\"from\": \"function_call\", \"value\": \"f(\"}]} | is not sound JSON",
                "PREFERENCES | {\"prompt\": \"u\", \"chosen\": \"a\"} | in rejected",
                "PREFERENCES | {\"prompt\": \"u\", \"chosen\": \"a\", \"rejected\": \"a\"} | has the same answer",
                "PREFERENCES | {\"chosen\": \"a\", \"rejected\": \"b\"} | has no prompt",
                "PREFERENCES | {\"prompt\": 7, \"chosen\": \"a\", \"rejected\": \"b\"} | has neither a text nor messages in prompt",
            })
    void badLinesOfTheOtherFormsAreCounted(DataFormat format, String line, String problem) throws IOException {
        ChatData data = ChatData.read(Files.writeString(folder.resolve("data"), line), format);
        assertThat(data.examples()).isEmpty();
        assertThat(data.bad()).hasSize(1);
        assertThat(data.bad().getFirst().problem()).contains(problem);
    }

    @Test
    void whatIsNotUtf8IsSaid() throws IOException {
        byte[] line = "{\"instruction\": \"caf\u00e9\", \"output\": \"b\"}".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("latin"), line);
        assertThat(ChatData.read(file, DataFormat.ALPACA).bad().getFirst().problem())
                .isEqualTo("is not UTF-8");
    }

    @Test
    void filesWithoutExamplesAreRefused() throws IOException {
        assertThatThrownBy(() -> read("\n\n"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("no examples");
        assertThatThrownBy(() -> read("{\"text\": \"a\"}\n"))
                .hasMessageContaining("line 1 has the fields of no form that is known");
        assertThatThrownBy(() -> read("[{\"instruction\": \"a\", \"output\": \"b\"}, {\"ins"))
                .hasMessageContaining("is not sound JSON");
        assertThatThrownBy(() -> ChatData.read(folder.resolve("nowhere"), null))
                .satisfies(e -> assertThat(((DalangException) e).failure()).isInstanceOf(Failure.Storage.class));
    }

    @Test
    void theSplitIsTheSeedsAndLosesNothing() {
        List<Long> lines = java.util.stream.LongStream.range(0, 50).boxed().toList();
        Lessons all = new Lessons(List.of(), List.of(), lines, List.of());
        Lessons.Split split = all.split(0.1, 3);
        assertThat(split.validation().count()).isEqualTo(5);
        assertThat(split.train().lines())
                .doesNotContainAnyElementsOf(split.validation().lines());
        assertThat(split.train().count()).isEqualTo(45);
        assertThat(all.split(0.1, 3)).isEqualTo(split);
        assertThat(all.split(0.1, 4)).isNotEqualTo(split);
        assertThat(all.split(0, 3).validation().count()).isZero();
    }
}
