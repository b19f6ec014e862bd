package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.ReplyLanguage.Section.calls;
import static dev.dalang.engine.reply.ReplyLanguage.Section.reasoning;
import static dev.dalang.engine.reply.ReplyLanguage.Section.text;

import dev.dalang.engine.reply.Node.ArgumentName;
import dev.dalang.engine.reply.Node.Arguments;
import dev.dalang.engine.reply.Node.Call;
import dev.dalang.engine.reply.Node.CallId;
import dev.dalang.engine.reply.Node.CallObject;
import dev.dalang.engine.reply.Node.Literal;
import dev.dalang.engine.reply.Node.Name;
import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.Node.OptionalPart;
import dev.dalang.engine.reply.Node.Repeat;
import dev.dalang.engine.reply.Node.Skip;
import dev.dalang.engine.reply.Node.Space;
import dev.dalang.engine.reply.Node.TextValue;
import dev.dalang.engine.reply.Node.Typed;
import dev.dalang.engine.reply.Node.Value;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import java.util.List;

/**
 * The families. Each is written down from its published chat template, which shows the exact text that the model was
 * trained on; the tests read renderings of those templates.
 */
public final class ReplyLanguages {

    private ReplyLanguages() {}

    // ------------------------------------------------------------------ pieces that families share

    private static final Node NAME = new Name("", false);
    private static final Node JSON = new Arguments(Notation.JSON);

    private static final CallObject OBJECT =
            new CallObject(List.of("name"), List.of("arguments", "parameters"), List.of("id"), false);

    private static Node literal(String text) {
        return new Literal(text);
    }

    private static Node space(String canonical) {
        return new Space(canonical);
    }

    private static Node call(Node... parts) {
        return new Call(List.of(parts));
    }

    private static Repeat repeat(String each, String separator, String between, String close, Node... parts) {
        return new Repeat(each, List.of(parts), separator, between, close);
    }

    /** {@code [{"name": …, "arguments": …}, …]} and then {@code close}. */
    private static Section array(String before, String open, CallObject object, String close) {
        return calls(
                before, open, space(""), literal("["), repeat("", ",", " ", "]", object), space(""), literal(close));
    }

    private static final Section THINK = reasoning("<think>", "\n", "</think>");

    // ------------------------------------------------------------------ the families

    /** Text and nothing else. */
    public static final ReplyLanguage PLAIN = ReplyLanguage.of("plain");

    /** Text after reasoning in {@code <think>}. */
    public static final ReplyLanguage THINKING = ReplyLanguage.of("thinking", THINK);

    /** Hermes, Qwen 2.5 and 3, Granite 4, SmolLM3, MiMo, Reka: one JSON object in each {@code <tool_call>}. */
    public static final ReplyLanguage HERMES = ReplyLanguage.of(
            "hermes", THINK, calls("\n", "<tool_call>", space("\n"), OBJECT, space("\n"), literal("</tool_call>")));

    private static Section parameters(String open, String pad, String close) {
        return calls(
                "\n",
                open,
                space("\n"),
                literal("<function="),
                call(
                        NAME,
                        literal(">"),
                        space("\n"),
                        repeat(
                                "<parameter=",
                                "",
                                "\n",
                                "</function>",
                                new ArgumentName(">"),
                                new TextValue(pad, "</parameter>"),
                                space("\n"))),
                space("\n"),
                literal(close));
    }

    /** Qwen3-Coder, Qwen 3.5, Nemotron 3, Step 3.5. */
    public static final ReplyLanguage QWEN_CODER =
            ReplyLanguage.of("qwen3-coder", THINK, parameters("<tool_call>", "\n", "</tool_call>"));

    public static final ReplyLanguage SEED_OSS = ReplyLanguage.of(
            "seed-oss",
            reasoning("<seed:think>", "", "</seed:think>"),
            parameters("<seed:tool_call>", "", "</seed:tool_call>"));

