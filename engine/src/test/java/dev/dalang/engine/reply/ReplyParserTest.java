package dev.dalang.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Part;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers as models write them, malformed ones too. */
class ReplyParserTest {

    private static final Tool WEATHER = new Tool.Function(
            "weather",
            null,
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"enum\":[\"5\"]},\"days\":{\"type\":\"integer\"}}}");

    private static Replies.Reply parse(ReplyLanguage language, String... pieces) {
        return Replies.parse(language, List.of(WEATHER), "", pieces);
    }

    private static Replies.Reply parseAfter(ReplyLanguage language, String prompt, String... pieces) {
        return Replies.parse(language, List.of(WEATHER), prompt, pieces);
    }

    private static List<ChatEvent> stream(ReplyLanguage language, String... pieces) {
        List<ChatEvent> events = new ArrayList<>();
        ReplyParser p = new ReplyParser(language, List.of(), List.of(), i -> "call_" + i, events::add);
        for (String piece : pieces) p.accept(piece, false);
        p.finish();
        return events;
    }

    // ------------------------------------------------------------------ streaming

    @Test
    void textIsGivenOutAsItComes() {
        assertThat(stream(ReplyLanguages.HERMES, "Hel", "lo a <", "b> c", " <tool", "box>"))
                .containsExactly(
                        new ChatEvent.TextDelta("Hel"),
                        new ChatEvent.TextDelta("lo a"),
                        new ChatEvent.TextDelta(" <b> c"),
                        new ChatEvent.TextDelta(" <toolbox>"));
    }

    @Test
    void reasoningThenTextThenACall() {
        assertThat(stream(
                        ReplyLanguages.HERMES,
                        "<think>\nI ",
                        "see.\n</thi",
                        "nk>\n\nYes",
                        ".\n<tool_call>\n{\"name\": \"f\", \"argu",
                        "ments\": {\"a\": 1}}",
                        "\n</tool_call>"))
                .containsExactly(
                        new ChatEvent.ReasoningDelta("I"),
                        new ChatEvent.ReasoningDelta(" see."),
                        new ChatEvent.TextDelta("Yes"),
                        new ChatEvent.TextDelta("."),
                        new ChatEvent.ToolCallStarted(0, "call_0", "f"),
                        new ChatEvent.ToolCallDelta(0, "{\"a\": 1}"),
                        new ChatEvent.ToolCallFinished(0));
    }

    @Test
    void aPlainAnswerIsUntouched() {
        String text = " <think> \n[TOOL_CALLS] {\"name\": 1}  \n";
        assertThat(parse(ReplyLanguages.PLAIN, text.split("")).text()).isEqualTo(text);
    }

    // ------------------------------------------------------------------ what the prompt has begun

    @Test
    void theTemplateMayHaveOpenedTheReasoning() {
        Replies.Reply r =
                parseAfter(ReplyLanguages.HERMES, "<|im_start|>assistant\n<think>\n", "Hm.\n</think>\n\nYes.");
        assertThat(r.parts()).containsExactly(new Part.Reasoning("Hm."), new Part.Text("Yes."));
        assertThat(parseAfter(ReplyLanguages.HERMES, "…assistant\n<think>\n\n</think>\n\n", "Yes.")
                        .parts())
                .containsExactly(new Part.Text("Yes."));
        assertThat(parseAfter(ReplyLanguages.HERMES, "user: <think>\nWhat is that?\nassistant:", "A tag.")
                        .parts())
                .containsExactly(new Part.Text("A tag."));
        assertThat(parseAfter(
                                JsonLanguages.APRIEL,
                                "<|assistant|>\nHere are my reasoning steps:\n",
                                "One.\n[BEGIN FINAL RESPONSE]\nTwo.\n[END FINAL RESPONSE]")
                        .parts())
                .containsExactly(new Part.Reasoning("One."), new Part.Text("Two."));
    }

    @Test
    void theTemplateMayHaveWrittenHalfAMarker() {
        String prompt = "<|start_header_id|>assistant<|end_header_id|>\n\n>>>";
        assertThat(parseAfter(MarkedLanguages.FUNCTIONARY, prompt, "all\nHi.>>>weather\n{\"city\": \"x\"}")
                        .parts())
                .containsExactly(new Part.Text("Hi."), new Part.ToolCall("call_0", "weather", "{\"city\": \"x\"}"));
        Replies.Reply harmony = parseAfter(
                MarkedLanguages.HARMONY,
                "<|end|><|start|>assistant",
                "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant",
                " to=functions.weather<|channel|>commentary json<|message|>{\"days\": 2}<|call|>");
        assertThat(harmony.parts())
                .containsExactly(new Part.Reasoning("Hm."), new Part.ToolCall("call_0", "weather", "{\"days\": 2}"));
        assertThat(parseAfter(
                                MarkedLanguages.HARMONY,
                                "<|end|><|start|>assistant",
                                " to=functions.weather<|channel|>commentary json<|message|>{}")
                        .calls())
                .hasSize(1);
    }

