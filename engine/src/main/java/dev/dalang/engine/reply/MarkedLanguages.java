package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.LanguageParts.JSON;
import static dev.dalang.engine.reply.LanguageParts.NAME;
import static dev.dalang.engine.reply.LanguageParts.THINK;
import static dev.dalang.engine.reply.LanguageParts.call;
import static dev.dalang.engine.reply.LanguageParts.literal;
import static dev.dalang.engine.reply.LanguageParts.repeat;
import static dev.dalang.engine.reply.LanguageParts.space;
import static dev.dalang.engine.reply.ReplyLanguage.Section.calls;
import static dev.dalang.engine.reply.ReplyLanguage.Section.reasoning;
import static dev.dalang.engine.reply.ReplyLanguage.Section.text;

import dev.dalang.engine.reply.Node.ArgumentName;
import dev.dalang.engine.reply.Node.Arguments;
import dev.dalang.engine.reply.Node.CallId;
import dev.dalang.engine.reply.Node.Name;
import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.Node.OptionalPart;
import dev.dalang.engine.reply.Node.Skip;
import dev.dalang.engine.reply.Node.Value;
import java.util.List;

/** Families that set a call between control tokens, or marks of their own, with the name outside of any JSON. */
final class MarkedLanguages {

    private MarkedLanguages() {}

    /** DeepSeek V3 and R1: the type of the call, its name, its arguments in a code block. */
    static final ReplyLanguage DEEPSEEK_R1 = ReplyLanguage.of(
            "deepseek-r1",
            THINK,
            calls(
                    "",
                    "<｜tool▁calls▁begin｜>",
                    repeat(
                            "<｜tool▁call▁begin｜>",
                            "",
                            "\n",
                            "<｜tool▁calls▁end｜>",
                            new Skip("function", "<｜tool▁sep｜>"),
                            call(NAME, space("\n"), literal("```json"), space("\n"), JSON, space("\n"), literal("```")),
                            space(""),
                            literal("<｜tool▁call▁end｜>"))));

    static final ReplyLanguage DEEPSEEK_V3_1 = ReplyLanguage.of(
            "deepseek-v3.1",
            reasoning("<think>", "", "</think>"),
            calls(
                    "",
                    "<｜tool▁calls▁begin｜>",
                    repeat(
                            "<｜tool▁call▁begin｜>",
                            "",
                            "",
                            "<｜tool▁calls▁end｜>",
                            call(NAME, literal("<｜tool▁sep｜>"), JSON),
                            space(""),
                            literal("<｜tool▁call▁end｜>"))));

    static final ReplyLanguage KIMI = ReplyLanguage.of(
            "kimi-k2",
            reasoning("<think>", "", "</think>"),
            calls(
                    "",
                    "<|tool_calls_section_begin|>",
                    repeat(
                            "<|tool_call_begin|>",
                            "",
                            "",
                            "<|tool_calls_section_end|>",
                            call(
                                    space(""),
                                    new Name("functions.", true),
                                    space(""),
                                    literal("<|tool_call_argument_begin|>"),
                                    JSON),
                            space(""),
                            literal("<|tool_call_end|>"))));

    /**
     * gpt-oss (OpenAI's harmony format): every message in a channel, calls addressed to {@code functions.NAME}; the tools
     * that the models know from training have names of their own ({@code browser.search}).
     */
    static final ReplyLanguage HARMONY = harmony();

    private static ReplyLanguage harmony() {
        String[] ends = {"<|end|>", "<|return|>"};
        Node tail = new Skip(" <|constrain|>json", "<|message|>");
        Node name = new Name("functions.", false);
        return new ReplyLanguage(
                "harmony",
                List.of(
                        text("", "<|channel|>final<|message|>", ends),
                        reasoning("<|channel|>analysis<|message|>", "", ends),
                        text("", "<|channel|>commentary<|message|>", ends),
                        text("", "<|channel|>final <|constrain|>json<|message|>", ends),
                        calls("", "<|channel|>commentary to=", call(name, tail, JSON), space(""), literal("<|call|>")),
                        calls("", "<|channel|>analysis to=", call(name, tail, JSON), space(""), literal("<|call|>")),
                        calls("", "<|start|>assistant to=", call(name, tail, JSON), space(""), literal("<|call|>"))),
                List.of("<|start|>assistant", "<|end|>", "<|return|>", "<|call|>"),
                "<|start|>assistant",
                null);
    }

