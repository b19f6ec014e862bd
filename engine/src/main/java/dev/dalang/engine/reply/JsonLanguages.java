package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.LanguageParts.JSON;
import static dev.dalang.engine.reply.LanguageParts.NAME;
import static dev.dalang.engine.reply.LanguageParts.OBJECT;
import static dev.dalang.engine.reply.LanguageParts.THINK;
import static dev.dalang.engine.reply.LanguageParts.array;
import static dev.dalang.engine.reply.LanguageParts.call;
import static dev.dalang.engine.reply.LanguageParts.literal;
import static dev.dalang.engine.reply.LanguageParts.repeat;
import static dev.dalang.engine.reply.LanguageParts.space;
import static dev.dalang.engine.reply.ReplyLanguage.Section.calls;
import static dev.dalang.engine.reply.ReplyLanguage.Section.reasoning;
import static dev.dalang.engine.reply.ReplyLanguage.Section.text;

import dev.dalang.engine.reply.Node.CallObject;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import java.util.List;

/** Families whose calls are JSON throughout, name included: an object, or an array of them after a mark. */
final class JsonLanguages {

    private JsonLanguages() {}

    private static final Section LLAMA_CALL = calls(
            "",
            "",
            new CallObject(List.of("name", "function"), List.of("parameters", "arguments"), List.of("id"), false));

    /** Llama 3.1 to 3.3: the answer is a JSON object, or follows {@code <|python_tag|>}. */
    static final ReplyLanguage LLAMA3 = new ReplyLanguage(
            "llama3",
            List.of(calls(
                    "",
                    "<|python_tag|>",
                    new CallObject(
                            List.of("name", "function"), List.of("parameters", "arguments"), List.of("id"), false))),
            List.of("<|eom_id|>"),
            "",
            LLAMA_CALL);

    /** Mistral up to tokenizer v7: a JSON array. */
    static final ReplyLanguage MISTRAL_ARRAY = ReplyLanguage.of(
            "mistral-v3",
            calls(
                    "",
                    "[TOOL_CALLS]",
                    space(""),
                    literal("["),
                    repeat(
                            "",
                            ",",
                            " ",
                            "]",
                            new CallObject(List.of("name"), List.of("arguments"), List.of("id"), true))));

    /** Command R7B, Command A: actions as a JSON array. */
    static final ReplyLanguage COMMAND = ReplyLanguage.of(
            "command-r7b",
            text("", "<|START_RESPONSE|>", "<|END_RESPONSE|>"),
            text("", "<|START_TEXT|>", "<|END_TEXT|>"),
            reasoning("<|START_THINKING|>", "", "<|END_THINKING|>"),
            array(
                    "",
                    "<|START_ACTION|>",
                    new CallObject(List.of("tool_name"), List.of("parameters"), List.of("tool_call_id"), true),
                    "<|END_ACTION|>"));

    /** Command R and R+ (2024): actions as JSON in a code block. */
    static final ReplyLanguage COMMAND_R = ReplyLanguage.of(
            "command-r",
            calls(
                    "\n",
                    "Action:",
                    space("\n"),
                    literal("```json"),
                    space("\n"),
                    literal("["),
                    repeat(
                            "",
                            ",",
                            "\n",
                            "]",
                            new CallObject(List.of("tool_name"), List.of("parameters"), List.of("id"), false)),
                    space(""),
                    literal("```")));

    /** Granite 3: a JSON array after a control token, to the end of the turn. */
    static final ReplyLanguage GRANITE3 = ReplyLanguage.of(
            "granite-3",
            THINK,
            text("", "<response>", "</response>"),
            calls("", "<|tool_call|>", space(""), literal("["), repeat("", ",", " ", "]", OBJECT)),
            calls("", "<tool_call>", space(""), literal("["), repeat("", ",", " ", "]", OBJECT)));

    /** Phi-4-mini. */
    static final ReplyLanguage PHI4_MINI =
            ReplyLanguage.of("phi-4-mini", array("", "<|tool_call|>", OBJECT, "<|/tool_call|>"), functools());

    /** Firefunction v2. */
    static final ReplyLanguage FUNCTOOLS = ReplyLanguage.of("functools", functools());

    private static Section functools() {
        return calls("", "functools[", repeat("", ",", " ", "]", OBJECT));
    }

    /** Nemotron Nano v2. */
    static final ReplyLanguage NEMOTRON =
            ReplyLanguage.of("nemotron-nano-v2", THINK, array("", "<TOOLCALL>", OBJECT, "</TOOLCALL>"));

    /** Apriel 1.5 and 1.6: reasoning comes first, and says in words where it ends. */
    static final ReplyLanguage APRIEL = new ReplyLanguage(
            "apriel",
            List.of(
                    reasoning("Here are my reasoning steps:", "\n", "[BEGIN FINAL RESPONSE]"),
                    array(
                            "\n",
                            "<tool_calls>",
                            new CallObject(List.of("name"), List.of("arguments"), List.of("id"), true),
                            "</tool_calls>")),
            List.of("[END FINAL RESPONSE]"),
            "",
            null);

    /** Jamba. */
    static final ReplyLanguage JAMBA = ReplyLanguage.of("jamba", array("\n", "<tool_calls>", OBJECT, "</tool_calls>"));

    /** Apertus: an array of objects whose one key is the tool's name. */
    static final ReplyLanguage APERTUS = ReplyLanguage.of(
            "apertus",
            reasoning("<|inner_prefix|>", "", "<|inner_suffix|>"),
            calls(
                    "",
                    "<|tools_prefix|>",
                    space(""),
                    literal("["),
                    repeat(
                            "{",
                            ",",
                            " ",
                            "]",
                            space(""),
                            literal("\""),
                            call(NAME, literal("\""), space(""), literal(":"), space(" "), JSON),
                            space(""),
                            literal("}")),
                    space(""),
                    literal("<|tools_suffix|>")));

    /** GigaChat 3.1. */
    static final ReplyLanguage GIGACHAT =
            ReplyLanguage.of("gigachat-3.1", calls("", "<|function_call|>", space(""), OBJECT));

    /** GigaChat 3: a call is a message of its own role. */
    static final ReplyLanguage GIGACHAT3 =
            ReplyLanguage.of("gigachat-3", calls("", "<|message_sep|>\n\nfunction call<|role_sep|>\n", OBJECT));
}