    // ------------------------------------------------------------------ calls as they come

    @Test
    void harmonyChannels() {
        Replies.Reply r = parse(
                MarkedLanguages.HARMONY,
                "<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>commentary<|message|>Let me look."
                        + "<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>"
                        + "{\"city\":\"Rome\"}<|call|>");
        assertThat(r.parts())
                .containsExactly(
                        new Part.Reasoning("Think."),
                        new Part.Text("Let me look."),
                        new Part.ToolCall("call_0", "weather", "{\"city\":\"Rome\"}"));
        assertThat(parse(MarkedLanguages.HARMONY, "<|channel|>final<|message|>Hi <|there|>.<|return|>")
                        .text())
                .isEqualTo("Hi <|there|>.");
    }

    @Test
    void theSchemaTellsStringsFromNumbers() {
        String xml =
                "<tool_call>\n<function=weather>\n<parameter=city>\n5\n</parameter>\n<parameter=days>\n5\n</parameter>\n"
                        + "<parameter=other>\n5\n</parameter>\n<parameter=words>\nfive \"5\"\n</parameter>\n</function>\n</tool_call>";
        assertThat(parse(TaggedLanguages.QWEN_CODER, xml).calls().getFirst().arguments())
                .isEqualTo("{\"city\":\"5\",\"days\":5,\"other\":5,\"words\":\"five \\\"5\\\"\"}");
    }

    @Test
    void keysInAnyOrderAndArgumentsQuotedTwice() {
        String call =
                "<tool_call>{\"arguments\": \"{\\\"city\\\": \\\"a\\\"}\", \"x\": [1], \"name\": \"weather\"}</tool_call>";
        assertThat(parse(ReplyLanguages.HERMES, call).calls())
                .containsExactly(new Part.ToolCall("call_0", "weather", "{\"city\": \"a\"}"));
        assertThat(parse(ReplyLanguages.HERMES, "<tool_call>{\"name\": \"weather\"}</tool_call>")
                        .calls())
                .containsExactly(new Part.ToolCall("call_0", "weather", "{}"));
    }

    @Test
    void lineBreaksInStringsAreMended() {
        assertThat(parse(
                                ReplyLanguages.HERMES,
                                "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"a\nb\"}}</tool_call>")
                        .calls()
                        .getFirst()
                        .arguments())
                .isEqualTo("{\"city\": \"a\\nb\"}");
    }

    @Test
    void llamaAnswersWithNothingButTheCall() {
        assertThat(parse(
                                JsonLanguages.LLAMA3,
                                "\n{\"name\": \"weather\", \"parameters\": {\"days\": 1}}; {\"name\": \"weather\", \"parameters\": {}}")
                        .parts())
                .containsExactly(
                        new Part.ToolCall("call_0", "weather", "{\"days\": 1}"),
                        new Part.ToolCall("call_1", "weather", "{}"));
        Replies.Reply json = parse(JsonLanguages.LLAMA3, "{\"answer\": {\"name\": 1}}");
        assertThat(json.text()).isEqualTo("{\"answer\": {\"name\": 1}}");
        assertThat(json.notices()).isEmpty();
        String later = "Use {\"name\": \"weather\", \"parameters\": {}}.";
        assertThat(parse(JsonLanguages.LLAMA3, later).text()).isEqualTo(later);
    }

    @Test
    void pythonLiteralsBecomeJson() {
        assertThat(parse(
                                MarkedLanguages.LFM2,
                                "<|tool_call_start|>[weather(city='it\\'s \"x\"', days=-2, f=True, l=[None, 1.5], d={'k': \"v\"}), weather()]<|tool_call_end|>ok")
                        .parts())
                .containsExactly(
                        new Part.ToolCall(
                                "call_0",
                                "weather",
                                "{\"city\":\"it's \\\"x\\\"\",\"days\":-2,\"f\":true,\"l\":[null,1.5],\"d\":{\"k\":\"v\"}}"),
                        new Part.ToolCall("call_1", "weather", "{}"),
                        new Part.Text("ok"));
    }

    @Test
    void theModelsOwnIdIsKept() {
        assertThat(parse(
                                MarkedLanguages.KIMI,
                                "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:3<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>")
                        .calls())
                .containsExactly(new Part.ToolCall("functions.weather:3", "weather", "{}"));
        assertThat(parse(MarkedLanguages.MISTRAL, "[TOOL_CALLS]weather[CALL_ID]abcDEF123[ARGS]{}")
                        .calls())
                .containsExactly(new Part.ToolCall("abcDEF123", "weather", "{}"));
    }

    @Test
    void aMissingEndMarkIsForgiven() {
        assertThat(parse(ReplyLanguages.HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": {}}\n</tool")
                        .parts())
                .containsExactly(new Part.ToolCall("call_0", "weather", "{}"));
    }

