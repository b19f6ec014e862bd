package dev.dalang.engine.template;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The formats of known model families, for models that come without a usable template. Each is a template of our own
 * for this package's interpreter, written from the family's published prompt format.
 *
 * @param name the format's usual name
 * @param tokens control tokens that all must be in the vocabulary for the format to be recognised; empty for formats
 *     that are plain text
 * @param architectures model architectures that speak the format when no token tells
 */
record ChatFormat(String name, Set<String> tokens, Set<String> architectures, String template) {

    /** Tokens first, most telling first. */
    static final List<ChatFormat> ALL = List.of(
            new ChatFormat(
                    "harmony",
                    Set.of("<|start|>", "<|channel|>", "<|message|>"),
                    Set.of("gpt-oss"),
                    HarmonyFormat.TEMPLATE),
            new ChatFormat("llama3", Set.of("<|start_header_id|>", "<|eot_id|>"), Set.of(), """
                    {{ bos_token }}{% for m in messages %}
                    {{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ m.content|trim ~ '<|eot_id|>' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
                    {%- endif %}"""),
            new ChatFormat("llama4", Set.of("<|header_start|>", "<|eot|>"), Set.of("llama4"), """
                    {{ bos_token }}{% for m in messages %}
                    {{ '<|header_start|>' ~ m.role ~ '<|header_end|>\n\n' ~ m.content|trim ~ '<|eot|>' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|header_start|>assistant<|header_end|>\n\n' }}
                    {%- endif %}"""),
            new ChatFormat(
                    "granite",
                    Set.of("<|start_of_role|>", "<|end_of_role|>"),
                    Set.of("granite", "granitemoe", "granitehybrid"),
                    """
                    {% for m in messages %}
                    {{ '<|start_of_role|>' ~ m.role ~ '<|end_of_role|>' ~ m.content ~ '<|end_of_text|>\n' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|start_of_role|>assistant<|end_of_role|>' }}
                    {%- endif %}"""),
            new ChatFormat(
                    "command-r",
                    Set.of("<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
                    Set.of("command-r", "cohere2"),
                    """
                    {% set names = {'system': '<|SYSTEM_TOKEN|>', 'user': '<|USER_TOKEN|>',
                                    'assistant': '<|CHATBOT_TOKEN|>'} %}
                    {{ bos_token }}{% for m in messages %}
                    {{ '<|START_OF_TURN_TOKEN|>' ~ names[m.role] ~ m.content|trim ~ '<|END_OF_TURN_TOKEN|>' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' }}
                    {%- endif %}"""),
            new ChatFormat("deepseek", Set.of("<｜User｜>", "<｜Assistant｜>"), Set.of("deepseek2"), """
                    {{ bos_token }}{% for m in messages %}
                    {% if m.role == 'user' %}
                    {{ '<｜User｜>' ~ m.content }}
                    {%- elif m.role == 'assistant' %}
                    {{ '<｜Assistant｜>' ~ m.content ~ '<｜end▁of▁sentence｜>' }}
                    {%- else %}
                    {{ m.content }}
                    {%- endif %}
                    {% endfor %}
                    {% if add_generation_prompt %}
                    {{ '<｜Assistant｜>' }}
                    {%- endif %}"""),
            new ChatFormat(
                    "gemma",
                    Set.of("<start_of_turn>", "<end_of_turn>"),
                    Set.of("gemma", "gemma2", "gemma3", "gemma3n"),
                    """
                    {{ bos_token }}{% set ns = namespace(system='') %}
                    {% for m in messages %}
                    {% if m.role == 'system' %}
                    {% set ns.system = ns.system ~ m.content|trim ~ '\n\n' %}
                    {% else %}
                    {{ '<start_of_turn>' ~ ('model' if m.role == 'assistant' else m.role) ~ '\n' }}
                    {{- ns.system if m.role == 'user' }}{{ m.content|trim ~ '<end_of_turn>\n' }}
                    {%- set ns.system = '' if m.role == 'user' else ns.system %}
                    {% endif %}
                    {% endfor %}
                    {% if add_generation_prompt %}
                    {{ '<start_of_turn>model\n' }}
                    {%- endif %}"""),
            new ChatFormat(
                    "chatml",
                    Set.of("<|im_start|>", "<|im_end|>"),
                    Set.of("qwen2", "qwen2moe", "qwen3", "qwen3moe"),
                    """
                    {% for m in messages %}
                    {{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|im_start|>assistant\n' }}
                    {%- endif %}"""),
            new ChatFormat("phi3", Set.of("<|user|>", "<|assistant|>", "<|end|>"), Set.of("phi3"), """
                    {% for m in messages %}
                    {{ '<|' ~ m.role ~ '|>\n' ~ m.content ~ '<|end|>\n' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|assistant|>\n' }}
                    {%- endif %}"""),
            new ChatFormat("mistral", Set.of("[INST]", "[/INST]"), Set.of(), """
                    {{ bos_token }}{% set ns = namespace(system='') %}
                    {% for m in messages %}
                    {% if m.role == 'system' %}
                    {% set ns.system = ns.system ~ m.content ~ '\n\n' %}
                    {% elif m.role == 'user' %}
                    {{ '[INST] ' ~ ns.system ~ m.content ~ '[/INST]' }}
                    {%- set ns.system = '' %}
                    {% else %}
                    {{ ' ' ~ m.content ~ eos_token }}
                    {%- endif %}
                    {% endfor %}"""),
            new ChatFormat("zephyr", Set.of("<|user|>", "<|assistant|>"), Set.of(), """
                    {% for m in messages %}
                    {{ '<|' ~ m.role ~ '|>\n' ~ m.content ~ eos_token ~ '\n' }}
                    {%- endfor %}
                    {% if add_generation_prompt %}
                    {{ '<|assistant|>\n' }}
                    {%- endif %}"""),
            new ChatFormat("llama2", Set.of(), Set.of(), """
                    {% set ns = namespace(system='') %}
                    {% for m in messages %}
                    {% if m.role == 'system' %}
                    {% set ns.system = '<<SYS>>\n' ~ m.content ~ '\n<</SYS>>\n\n' %}
                    {% elif m.role == 'user' %}
                    {{ bos_token ~ '[INST] ' ~ ns.system ~ m.content|trim ~ ' [/INST]' }}
                    {%- set ns.system = '' %}
                    {% else %}
                    {{ ' ' ~ m.content|trim ~ ' ' ~ eos_token }}
                    {%- endif %}
                    {% endfor %}"""),
            new ChatFormat("vicuna", Set.of(), Set.of("llama"), """
                    {{ bos_token }}{% for m in messages %}
                    {% if m.role == 'system' %}
                    {{ m.content ~ '\n\n' }}
                    {%- elif m.role == 'user' %}
                    {{ 'USER: ' ~ m.content ~ '\n' }}
                    {%- else %}
                    {{ 'ASSISTANT: ' ~ m.content ~ eos_token ~ '\n' }}
                    {%- endif %}
                    {% endfor %}
                    {% if add_generation_prompt %}
                    {{ 'ASSISTANT:' }}
                    {%- endif %}"""),
            new ChatFormat("alpaca", Set.of(), Set.of("gpt2", "gptneox", "mpt", "falcon"), """
                    {{ bos_token }}{% for m in messages %}
                    {% if m.role == 'system' %}
                    {{ m.content ~ '\n\n' }}
                    {%- elif m.role == 'user' %}
                    {{ '### Instruction:\n' ~ m.content ~ '\n\n' }}
                    {%- else %}
                    {{ '### Response:\n' ~ m.content ~ eos_token ~ '\n\n' }}
                    {%- endif %}
                    {% endfor %}
                    {% if add_generation_prompt %}
                    {{ '### Response:\n' }}
                    {%- endif %}"""));

    /** The format of that name, or null. */
    static @Nullable ChatFormat named(String name) {
        for (ChatFormat format : ALL) {
            if (format.name.equals(name)) return format;
        }
        return null;
    }

    /** A choice, and what led to it, for a person. */
    record Choice(ChatFormat format, String reason) {}

    /** What a base model gets: the words as they are, for it to go on from. */
    static final ChatFormat PLAIN = new ChatFormat("plain", Set.of(), Set.of(), """
            {{ bos_token }}{% for m in messages %}{{ m.content }}{% if not loop.last %}{{ '\n' }}{% endif %}{% endfor %}""");

    /** Formats named after models of which there is no base model. */
    private static final Set<String> TUNES = Set.of("vicuna", "alpaca", "zephyr");

    /**
     * The format whose control tokens the vocabulary holds; else the one that the model's name speaks of; else, for a
     * model whose template is there but broken, and which therefore chats, that of its architecture or ChatML; else
     * none at all.
     */
    static Choice choose(String architecture, String modelName, boolean chats, Predicate<String> vocabularyHas) {
        for (ChatFormat format : ALL) {
            if (!format.tokens.isEmpty() && format.tokens.stream().allMatch(vocabularyHas)) {
                String shown =
                        String.join(" and ", format.tokens.stream().sorted().toList());
                return new Choice(format, "the vocabulary holds " + shown);
            }
        }
        String name = modelName.toLowerCase(Locale.ROOT);
        boolean tuned = name.contains("chat") || name.contains("instruct");
        for (ChatFormat format : ALL) {
            if (name.contains(format.name) && (tuned || TUNES.contains(format.name))) {
                return new Choice(format, "its name is " + modelName);
            }
        }
        if (tuned && architecture.equals("llama") && name.contains("llama")) {
            return new Choice(require("llama2"), "its name is " + modelName);
        }
        if (!chats && !tuned) {
            return new Choice(PLAIN, "nothing in the model says that it was trained to chat");
        }
        for (ChatFormat format : ALL) {
            if (format.architectures.contains(architecture)) {
                return new Choice(format, "the architecture is " + architecture);
            }
        }
        return new Choice(require("chatml"), "nothing in the model tells its format, and this is the most common one");
    }

    private static ChatFormat require(String name) {
        ChatFormat format = named(name);
        if (format == null) throw new IllegalStateException("no format " + name);
        return format;
    }
}