    /** GLM 4.5 to 4.7, Laguna. */
    public static final ReplyLanguage GLM = ReplyLanguage.of(
            "glm",
            reasoning("<think>", "", "</think>"),
            calls(
                    "\n",
                    "<tool_call>",
                    call(
                            space(""),
                            NAME,
                            space("\n"),
                            repeat(
                                    "<arg_key>",
                                    "",
                                    "",
                                    "</tool_call>",
                                    new ArgumentName("</arg_key>"),
                                    space("\n"),
                                    literal("<arg_value>"),
                                    new TextValue("", "</arg_value>"),
                                    space("\n")))));

    public static final ReplyLanguage MINIMAX = ReplyLanguage.of(
            "minimax-m2",
            THINK,
            calls(
                    "\n",
                    "<minimax:tool_call>",
                    space("\n"),
                    repeat(
                            "<invoke name=\"",
                            "",
                            "",
                            "</minimax:tool_call>",
                            call(
                                    NAME,
                                    literal("\">"),
                                    space("\n"),
                                    repeat(
                                            "<parameter name=\"",
                                            "",
                                            "",
                                            "</invoke>",
                                            new ArgumentName("\">"),
                                            new TextValue("", "</parameter>"),
                                            space("\n"))),
                            space("\n"))));

    private static ReplyLanguage dsml(String name, String block) {
        return ReplyLanguage.of(
                name,
                reasoning("<think>", "", "</think>"),
                calls(
                        "\n\n",
                        "<｜DSML｜" + block + ">",
                        space("\n"),
                        repeat(
                                "<｜DSML｜invoke name=\"",
                                "",
                                "",
                                "</｜DSML｜" + block + ">",
                                call(
                                        NAME,
                                        literal("\">"),
                                        space("\n"),
                                        repeat(
                                                "<｜DSML｜parameter name=\"",
                                                "",
                                                "",
                                                "</｜DSML｜invoke>",
                                                new ArgumentName("\""),
                                                new Typed(" string=\"true\">", " string=\"false\">"),
                                                new TextValue("", "</｜DSML｜parameter>"),
                                                space("\n"))),
                                space("\n"))));
    }

    public static final ReplyLanguage DEEPSEEK_V3_2 = dsml("deepseek-v3.2", "function_calls");
    public static final ReplyLanguage DEEPSEEK_V4 = dsml("deepseek-v4", "tool_calls");