    /** Functionary 3.2: every message is addressed, text to {@code all}. */
    static final ReplyLanguage FUNCTIONARY = ReplyLanguage.of(
            "functionary-3.2", text("", ">>>all\n"), calls("", ">>>", call(NAME, literal("\n"), JSON)));

    /** Functionary 2: the same with control tokens. */
    static final ReplyLanguage FUNCTIONARY2 = new ReplyLanguage(
            "functionary-2",
            List.of(
                    text("", "<|recipient|>all\n<|content|>", "<|stop|>"),
                    calls("", "<|recipient|>", call(NAME, space("\n"), literal("<|content|>"), JSON))),
            List.of("<|from|>assistant", "<|stop|>"),
            "\n<|from|>assistant\n",
            null);

    /** Mistral from tokenizer v11: name, perhaps an id, arguments. */
    static final ReplyLanguage MISTRAL = ReplyLanguage.of(
            "mistral-v11",
            reasoning("[THINK]", "", "[/THINK]"),
            calls(
                    "",
                    "[TOOL_CALLS]",
                    call(
                            space(""),
                            NAME,
                            new OptionalPart("[CALL_ID]", List.of(new CallId())),
                            literal("[ARGS]"),
                            JSON)));

    /** Solar Open. */
    static final ReplyLanguage SOLAR = new ReplyLanguage(
            "solar",
            List.of(
                    text("", "<|content|>", "<|end|>"),
                    reasoning("<|think|>", "", "<|end|>"),
                    calls(
                            "",
                            "<|tool_calls|>",
                            repeat(
                                    "<|tool_call:begin|>",
                                    "",
                                    "",
                                    "<|calls|>",
                                    call(
                                            new CallId(),
                                            literal("<|tool_call:name|>"),
                                            NAME,
                                            literal("<|tool_call:args|>"),
                                            JSON),
                                    space(""),
                                    literal("<|tool_call:end|>")))),
            List.of("<|begin|>assistant", "<|end|>"),
            "<|begin|>assistant",
            null);

    /** LFM2: Python calls in a list. */
    static final ReplyLanguage LFM2 = ReplyLanguage.of(
            "lfm2",
            THINK,
            calls(
                    "",
                    "<|tool_call_start|>",
                    space(""),
                    literal("["),
                    repeat(
                            "",
                            ",",
                            " ",
                            "]",
                            call(
                                    NAME,
                                    literal("("),
                                    repeat("", ",", " ", ")", new ArgumentName("="), new Value(Notation.PYTHON)))),
                    space(""),
                    literal("<|tool_call_end|>")));

    /** MiniCPM 3: Python calls in a code block, one a line. */
    static final ReplyLanguage MINICPM3 = ReplyLanguage.of(
            "minicpm-3",
            reasoning("<|thought_start|>", "\n", "<|thought_end|>"),
            calls(
                    "\n",
                    "<|tool_call_start|>",
                    space("\n"),
                    literal("```python"),
                    space("\n"),
                    repeat(
                            "",
                            "",
                            "\n",
                            "```",
                            call(
                                    NAME,
                                    literal("("),
                                    repeat("", ",", "", ")", new ArgumentName("="), new Value(Notation.PYTHON)))),
                    space("\n"),
                    literal("<|tool_call_end|>")));

    static final ReplyLanguage GEMMA4 = ReplyLanguage.of(
            "gemma-4",
            reasoning("<|channel>thought", "\n", "<channel|>"),
            calls(
                    "",
                    "<|tool_call>",
                    literal("call:"),
                    call(NAME, new Arguments(Notation.GEMMA)),
                    literal("<tool_call|>")));

    static final ReplyLanguage FUNCTION_GEMMA = ReplyLanguage.of(
            "function-gemma",
            calls(
                    "",
                    "<start_function_call>",
                    literal("call:"),
                    call(NAME, new Arguments(Notation.FUNCTION_GEMMA)),
                    literal("<end_function_call>")));
}
