package dev.dalang.server.http;

import dev.dalang.api.Sampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How tokens are drawn, by the names that llama.cpp and Ollama have in common. */
public final class SamplerFields {

    private SamplerFields() {}

    public static Sampling.Builder read(Fields f) {
        return Sampling.builder()
                .temperature(f.single("temperature"))
                .topK(orOff(f.integer("top_k")))
                .topP(f.single("top_p"))
                .minP(f.single("min_p"))
                .typicalP(f.single("typical_p"))
                .repeatPenalty(f.single("repeat_penalty"))
                .repeatLastN(f.integer("repeat_last_n"))
                .frequencyPenalty(f.single("frequency_penalty"))
                .presencePenalty(f.single("presence_penalty"))
                .dryMultiplier(f.single("dry_multiplier"))
                .dryBase(f.single("dry_base"))
                .dryAllowedLength(f.integer("dry_allowed_length"))
                .dryLastN(f.integer("dry_penalty_last_n"))
                .drySequenceBreakers(f.texts("dry_sequence_breakers"))
                .xtcProbability(f.single("xtc_probability"))
                .xtcThreshold(f.single("xtc_threshold"))
                .mirostat(f.integer("mirostat"))
                .mirostatTau(f.single("mirostat_tau"))
                .mirostatEta(f.single("mirostat_eta"))
                .logitBias(logitBias(f))
                .seed(seed(f));
    }

    /** Below 0 is off, as 0 is. */
    private static @Nullable Integer orOff(@Nullable Integer topK) {
        return topK == null ? null : Math.max(0, topK);
    }

    /** -1 draws one, as nothing does. */
    private static @Nullable Long seed(Fields f) {
        Long seed = f.whole("seed");
        return seed == null || seed == -1 ? null : seed;
    }

    /** By token id: an object, or pairs in an array, where {@code false} forbids. */
    private static Map<Integer, Float> logitBias(Fields f) {
        Map<Integer, Float> all = new LinkedHashMap<>();
        JsonNode bias = f.any("logit_bias");
        if (bias == null) return all;
        if (bias.isObject()) {
            for (Map.Entry<String, JsonNode> e : bias.properties()) all.put(id(f, e.getKey()), value(f, e.getValue()));
            return all;
        }
        List<JsonNode> pairs = f.array("logit_bias");
        for (JsonNode pair : pairs == null ? List.<JsonNode>of() : pairs) {
            if (!pair.isArray() || pair.size() != 2 || !pair.get(0).isIntegralNumber()) {
                throw f.invalid("logit_bias", "must hold pairs of a token id and a number or false");
            }
            if (all.put(id(f, pair.get(0).asString()), value(f, pair.get(1))) != null) {
                throw f.invalid("logit_bias", "names token " + pair.get(0).asString() + " twice");
            }
        }
        return all;
    }

    private static int id(Fields f, String text) {
        try {
            int id = Integer.parseInt(text);
            // 05 and 5 would be one token, and the last to come would win.
            if (Integer.toString(id).equals(text)) return id;
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw f.invalid("logit_bias", "names tokens by their ids only, as plain numbers");
    }

    private static float value(Fields f, JsonNode value) {
        if (value.isNumber()) return (float) value.doubleValue();
        if (value.isBoolean() && !value.booleanValue()) return Float.NEGATIVE_INFINITY;
        throw f.invalid("logit_bias", "must hold numbers or false");
    }
}
