package dev.dalang.gateway.provider.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Sampling;
import dev.dalang.gateway.provider.wire.Fields;
import dev.dalang.gateway.provider.wire.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the flat parameters under the names that a server takes; those it does not take stay untaken. */
final class Parameters {
    private final Map<String, String> names;
    private final Fields fields;
    private final ObjectNode out;

    private Parameters(Map<String, String> names, Fields fields, ObjectNode out) {
        this.names = names;
        this.fields = fields;
        this.out = out;
    }

    static void write(ChatRequest r, Map<String, String> names, Fields fields, ObjectNode out) {
        new Parameters(names, fields, out).write(r);
    }

    private void write(ChatRequest r) {
        Sampling s = r.sampling();
        decimal("temperature", s.temperature());
        decimal("top_p", s.topP());
        decimal("min_p", s.minP());
        decimal("typical_p", s.typicalP());
        decimal("repeat_penalty", s.repeatPenalty());
        decimal("frequency_penalty", s.frequencyPenalty());
        decimal("presence_penalty", s.presencePenalty());
        decimal("dry_multiplier", s.dryMultiplier());
        decimal("dry_base", s.dryBase());
        decimal("xtc_probability", s.xtcProbability());
        decimal("xtc_threshold", s.xtcThreshold());
        decimal("mirostat_tau", s.mirostatTau());
        decimal("mirostat_eta", s.mirostatEta());
        whole("top_k", s.topK());
        whole("repeat_last_n", s.repeatLastN());
        whole("dry_allowed_length", s.dryAllowedLength());
        whole("dry_penalty_last_n", s.dryLastN());
        whole("mirostat", s.mirostat());
        whole("max_tokens", r.maxTokens());
        String seed = s.seed() == null ? null : takes("seed");
        if (seed != null && s.seed() != null) out.put(seed, s.seed());
        String stop = r.stop().isEmpty() ? null : takes("stop");
        if (stop != null) strings(out.putArray(stop), r.stop());
        String breakers = s.drySequenceBreakers() == null ? null : takes("dry_sequence_breakers");
        if (breakers != null && s.drySequenceBreakers() != null) {
            strings(out.putArray(breakers), s.drySequenceBreakers());
        }
        bias(s);
        if (r.parallelToolCalls() != null) {
            String name = takes("parallel_tool_calls");
            if (name != null && !r.tools().isEmpty()) out.put(name, r.parallelToolCalls());
        }
        if (r.topLogprobs() != null && takes("top_logprobs") != null) {
            out.put("logprobs", true).put("top_logprobs", r.topLogprobs());
        }
        if (r.serviceTier() != null) {
            String name = takes("service_tier");
            if (name != null) out.put(name, r.serviceTier());
        }
    }

    private void bias(Sampling s) {
        if (s.logitBias().isEmpty() || takes("logit_bias") == null) return;
        ObjectNode bias = out.putObject("logit_bias");
        // OpenAI's way to forbid a token is -100; negative infinity is no JSON.
        s.logitBias()
                .forEach((id, value) -> bias.put(
                        Integer.toString(id), value == Float.NEGATIVE_INFINITY ? -100.0 : Json.decimal(value)));
    }

    private static void strings(ArrayNode to, Iterable<String> texts) {
        for (String text : texts) to.add(text);
    }

    private void decimal(String name, @Nullable Float value) {
        String wire = value == null ? null : takes(name);
        if (wire != null && value != null) out.put(wire, Json.decimal(value));
    }

    private void whole(String name, @Nullable Integer value) {
        String wire = value == null ? null : takes(name);
        if (wire != null && value != null) out.put(wire, value);
    }

    private @Nullable String takes(String name) {
        String wire = names.get(name);
        if (wire != null) fields.take(name);
        return wire;
    }
}
