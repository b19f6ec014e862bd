package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.LanguageParts.JSON;
import static dev.dalang.engine.reply.LanguageParts.NAME;
import static dev.dalang.engine.reply.LanguageParts.OBJECT;
import static dev.dalang.engine.reply.LanguageParts.THINK;
import static dev.dalang.engine.reply.LanguageParts.call;
import static dev.dalang.engine.reply.LanguageParts.literal;
import static dev.dalang.engine.reply.LanguageParts.repeat;
import static dev.dalang.engine.reply.LanguageParts.space;
import static dev.dalang.engine.reply.ReplyLanguage.Section.calls;
import static dev.dalang.engine.reply.ReplyLanguage.Section.reasoning;

import dev.dalang.engine.reply.Node.ArgumentName;
import dev.dalang.engine.reply.Node.TextValue;
import dev.dalang.engine.reply.Node.Typed;
import dev.dalang.engine.reply.ReplyLanguage.Section;

/** Families that write a call as elements with names, much as XML does: {@code <tool_call>}, {@code <function=NAME>}. */
final class TaggedLanguages {

    private TaggedLanguages() {}

    /** Hermes, Qwen 2.5 and 3, Granite 4, SmolLM3, MiMo, Reka: one JSON object in each {@code <tool_call>}. */
    static final ReplyLanguage HERMES = ReplyLanguage.of(
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
    static final ReplyLanguage QWEN_CODER =
            ReplyLanguage.of("qwen3-coder", THINK, parameters("<tool_call>", "\n", "</tool_call>"));

    static final ReplyLanguage SEED_OSS = ReplyLanguage.of(
            "seed-oss",
            reasoning("<seed:think>", "", "</seed:think>"),
            parameters("<seed:tool_call>", "", "</seed:tool_call>"));

    /** GLM 4.5 to 4.7, Laguna. */
    static final ReplyLanguage GLM = ReplyLanguage.of(
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

    static final ReplyLanguage MINIMAX = ReplyLanguage.of(
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

    static final ReplyLanguage DEEPSEEK_V3_2 = dsml("deepseek-v3.2", "function_calls");

    static final ReplyLanguage DEEPSEEK_V4 = dsml("deepseek-v4", "tool_calls");

    /** Functionary 3.1 and Llama's own custom calls. */
    static final ReplyLanguage FUNCTION_TAG = ReplyLanguage.of(
            "function-tag", calls("", "<function=", call(NAME, literal(">"), JSON), space(""), literal("</function>")));
}
