package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Sampling;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.SamplerFields;

/** How tokens are drawn: OpenAI's parameters within OpenAI's bounds, and those that OpenAI has not. */
public final class SamplingFields {

    private static final float HOTTEST = 2;
    private static final float MOST_BIAS = 100;

    private SamplingFields() {}

    public static void read(Fields in, ChatRequest.Builder request) {
        Sampling.Builder builder = SamplerFields.read(in);
        // vLLM's name.
        Float repetition = in.single("repetition_penalty");
        if (repetition != null) {
            if (in.has("repeat_penalty")) {
                throw in.invalid("repetition_penalty", "and repeat_penalty are the same thing: give one");
            }
            if (repetition <= 0) throw in.invalid("repetition_penalty", "must be above 0, not " + repetition);
            builder.repeatPenalty(repetition);
        }
        Sampling sampling = builder.build();
        Float temperature = sampling.temperature();
        if (temperature != null && temperature > HOTTEST) {
            throw in.invalid("temperature", "must be 0 to 2, not " + temperature);
        }
        for (float bias : sampling.logitBias().values()) {
            if (Float.isFinite(bias) && Math.abs(bias) > MOST_BIAS)
                throw in.invalid("logit_bias", "must be -100 to 100");
        }
        request.sampling(sampling);
    }
}
