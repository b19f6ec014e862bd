package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Truncation;
import dev.dalang.gateway.provider.Providers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How to ask: what flags set for one answer, and {@code /set} changes during a conversation. */
final class ChatSettings {
    @Nullable
    String system;

    Sampling sampling = Sampling.DEFAULT;

    @Nullable
    Integer maxTokens;

    List<String> stop = new ArrayList<>();
    ResponseFormat format = new ResponseFormat.Text();
    ReasoningOptions reasoning = ReasoningOptions.DEFAULT;
    Truncation truncation = Truncation.REFUSE;

    @Nullable
    String chatTemplate;

    /** LoRA adapters by name, with their factors. */
    Map<String, Float> adapters = Map.of();

    /** Leave out what a hosted model cannot do, and say so. */
    boolean dropUnsupported;

    boolean hideReasoning;
    boolean verbose;

    /** Ollama's names of what {@code /set parameter} sets. */
    private static final Map<String, BiConsumer<ChatSettings, String>> PARAMETERS = new TreeMap<>(Map.ofEntries(
            sampling("temperature", (b, v) -> b.temperature(real(v))),
            sampling("top_k", (b, v) -> b.topK(integer(v))),
            sampling("top_p", (b, v) -> b.topP(real(v))),
            sampling("min_p", (b, v) -> b.minP(real(v))),
            sampling("typical_p", (b, v) -> b.typicalP(real(v))),
            sampling("repeat_penalty", (b, v) -> b.repeatPenalty(real(v))),
            sampling("repeat_last_n", (b, v) -> b.repeatLastN(integer(v))),
            sampling("frequency_penalty", (b, v) -> b.frequencyPenalty(real(v))),
            sampling("presence_penalty", (b, v) -> b.presencePenalty(real(v))),
            sampling("dry_multiplier", (b, v) -> b.dryMultiplier(real(v))),
            sampling("dry_base", (b, v) -> b.dryBase(real(v))),
            sampling("dry_allowed_length", (b, v) -> b.dryAllowedLength(integer(v))),
            sampling("dry_penalty_last_n", (b, v) -> b.dryLastN(integer(v))),
            sampling("xtc_probability", (b, v) -> b.xtcProbability(real(v))),
            sampling("xtc_threshold", (b, v) -> b.xtcThreshold(real(v))),
            sampling("mirostat", (b, v) -> b.mirostat(integer(v))),
            sampling("mirostat_tau", (b, v) -> b.mirostatTau(real(v))),
            sampling("mirostat_eta", (b, v) -> b.mirostatEta(real(v))),
            sampling("seed", (b, v) -> b.seed(Long.parseLong(v))),
            Map.entry("num_predict", (s, v) -> s.maxTokens = integer(v) < 0 ? null : integer(v)),
            Map.entry("stop", (s, v) -> s.stop.add(v)),
            Map.entry("num_ctx", (s, v) -> {
                throw Errors.usage("the context is chosen when the model is opened: start with --context " + v);
            })));

    private static Map.Entry<String, BiConsumer<ChatSettings, String>> sampling(
            String name, BiConsumer<Sampling.Builder, String> set) {
        return Map.entry(name, (settings, value) -> {
            Sampling.Builder b = settings.sampling.toBuilder();
            set.accept(b, value);
            settings.sampling = b.build();
        });
    }

    static List<String> parameterNames() {
        return List.copyOf(PARAMETERS.keySet());
    }

    /** @throws dev.dalang.api.DalangException for an unknown name, a value that is no number, or one out of range */
    void set(String name, String value) {
        BiConsumer<ChatSettings, String> set = PARAMETERS.get(name.toLowerCase(Locale.ROOT));
        if (set == null) {
            throw Errors.usage("no parameter \"" + name + "\"; there are " + String.join(", ", PARAMETERS.keySet()));
        }
        try {
            set.accept(this, value);
        } catch (NumberFormatException e) {
            throw Errors.usage(name + " must be a number, not \"" + value + "\"");
        }
    }

    /** What is set, by Ollama's names; what is left to the model is not among them. */
    Map<String, Object> parameters() {
        Map<String, Object> set = new LinkedHashMap<>();
        put(set, "temperature", sampling.temperature());
        put(set, "top_k", sampling.topK());
        put(set, "top_p", sampling.topP());
        put(set, "min_p", sampling.minP());
        put(set, "typical_p", sampling.typicalP());
        put(set, "repeat_penalty", sampling.repeatPenalty());
        put(set, "repeat_last_n", sampling.repeatLastN());
        put(set, "frequency_penalty", sampling.frequencyPenalty());
        put(set, "presence_penalty", sampling.presencePenalty());
        put(set, "dry_multiplier", sampling.dryMultiplier());
        put(set, "dry_base", sampling.dryBase());
        put(set, "dry_allowed_length", sampling.dryAllowedLength());
        put(set, "dry_penalty_last_n", sampling.dryLastN());
        put(set, "xtc_probability", sampling.xtcProbability());
        put(set, "xtc_threshold", sampling.xtcThreshold());
        put(set, "mirostat", sampling.mirostat());
        put(set, "mirostat_tau", sampling.mirostatTau());
        put(set, "mirostat_eta", sampling.mirostatEta());
        put(set, "seed", sampling.seed());
        put(set, "num_predict", maxTokens);
        if (!stop.isEmpty()) set.put("stop", stop);
        return set;
    }

    private static void put(Map<String, Object> set, String name, @Nullable Object value) {
        if (value != null) set.put(name, value);
    }

    ChatRequest request(String model, Prompt prompt) {
        return ChatRequest.builder(model, prompt)
                .sampling(sampling)
                .maxTokens(maxTokens)
                .stop(stop)
                .responseFormat(format)
                .reasoning(reasoning)
                .truncation(truncation)
                .chatTemplate(chatTemplate)
                .adapters(adapters)
                .extensions(dropUnsupported ? Map.of(Providers.DROP_UNSUPPORTED, "true") : Map.of())
                .build();
    }

    private static float real(String v) {
        return Float.parseFloat(v);
    }

    private static int integer(String v) {
        return Integer.parseInt(v);
    }
}