    @Test
    void aControlTokenEndsForgottenReasoning() {
        Replies.Reply r = Replies.parse(
                ReplyLanguages.HERMES,
                List.of(WEATHER),
                List.of("<tool_call>", "</tool_call>", "<|im_end|>"),
                "<think>\n",
                List.of(
                        new Replies.Piece("I call <tool_call> now.\n", false),
                        new Replies.Piece("<tool_call>", true),
                        new Replies.Piece("{\"name\": \"weather\"}", false),
                        new Replies.Piece("</tool_call>", true)));
        assertThat(r.parts())
                .containsExactly(
                        new Part.Reasoning("I call <tool_call> now."), new Part.ToolCall("call_0", "weather", "{}"));
    }

    // ------------------------------------------------------------------ malformed

    @Test
    void aBrokenCallIsGivenBackWithANotice() {
        for (String broken : List.of(
                "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": }}\n</tool_call>",
                "<tool_call>not JSON</tool_call>",
                "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Par",
                "<tool_call>{\"name\": 5}</tool_call>",
                "<tool_call>{\"arguments\": {}}</tool_call>",
                "<tool_call>")) {
            Replies.Reply r = parse(ReplyLanguages.HERMES, "Look: " + broken);
            assertThat(r.text()).isEqualTo("Look: " + broken);
            assertThat(r.calls()).isEmpty();
            assertThat(r.notices()).extracting(ChatEvent.Notice::code).containsExactly("tool_call_malformed");
        }
    }

    @Test
    void aGoodCallAfterABrokenOneIsFound() {
        Replies.Reply r =
                parse(ReplyLanguages.HERMES, "<tool_call>oops <tool_call>{\"name\": \"weather\"}</tool_call> done");
        assertThat(r.parts())
                .containsExactly(
                        new Part.Text("<tool_call>oops"),
                        new Part.ToolCall("call_0", "weather", "{}"),
                        new Part.Text("done"));
    }

    @Test
    void unknownControlTokensAreLeftOutAndNamed() {
        Replies.Reply r = Replies.parse(
                ReplyLanguages.HERMES,
                List.of(),
                List.of("<tool_call>", "<|fim_middle|>"),
                "",
                List.of(
                        new Replies.Piece("a ", false),
                        new Replies.Piece("<|fim_middle|>", true),
                        new Replies.Piece("b", false)));
        assertThat(r.text()).isEqualTo("a b");
        assertThat(r.notices()).hasSize(1);
        assertThat(r.notices().getFirst().message()).contains("<|fim_middle|>");
    }

    @Test
    void withoutToolsMarkupOfCallsIsText() {
        String text = "<tool_call>{\"name\": \"weather\"}</tool_call>";
        assertThat(parse(ReplyLanguages.HERMES.withoutCalls(), text).text()).isEqualTo(text);
    }

    @Test
    void callsAsTheyWereDescribedToTheModel() {
        String text = "<think>Hm.</think>So: <tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call>";
        Replies.Reply r = parse(ReplyLanguages.THINKING.withCallsOf(ReplyLanguages.HERMES), text);
        assertThat(r.reasoning()).isEqualTo("Hm.");
        assertThat(r.text()).isEqualTo("So:");
        assertThat(r.calls()).hasSize(1);
        assertThat(ReplyLanguages.HERMES.withCallsOf(ReplyLanguages.HERMES)).isEqualTo(ReplyLanguages.HERMES);
    }

    @Test
    void hostileAnswersCostNoMoreThanTheyShould() {
        int n = 50_000;
        for (ReplyLanguage language : ReplyLanguages.ALL) {
            for (ReplyLanguage.Section s : language.sections()) {
                String open = s.open();
                parse(language, open.repeat(n / open.length()));
                parse(language, open + "{".repeat(n));
                parse(language, open + "[".repeat(n));
                parse(language, open + "[{\"name\":\"a\",\"arguments\":" + "{\"a\":".repeat(n / 5));
                parse(language, open + "a".repeat(n));
                parse(language, open + " ".repeat(n));
            }
        }
        parse(TaggedLanguages.QWEN_CODER, "<tool_call><function=f><parameter=x>".repeat(n / 37) + "</parameter>!");
        parse(TaggedLanguages.QWEN_CODER, "<tool_call><function=f><parameter=x>".repeat(90) + "</parameter>!");
        parse(ReplyLanguages.HERMES, ("<tool_call>{\"name\":\"" + "<tool_call>{\\\"name\\\":").repeat(n / 40));
    }

    @Test
    void aBareKeyEndsWithTheSpaceAfterIt() {
        Replies.Reply spaced = parse(MarkedLanguages.GEMMA4, "<|tool_call>call:weather{days : 5}<tool_call|>");
        assertThat(spaced.calls()).extracting(Part.ToolCall::arguments).containsExactly("{\"days\":5}");

        String broken = "<|tool_call>call:weather{da ys:5}<tool_call|>";
        Replies.Reply kept = parse(MarkedLanguages.GEMMA4, broken);
        assertThat(kept.calls()).isEmpty();
        assertThat(kept.text()).isEqualTo(broken);
    }
}
