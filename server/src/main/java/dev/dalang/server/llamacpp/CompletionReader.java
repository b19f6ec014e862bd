package dev.dalang.server.llamacpp;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.SamplerFields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Everything of {@code /completion} and {@code /infill} but the prompt. What is about how llama.cpp computes goes along as an
 * extension, so that the model says that it has no effect; what would change the answer and is not done is refused.
 */
final class CompletionReader {

    /**
     * What was asked for besides the prompt.
     *
     * @param base with an empty prompt
     * @param tokens the answer's token ids are wanted
     * @param scores its tokens' probabilities are wanted
     * @param progress how far the prompt is read is wanted
     * @param fields of the answer that are wanted, or null for all
     */
    record Read(
            ChatRequest base,
            boolean stream,
            boolean tokens,
            boolean scores,
            boolean progress,
            @Nullable List<String> fields) {

        ChatRequest with(Prompt prompt) {
            return base.toBuilder().prompt(prompt).build();
        }
    }

    private static final List<String> OF_THE_ENGINE = List.of(
            "cache_prompt",
            "id_slot",
            "n_keep",
            "n_discard",
            "n_cache_reuse",
            "min_keep",
            "t_max_prompt_ms",
            "samplers",
            "backend_sampling");

    private static final int MOST_SCORES = 100;

    private CompletionReader() {}

    static Read read(Fields f, String model) {
        ChatRequest.Builder b = ChatRequest.builder(model, new Prompt.Raw(""));
        b.sampling(SamplerFields.read(f).build());
        b.stop(f.textOrTexts("stop").stream().filter(s -> !s.isEmpty()).toList());
        Integer most = f.integer("n_predict");
        Integer alias = f.integer("max_tokens");
        if (most == null) most = alias;
        if (most != null && most < -2) throw f.invalid("n_predict", "must be at least -2, not " + most);
        if (most != null && most >= 0) b.maxTokens(most);
        ResponseFormat format = format(f);
        if (format != null) b.responseFormat(format);
        Integer scores = f.integer("n_probs");
        if (scores != null && (scores < 0 || scores > MOST_SCORES)) {
            throw f.invalid("n_probs", "must be 0 to " + MOST_SCORES + ", not " + scores);
        }
        boolean scored = scores != null && scores > 0;
        boolean tokens = f.flag("return_tokens", false);
        if (scored) b.topLogprobs(scores);
        else if (tokens) b.topLogprobs(0);
        boolean stream = f.flag("stream", false);
        boolean progress = f.flag("return_progress", false);
        refuse(f);
        Map<String, String> extensions = new LinkedHashMap<>();
        for (String name : OF_THE_ENGINE) {
            String json = f.json(name);
            boolean usual = json != null && (name.equals("cache_prompt") ? json.equals("true") : json.equals("-1"));
            if (json != null && !usual) extensions.put(name, json);
        }
        b.extensions(extensions);
        return new Read(b.build(), stream, tokens, scored, progress, f.texts("response_fields"));
    }

    /** What would change the answer, and is not done. */
    private static void refuse(Fields f) {
        f.refuseUnless("ignore_eos", "false", "an answer ends where the model ends it; forbid tokens by logit_bias");
        f.refuseUnless("post_sampling_probs", "false", "probabilities are those before sampling");
        f.refuseUnless("timings_per_token", "false", "timings come at the end");
        f.refuseUnless("n", "1", "ask several times");
        f.refuseUnless("n_cmpl", "1", "ask several times");
        f.refuseUnless("lora", "[]", "adapters go by names, in OpenAI's dialect");
        refuseAbove(f, "dynatemp_range", 0, "the temperature stays as it is");
        f.refuseUnless("dynatemp_exponent", "1.0", "the temperature stays as it is");
        refuseAbove(f, "top_n_sigma", 0, "use min_p");
        refuseAbove(f, "t_max_predict_ms", 0, "use n_predict");
        refuseAbove(f, "n_indent", 0, "use a grammar");
    }

    /** What is off up to a value. */
    private static void refuseAbove(Fields f, String name, double off, String why) {
        Double value = f.number(name);
        if (value != null && value > off) throw f.invalid(name, "is not supported: " + why);
    }

    private static @Nullable ResponseFormat format(Fields f) {
        JsonNode schema = f.any("json_schema");
        String grammar = f.text("grammar");
        if (grammar != null && grammar.isBlank()) grammar = null;
        if (schema != null && grammar != null) throw f.invalid("grammar", "goes not with json_schema");
        f.refuseUnless("grammar_lazy", "false", "a grammar holds from the beginning");
        f.refuseUnless("grammar_triggers", "[]", "a grammar holds from the beginning");
        if (grammar != null) return new ResponseFormat.Grammar(grammar);
        if (schema == null) return null;
        if (!schema.isObject()) throw f.invalid("json_schema", "must be an object");
        return new ResponseFormat.JsonSchema(null, Json.text(schema), null);
    }
}
