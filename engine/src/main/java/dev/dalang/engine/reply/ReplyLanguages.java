package dev.dalang.engine.reply;

import static dev.dalang.engine.reply.LanguageParts.THINK;

import java.util.List;

/**
 * The families, and which one a model is of. Each is written down from its published chat template, which shows the exact
 * text that the model was trained on; the tests read renderings of those templates.
 */
public final class ReplyLanguages {

    private ReplyLanguages() {}

    /** Text and nothing else. */
    public static final ReplyLanguage PLAIN = ReplyLanguage.of("plain");

    /** Text after reasoning in {@code <think>}. */
    public static final ReplyLanguage THINKING = ReplyLanguage.of("thinking", THINK);

    /** Of the families the one that others borrow from. */
    public static final ReplyLanguage HERMES = TaggedLanguages.HERMES;

    /** All of them. */
    public static final List<ReplyLanguage> ALL = List.of(
            PLAIN,
            THINKING,
            TaggedLanguages.HERMES,
            TaggedLanguages.QWEN_CODER,
            TaggedLanguages.SEED_OSS,
            TaggedLanguages.GLM,
            TaggedLanguages.MINIMAX,
            TaggedLanguages.DEEPSEEK_V3_2,
            TaggedLanguages.DEEPSEEK_V4,
            MarkedLanguages.DEEPSEEK_R1,
            MarkedLanguages.DEEPSEEK_V3_1,
            MarkedLanguages.KIMI,
            MarkedLanguages.HARMONY,
            JsonLanguages.LLAMA3,
            TaggedLanguages.FUNCTION_TAG,
            MarkedLanguages.FUNCTIONARY,
            MarkedLanguages.FUNCTIONARY2,
            JsonLanguages.MISTRAL_ARRAY,
            MarkedLanguages.MISTRAL,
            JsonLanguages.COMMAND,
            JsonLanguages.GRANITE3,
            JsonLanguages.PHI4_MINI,
            JsonLanguages.FUNCTOOLS,
            JsonLanguages.NEMOTRON,
            JsonLanguages.APRIEL,
            JsonLanguages.JAMBA,
            JsonLanguages.APERTUS,
            JsonLanguages.GIGACHAT,
            JsonLanguages.GIGACHAT3,
            JsonLanguages.COMMAND_R,
            MarkedLanguages.SOLAR,
            MarkedLanguages.LFM2,
            MarkedLanguages.MINICPM3,
            MarkedLanguages.GEMMA4,
            MarkedLanguages.FUNCTION_GEMMA);

    // ------------------------------------------------------------------ which one

    private record Sign(ReplyLanguage language, List<String> all) {
        Sign(ReplyLanguage language, String... all) {
            this(language, List.of(all));
        }
    }

    /** The first whose texts all occur in the template is it: the more particular come first. */
    private static final List<Sign> SIGNS = List.of(
            new Sign(MarkedLanguages.HARMONY, "<|channel|>", "<|message|>"),
            new Sign(TaggedLanguages.DEEPSEEK_V3_2, "DSML", "function_calls"),
            new Sign(TaggedLanguages.DEEPSEEK_V4, "DSML", "tool_calls"),
            new Sign(MarkedLanguages.KIMI, "<|tool_calls_section_begin|>"),
            new Sign(MarkedLanguages.DEEPSEEK_R1, "<｜tool▁calls▁begin｜>", "```json"),
            new Sign(MarkedLanguages.DEEPSEEK_V3_1, "<｜tool▁calls▁begin｜>"),
            new Sign(MarkedLanguages.FUNCTIONARY, ">>>all"),
            new Sign(MarkedLanguages.FUNCTIONARY2, "<|recipient|>", "<|content|>"),
            new Sign(MarkedLanguages.MISTRAL, "[TOOL_CALLS]", "[ARGS]"),
            new Sign(JsonLanguages.MISTRAL_ARRAY, "[TOOL_CALLS]"),
            new Sign(JsonLanguages.COMMAND, "<|START_ACTION|>"),
            new Sign(JsonLanguages.APERTUS, "<|tools_prefix|>"),
            new Sign(JsonLanguages.GIGACHAT, "<|function_call|>"),
            new Sign(JsonLanguages.GIGACHAT3, "<|role_sep|>", "function call"),
            new Sign(JsonLanguages.COMMAND_R, "Action:", "```json", "tool_name"),
            new Sign(MarkedLanguages.SOLAR, "<|tool_call:begin|>"),
            new Sign(TaggedLanguages.SEED_OSS, "<seed:tool_call>"),
            new Sign(TaggedLanguages.MINIMAX, "<minimax:tool_call>"),
            new Sign(MarkedLanguages.LFM2, "<|tool_list_start|>"),
            new Sign(MarkedLanguages.MINICPM3, "<|tool_call_start|>", "```python"),
            new Sign(MarkedLanguages.LFM2, "<|tool_call_start|>"),
            new Sign(MarkedLanguages.LFM2, "List of tools: ["),
            new Sign(MarkedLanguages.GEMMA4, "<|tool_call>call:"),
            new Sign(MarkedLanguages.FUNCTION_GEMMA, "<start_function_call>"),
            new Sign(JsonLanguages.PHI4_MINI, "<|/tool_call|>"),
            new Sign(JsonLanguages.PHI4_MINI, "<|tool|>", "<|/tool|>"),
            new Sign(JsonLanguages.GRANITE3, "<|tool_call|>"),
            new Sign(JsonLanguages.NEMOTRON, "<TOOLCALL>"),
            new Sign(JsonLanguages.JAMBA, "<tool_calls>", "<|bom|>"),
            new Sign(JsonLanguages.APRIEL, "<tool_calls>"),
            new Sign(TaggedLanguages.GLM, "<tool_call>", "<arg_key>"),
            new Sign(TaggedLanguages.QWEN_CODER, "<tool_call>", "<function="),
            new Sign(TaggedLanguages.HERMES, "<tool_call>"),
            new Sign(JsonLanguages.FUNCTOOLS, "functools"),
            new Sign(TaggedLanguages.FUNCTION_TAG, "<function="),
            new Sign(JsonLanguages.LLAMA3, "<|python_tag|>"),
            new Sign(JsonLanguages.LLAMA3, "<|start_header_id|>", "\"parameters\""),
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
