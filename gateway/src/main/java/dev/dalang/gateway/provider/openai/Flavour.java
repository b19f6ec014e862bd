package dev.dalang.gateway.provider.openai;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * In what the servers that speak OpenAI's Chat Completions differ, as data: what each calls a parameter that it takes, and
 * where it departs from the original.
 *
 * @param parameters those that it takes, from the doorway's name to its own
 * @param extensions further fields of its own; null for any, where the server is not known
 * @param developer it knows the role {@code developer}
 * @param reasoningBack the message field that takes earlier reasoning back, or null
 * @param thinking how it is told to think
 * @param prefill how an answer that is begun is gone on with
 * @param allowedTools it knows {@code allowed_tools}
 * @param required its word for "call some tool"
 * @param usageOption counts come only when {@code stream_options} asks for them
 * @param constraints grammars and the like
 * @param form how messages, labels and prompts without a chat are written
 */
public record Flavour(
        Map<String, String> parameters,
        @Nullable Set<String> extensions,
        boolean developer,
        @Nullable String reasoningBack,
        Thinking thinking,
        Prefill prefill,
        boolean allowedTools,
        String required,
        boolean usageOption,
        Constraints constraints,
        Form form) {

    public enum Thinking {
        /** {@code reasoning_effort}. */
        EFFORT,
        /** {@code reasoning_effort} low to high, and no way to turn it off. */
        EFFORT_ONLY,
        /** {@code reasoning_effort} up to {@code xhigh}, without which there is none. */
        EFFORT_ASKED,
        /** OpenRouter's {@code reasoning} object. */
        OBJECT,
        /** DeepSeek's {@code thinking} object, on or off. */
        SWITCH,
        /** {@code chat_template_kwargs.enable_thinking} of servers that render open models' templates. */
        TEMPLATE,
        NONE
    }

    public enum Prefill {
        NONE,
        /** The last message has {@code prefix: true}. */
        PREFIX,
        /** vLLM's {@code continue_final_message}. */
        CONTINUE,
        /** A last message of the assistant is gone on with by itself. */
        PLAIN
    }

    public enum Constraints {
        NONE,
        /** llama.cpp's {@code grammar}. */
        LLAMA,
        /** vLLM's {@code structured_outputs}. */
        VLLM
    }

    public enum Form {
        OPENAI,
        /** No field that is not of {@link MistralMessages}; prompts go to {@code /fim/completions}. */
        MISTRAL
    }

    private static final Map<String, String> COMMON = names(
            "temperature",
            "top_p",
            "frequency_penalty",
            "presence_penalty",
            "stop",
            "seed",
            "logit_bias",
            "parallel_tool_calls",
            "top_logprobs",
            "service_tier",
            "max_tokens");

    private static final Set<String> OPENAI_EXTENSIONS = Set.of(
            "store",
            "prediction",
            "modalities",
            "audio",
            "verbosity",
            "prompt_cache_key",
            "prompt_cache_retention",
            "web_search_options",
            "safety_identifier",
            "moderation",
            "prompt_cache_options");

    private static final Flavour BASE = new Flavour(
            COMMON,
            null,
            false,
            null,
            Thinking.EFFORT,
            Prefill.NONE,
            false,
            "required",
            true,
            Constraints.NONE,
            Form.OPENAI);

    /** OpenAI's own, and Azure's. */
    public static final Flavour OPENAI = new Flavour(
            with(COMMON, "max_tokens", "max_completion_tokens"),
            OPENAI_EXTENSIONS,
            true,
            null,
            Thinking.EFFORT,
            Prefill.NONE,
            true,
            "required",
            true,
            Constraints.NONE,
            Form.OPENAI);

    /** Mistral's; fields that are not its own it refuses ({@code ChatCompletionRequest}). */
    private static final Flavour MISTRAL = new Flavour(
            names(
                    "temperature",
                    "top_p",
                    "frequency_penalty",
                    "presence_penalty",
                    "stop",
                    "seed=random_seed",
                    "parallel_tool_calls",
                    "service_tier",
                    "max_tokens"),
            Set.of("prediction", "prompt_mode", "guardrails", "prompt_cache_key", "safe_prompt"),
            false,
            null,
            Thinking.EFFORT_ASKED,
            Prefill.PREFIX,
            false,
            "any",
            false,
            Constraints.NONE,
            Form.MISTRAL);

    /** Mistral's for prompts without a chat ({@code FIMCompletionRequest}). */
    private static final Flavour MISTRAL_FIM = new Flavour(
            names("temperature", "top_p", "stop", "seed=random_seed", "max_tokens"),
            Set.of("min_tokens", "prompt_cache_key"),
            false,
            null,
            Thinking.NONE,
            Prefill.NONE,
            false,
            "any",
            false,
            Constraints.NONE,
            Form.MISTRAL);

    /** Each by the name that a configuration gives it. */
    private static final Map<String, Flavour> NAMED = Map.ofEntries(
            Map.entry("openai", OPENAI),
            Map.entry("openai-compatible", BASE),
            Map.entry("groq", BASE.parameters(with(COMMON, "max_tokens", "max_completion_tokens"))),
            Map.entry(
                    "deepseek",
                    BASE.reasoning(Thinking.SWITCH, "reasoning_content").prefill(Prefill.PREFIX)),
            Map.entry("xai", BASE.reasoning(Thinking.EFFORT, "reasoning_content")),
            Map.entry("mistral", MISTRAL),
            Map.entry("together", BASE.parameters(more("top_k", "min_p", "repeat_penalty=repetition_penalty"))),
            Map.entry(
                    "fireworks",
                    BASE.parameters(more(
                                    "top_k",
                                    "min_p",
                                    "typical_p",
                                    "repeat_penalty=repetition_penalty",
                                    "mirostat_tau=mirostat_target",
                                    "mirostat_eta=mirostat_lr"))
                            .reasoning(Thinking.EFFORT, "reasoning_content")),
            Map.entry(
                    "openrouter",
                    BASE.parameters(more("top_k", "min_p", "repeat_penalty=repetition_penalty"))
                            .reasoning(Thinking.OBJECT, "reasoning")
                            .prefill(Prefill.PLAIN)),
            Map.entry(
                    "vllm",
                    new Flavour(
                            more("top_k", "min_p", "repeat_penalty=repetition_penalty"),
                            null,
                            false,
                            "reasoning_content",
                            Thinking.TEMPLATE,
                            Prefill.CONTINUE,
                            false,
                            "required",
                            true,
                            Constraints.VLLM,
                            Form.OPENAI)),
            Map.entry(
                    "llama.cpp",
                    new Flavour(
                            more(
                                    "top_k",
                                    "min_p",
                                    "typical_p",
                                    "repeat_penalty",
                                    "repeat_last_n",
                                    "dry_multiplier",
                                    "dry_base",
                                    "dry_allowed_length",
                                    "dry_penalty_last_n",
                                    "dry_sequence_breakers",
                                    "xtc_probability",
                                    "xtc_threshold",
                                    "mirostat",
                                    "mirostat_tau",
                                    "mirostat_eta"),
                            null,
                            false,
                            "reasoning_content",
                            Thinking.TEMPLATE,
                            Prefill.PLAIN,
                            false,
                            "required",
                            true,
                            Constraints.LLAMA,
                            Form.OPENAI)),
            Map.entry("ollama", BASE.reasoning(Thinking.EFFORT, "reasoning").prefill(Prefill.PLAIN)),
            Map.entry("lmstudio", BASE.parameters(more("top_k", "repeat_penalty"))),
            Map.entry("huggingface", BASE),
            Map.entry(
                    "dalang",
                    new Flavour(
                            more(
                                    "top_k",
                                    "min_p",
                                    "typical_p",
                                    "repeat_penalty",
                                    "repeat_last_n",
                                    "dry_multiplier",
                                    "dry_base",
                                    "dry_allowed_length",
                                    "dry_penalty_last_n",
                                    "dry_sequence_breakers",
                                    "xtc_probability",
                                    "xtc_threshold",
                                    "mirostat",
                                    "mirostat_tau",
                                    "mirostat_eta"),
                            null,
                            true,
                            "reasoning_content",
                            Thinking.EFFORT,
                            Prefill.NONE,
                            true,
                            "required",
                            true,
                            Constraints.NONE,
                            Form.OPENAI)));

    public static @Nullable Flavour named(String name) {
        return NAMED.get(name);
    }

    /** How prompts without a chat are written. */
    Flavour completions() {
        return form == Form.MISTRAL ? MISTRAL_FIM : this;
    }

    /** Where they go, beside {@code /chat/completions}. */
    String completionsPath() {
        return form == Form.MISTRAL ? "/fim/completions" : "/completions";
    }

    /** The names that a configuration may give. */
    public static Set<String> names() {
        return NAMED.keySet();
    }

    private Flavour parameters(Map<String, String> others) {
        return new Flavour(
                others,
                extensions,
                developer,
                reasoningBack,
                thinking,
                prefill,
                allowedTools,
                required,
                usageOption,
                constraints,
                form);
    }

    private Flavour reasoning(Thinking how, @Nullable String back) {
        return new Flavour(
                parameters,
                extensions,
                developer,
                back,
                how,
                prefill,
                allowedTools,
                required,
                usageOption,
                constraints,
                form);
    }

    private Flavour prefill(Prefill how) {
        return new Flavour(
                parameters,
                extensions,
                developer,
                reasoningBack,
                thinking,
                how,
                allowedTools,
                required,
                usageOption,
                constraints,
                form);
    }

    private static Map<String, String> names(String... words) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            map.put(equals < 0 ? word : word.substring(0, equals), word.substring(equals + 1));
        }
        return map;
    }

    private static Map<String, String> more(String... words) {
        Map<String, String> map = new LinkedHashMap<>(COMMON);
        map.putAll(names(words));
        return map;
    }

    private static Map<String, String> with(Map<String, String> map, String name, String wire) {
        Map<String, String> changed = new LinkedHashMap<>(map);
        changed.put(name, wire);
        return changed;
    }
}