    /** DeepSeek V3 and R1: the type of the call, its name, its arguments in a code block. */
    public static final ReplyLanguage DEEPSEEK_R1 = ReplyLanguage.of(
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

    public static final ReplyLanguage DEEPSEEK_V3_1 = ReplyLanguage.of(
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

    public static final ReplyLanguage KIMI = ReplyLanguage.of(
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
    public static final ReplyLanguage HARMONY = harmony();

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

    private static final Section LLAMA_CALL = calls(
            "",
            "",
            new CallObject(List.of("name", "function"), List.of("parameters", "arguments"), List.of("id"), false));

    /** Llama 3.1 to 3.3: the answer is a JSON object, or follows {@code <|python_tag|>}. */
    public static final ReplyLanguage LLAMA3 = new ReplyLanguage(
            "llama3",
            List.of(calls(
                    "",
                    "<|python_tag|>",
                    new CallObject(
                            List.of("name", "function"), List.of("parameters", "arguments"), List.of("id"), false))),
            List.of("<|eom_id|>"),
            "",
            LLAMA_CALL);

    /** Functionary 3.1 and Llama's own custom calls. */
    public static final ReplyLanguage FUNCTION_TAG = ReplyLanguage.of(
            "function-tag", calls("", "<function=", call(NAME, literal(">"), JSON), space(""), literal("</function>")));

    /** Functionary 3.2: every message is addressed, text to {@code all}. */
    public static final ReplyLanguage FUNCTIONARY = ReplyLanguage.of(
            "functionary-3.2", text("", ">>>all\n"), calls("", ">>>", call(NAME, literal("\n"), JSON)));

    /** Functionary 2: the same with control tokens. */
    public static final ReplyLanguage FUNCTIONARY2 = new ReplyLanguage(
            "functionary-2",
            List.of(
                    text("", "<|recipient|>all\n<|content|>", "<|stop|>"),
                    calls("", "<|recipient|>", call(NAME, space("\n"), literal("<|content|>"), JSON))),
            List.of("<|from|>assistant", "<|stop|>"),
            "\n<|from|>assistant\n",
            null);

    /** Mistral up to tokenizer v7: a JSON array. */
    public static final ReplyLanguage MISTRAL_ARRAY = ReplyLanguage.of(
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

    /** Mistral from tokenizer v11: name, perhaps an id, arguments. */
    public static final ReplyLanguage MISTRAL = ReplyLanguage.of(
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

    /** Command R7B, Command A: actions as a JSON array. */
    public static final ReplyLanguage COMMAND = ReplyLanguage.of(
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
    public static final ReplyLanguage COMMAND_R = ReplyLanguage.of(
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
    public static final ReplyLanguage GRANITE3 = ReplyLanguage.of(
            "granite-3",
            THINK,
            text("", "<response>", "</response>"),
            calls("", "<|tool_call|>", space(""), literal("["), repeat("", ",", " ", "]", OBJECT)),
            calls("", "<tool_call>", space(""), literal("["), repeat("", ",", " ", "]", OBJECT)));

    /** Phi-4-mini. */
    public static final ReplyLanguage PHI4_MINI =
            ReplyLanguage.of("phi-4-mini", array("", "<|tool_call|>", OBJECT, "<|/tool_call|>"), functools());

    /** Firefunction v2. */
    public static final ReplyLanguage FUNCTOOLS = ReplyLanguage.of("functools", functools());

    private static Section functools() {
        return calls("", "functools[", repeat("", ",", " ", "]", OBJECT));
    }

    /** Nemotron Nano v2. */
    public static final ReplyLanguage NEMOTRON =
            ReplyLanguage.of("nemotron-nano-v2", THINK, array("", "<TOOLCALL>", OBJECT, "</TOOLCALL>"));

    /** Apriel 1.5 and 1.6: reasoning comes first, and says in words where it ends. */
    public static final ReplyLanguage APRIEL = new ReplyLanguage(
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
    public static final ReplyLanguage JAMBA =
            ReplyLanguage.of("jamba", array("\n", "<tool_calls>", OBJECT, "</tool_calls>"));

    /** Apertus: an array of objects whose one key is the tool's name. */
    public static final ReplyLanguage APERTUS = ReplyLanguage.of(
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
    public static final ReplyLanguage GIGACHAT =
            ReplyLanguage.of("gigachat-3.1", calls("", "<|function_call|>", space(""), OBJECT));

    /** GigaChat 3: a call is a message of its own role. */
    public static final ReplyLanguage GIGACHAT3 =
            ReplyLanguage.of("gigachat-3", calls("", "<|message_sep|>\n\nfunction call<|role_sep|>\n", OBJECT));

    /** Solar Open. */
    public static final ReplyLanguage SOLAR = new ReplyLanguage(
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
    public static final ReplyLanguage LFM2 = ReplyLanguage.of(
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
    public static final ReplyLanguage MINICPM3 = ReplyLanguage.of(
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

    public static final ReplyLanguage GEMMA4 = ReplyLanguage.of(
            "gemma-4",
            reasoning("<|channel>thought", "\n", "<channel|>"),
            calls(
                    "",
                    "<|tool_call>",
                    literal("call:"),
                    call(NAME, new Arguments(Notation.GEMMA)),
                    literal("<tool_call|>")));

    public static final ReplyLanguage FUNCTION_GEMMA = ReplyLanguage.of(
            "function-gemma",
            calls(
                    "",
                    "<start_function_call>",
                    literal("call:"),
                    call(NAME, new Arguments(Notation.FUNCTION_GEMMA)),
                    literal("<end_function_call>")));

    /** All of them. */
    public static final List<ReplyLanguage> ALL = List.of(
            PLAIN,
            THINKING,
            HERMES,
            QWEN_CODER,
            SEED_OSS,
            GLM,
            MINIMAX,
            DEEPSEEK_V3_2,
            DEEPSEEK_V4,
            DEEPSEEK_R1,
            DEEPSEEK_V3_1,
            KIMI,
            HARMONY,
            LLAMA3,
            FUNCTION_TAG,
            FUNCTIONARY,
            FUNCTIONARY2,
            MISTRAL_ARRAY,
            MISTRAL,
            COMMAND,
            GRANITE3,
            PHI4_MINI,
            FUNCTOOLS,
            NEMOTRON,
            APRIEL,
            JAMBA,
            APERTUS,
            GIGACHAT,
            GIGACHAT3,
            COMMAND_R,
            SOLAR,
            LFM2,
            MINICPM3,
            GEMMA4,
            FUNCTION_GEMMA);

    // ------------------------------------------------------------------ which one

    private record Sign(ReplyLanguage language, List<String> all) {
        Sign(ReplyLanguage language, String... all) {
            this(language, List.of(all));
        }
    }

    /** The first whose texts all occur in the template is it: the more particular come first. */
    private static final List<Sign> SIGNS = List.of(
            new Sign(HARMONY, "<|channel|>", "<|message|>"),
            new Sign(DEEPSEEK_V3_2, "DSML", "function_calls"),
            new Sign(DEEPSEEK_V4, "DSML", "tool_calls"),
            new Sign(KIMI, "<|tool_calls_section_begin|>"),
            new Sign(DEEPSEEK_R1, "<｜tool▁calls▁begin｜>", "```json"),
            new Sign(DEEPSEEK_V3_1, "<｜tool▁calls▁begin｜>"),
            new Sign(FUNCTIONARY, ">>>all"),
            new Sign(FUNCTIONARY2, "<|recipient|>", "<|content|>"),
            new Sign(MISTRAL, "[TOOL_CALLS]", "[ARGS]"),
            new Sign(MISTRAL_ARRAY, "[TOOL_CALLS]"),
            new Sign(COMMAND, "<|START_ACTION|>"),
            new Sign(APERTUS, "<|tools_prefix|>"),
            new Sign(GIGACHAT, "<|function_call|>"),
            new Sign(GIGACHAT3, "<|role_sep|>", "function call"),
            new Sign(COMMAND_R, "Action:", "```json", "tool_name"),
            new Sign(SOLAR, "<|tool_call:begin|>"),
            new Sign(SEED_OSS, "<seed:tool_call>"),
            new Sign(MINIMAX, "<minimax:tool_call>"),
            new Sign(LFM2, "<|tool_list_start|>"),
            new Sign(MINICPM3, "<|tool_call_start|>", "```python"),
            new Sign(LFM2, "<|tool_call_start|>"),
            new Sign(LFM2, "List of tools: ["),
            new Sign(GEMMA4, "<|tool_call>call:"),
            new Sign(FUNCTION_GEMMA, "<start_function_call>"),
            new Sign(PHI4_MINI, "<|/tool_call|>"),
            new Sign(PHI4_MINI, "<|tool|>", "<|/tool|>"),
            new Sign(GRANITE3, "<|tool_call|>"),
            new Sign(NEMOTRON, "<TOOLCALL>"),
            new Sign(JAMBA, "<tool_calls>", "<|bom|>"),
            new Sign(APRIEL, "<tool_calls>"),
            new Sign(GLM, "<tool_call>", "<arg_key>"),
            new Sign(QWEN_CODER, "<tool_call>", "<function="),
            new Sign(HERMES, "<tool_call>"),
            new Sign(FUNCTOOLS, "functools"),
            new Sign(FUNCTION_TAG, "<function="),
            new Sign(LLAMA3, "<|python_tag|>"),
            new Sign(LLAMA3, "<|start_header_id|>", "\"parameters\""),
            new Sign(THINKING, "</think>"));

    /**
     * The language of the models whose chat template this is; {@link #PLAIN} if it shows no sign of any. A family that
     * has another way to reason, or none, also reasons in {@code <think>} where its template does.
     */
    public static ReplyLanguage detect(String template) {
        ReplyLanguage language = SIGNS.stream()
                .filter(sign -> sign.all().stream().allMatch(template::contains))
                .findFirst()
                .map(Sign::language)
                .orElse(PLAIN);
        boolean thinks = template.contains("</think>")
                && language.sections().stream().noneMatch(s -> s.open().equals(THINK.open()));
        return thinks ? language.with(THINK) : language;
    }
}
