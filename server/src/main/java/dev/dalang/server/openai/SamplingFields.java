package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Sampling;
import dev.dalang.server.http.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are drawn: OpenAI's parameters within OpenAI's bounds, and by llama.cpp's and vLLM's names those that
 * OpenAI has not.
 */
public final class SamplingFields {

    private static final float HOTTEST = 2;
    private static final float MOST_BIAS = 100;

    private SamplingFields() {}

    public static void read(Fields in, ChatRequest.Builder request) {
        Float temperature = in.single("temperature");
        if (temperature != null && temperature > HOTTEST) {
            throw in.invalid("temperature", "must be 0 to 2, not " + temperature);
        }
        Sampling.Builder sampling = Sampling.builder()
                .temperature(temperature)
                .topP(in.single("top_p"))
                .frequencyPenalty(in.single("frequency_penalty"))
                .presencePenalty(in.single("presence_penalty"))
                .logitBias(logitBias(in))
                .seed(in.whole("seed"))
                .topK(in.integer("top_k"))
                .minP(in.single("min_p"))
                .typicalP(in.single("typical_p"))
                .repeatPenalty(repeatPenalty(in))
                .repeatLastN(in.integer("repeat_last_n"))
                .dryMultiplier(in.single("dry_multiplier"))
                .dryBase(in.single("dry_base"))
                .dryAllowedLength(in.integer("dry_allowed_length"))
                .dryLastN(in.integer("dry_penalty_last_n"))
                .drySequenceBreakers(in.texts("dry_sequence_breakers"))
                .xtcProbability(in.single("xtc_probability"))
                .xtcThreshold(in.single("xtc_threshold"))
                .mirostat(in.integer("mirostat"))
                .mirostatTau(in.single("mirostat_tau"))
                .mirostatEta(in.single("mirostat_eta"));
        request.sampling(sampling.build());
    }

    /** llama.cpp's name and vLLM's. */
    private static @Nullable Float repeatPenalty(Fields in) {
        Float repeat = in.single("repeat_penalty");
        Float repetition = in.single("repetition_penalty");
        if (repeat != null && repetition != null && !repeat.equals(repetition)) {
            throw in.invalid("repetition_penalty", "differs from repeat_penalty, which is the same thing: give one");
        }
        return repeat != null ? repeat : repetition;
    }

    /** A token's id, as the key of a JSON object, to what is added to its logit. */
    private static Map<Integer, Float> logitBias(Fields in) {
        Map<Integer, Float> bias = new LinkedHashMap<>();
        Fields given = in.object("logit_bias");
        if (given == null) return bias;
        for (String key : given.names()) {
            Float value = given.single(key);
            if (value == null || Math.abs(value) > MOST_BIAS) throw given.invalid(key, "must be -100 to 100");
            try {
                bias.put(Integer.valueOf(key), value);
            } catch (NumberFormatException no) {
                throw in.invalid("logit_bias", "has a key that is no token id");
            }
        }
        return bias;
    }
}
