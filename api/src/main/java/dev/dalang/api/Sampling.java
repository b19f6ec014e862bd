package dev.dalang.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is drawn. Null is the model's own default everywhere, in parameters and components; the names are
 * those of llama.cpp and Ollama.
 *
 * @param temperature divides the logits; 0 takes the likeliest token
 * @param topK keep the K likeliest; 0 keeps all
 * @param topP keep the likeliest that together reach P (nucleus sampling, arXiv:1904.09751)
 * @param minP keep what is at least P times as likely as the likeliest (arXiv:2407.01082)
 * @param typicalP locally typical sampling (arXiv:2202.00666); 1 is off
 * @param repeatPenalty divides positive and multiplies negative logits of tokens seen (arXiv:1909.05858); 1 is off
 * @param repeatLastN how far back the penalties look; 0 is off, -1 is the whole context
 * @param frequencyPenalty subtracted for each occurrence
 * @param presencePenalty subtracted once for what occurred
 * @param dryMultiplier strength of the penalty on repeated sequences ("don't repeat yourself"); 0 is off
 * @param dryBase base of its growth with the sequence's length
 * @param dryAllowedLength sequences up to here are free
 * @param dryLastN how far back it looks; -1 is the whole context
 * @param drySequenceBreakers strings that no repeated sequence reaches across; null is the default set
 * @param xtcProbability how often to exclude top choices; 0 is off
 * @param xtcThreshold how likely a token must be to count as a top choice; above 0.5 is off
 * @param mirostat 0 off, 1 or 2: the version (arXiv:2007.14966)
 * @param mirostatTau the target surprise
 * @param mirostatEta the learning rate
 * @param logitBias added to the logit of a token id; negative infinity forbids it
 * @param seed of the random numbers; null draws one
 */
public record Sampling(
        @Nullable Float temperature,
        @Nullable Integer topK,
        @Nullable Float topP,
        @Nullable Float minP,
        @Nullable Float typicalP,
        @Nullable Float repeatPenalty,
        @Nullable Integer repeatLastN,
        @Nullable Float frequencyPenalty,
        @Nullable Float presencePenalty,
        @Nullable Float dryMultiplier,
        @Nullable Float dryBase,
        @Nullable Integer dryAllowedLength,
        @Nullable Integer dryLastN,
        @Nullable List<String> drySequenceBreakers,
        @Nullable Float xtcProbability,
        @Nullable Float xtcThreshold,
        @Nullable Integer mirostat,
        @Nullable Float mirostatTau,
        @Nullable Float mirostatEta,
        Map<Integer, Float> logitBias,
        @Nullable Long seed) {

    /** Everything left to the model. */
    public static final Sampling DEFAULT = builder().build();

    /** The likeliest token, always. */
    public static final Sampling GREEDY = builder().temperature(0f).build();

    public Sampling {
        Checks.atLeast("temperature", temperature, 0f);
        Checks.atLeast("top_k", topK, 0);
        Checks.between("top_p", topP, 0f, 1f);
        Checks.between("min_p", minP, 0f, 1f);
        Checks.between("typical_p", typicalP, 0f, 1f);
        Checks.above("repeat_penalty", repeatPenalty, 0f);
        Checks.atLeast("repeat_last_n", repeatLastN, -1);
        Checks.between("frequency_penalty", frequencyPenalty, -2f, 2f);
        Checks.between("presence_penalty", presencePenalty, -2f, 2f);
        Checks.atLeast("dry_multiplier", dryMultiplier, 0f);
        Checks.atLeast("dry_base", dryBase, 1f);
        Checks.atLeast("dry_allowed_length", dryAllowedLength, 0);
        Checks.atLeast("dry_penalty_last_n", dryLastN, -1);
        drySequenceBreakers = drySequenceBreakers == null ? null : List.copyOf(drySequenceBreakers);
        if (drySequenceBreakers != null) {
            for (String s : drySequenceBreakers) Checks.notEmpty("dry_sequence_breakers", s);
        }
        Checks.between("xtc_probability", xtcProbability, 0f, 1f);
        Checks.between("xtc_threshold", xtcThreshold, 0f, 1f);
        Checks.between("mirostat", mirostat, 0, 2);
        Checks.above("mirostat_tau", mirostatTau, 0f);
        Checks.above("mirostat_eta", mirostatEta, 0f);
        Checks.between("mirostat_eta", mirostatEta, 0f, 1f);
        logitBias = Checks.ordered(logitBias);
        logitBias.forEach((id, bias) -> {
            if (id < 0) throw Checks.invalid("logit_bias", "logit_bias names the negative token id " + id);
            if (bias.isNaN() || bias == Float.POSITIVE_INFINITY) {
                throw Checks.invalid("logit_bias", "logit_bias of token " + id + " is " + bias);
            }
        });
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A builder that begins with these values. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.temperature = temperature;
        b.topK = topK;
        b.topP = topP;
        b.minP = minP;
        b.typicalP = typicalP;
        b.repeatPenalty = repeatPenalty;
        b.repeatLastN = repeatLastN;
        b.frequencyPenalty = frequencyPenalty;
        b.presencePenalty = presencePenalty;
        b.dryMultiplier = dryMultiplier;
        b.dryBase = dryBase;
        b.dryAllowedLength = dryAllowedLength;
        b.dryLastN = dryLastN;
        b.drySequenceBreakers = drySequenceBreakers;
        b.xtcProbability = xtcProbability;
        b.xtcThreshold = xtcThreshold;
        b.mirostat = mirostat;
        b.mirostatTau = mirostatTau;
        b.mirostatEta = mirostatEta;
        b.logitBias = logitBias;
        b.seed = seed;
        return b;
    }

    /** Sets what the caller knows; {@link #build} checks. */
    public static final class Builder {
        private @Nullable Float temperature;
        private @Nullable Integer topK;
        private @Nullable Float topP;
        private @Nullable Float minP;
        private @Nullable Float typicalP;
        private @Nullable Float repeatPenalty;
        private @Nullable Integer repeatLastN;
        private @Nullable Float frequencyPenalty;
        private @Nullable Float presencePenalty;
        private @Nullable Float dryMultiplier;
        private @Nullable Float dryBase;
        private @Nullable Integer dryAllowedLength;
        private @Nullable Integer dryLastN;
        private @Nullable List<String> drySequenceBreakers;
        private @Nullable Float xtcProbability;
        private @Nullable Float xtcThreshold;
        private @Nullable Integer mirostat;
        private @Nullable Float mirostatTau;
        private @Nullable Float mirostatEta;
        private Map<Integer, Float> logitBias = Map.of();
        private @Nullable Long seed;

        private Builder() {}

        public Builder temperature(@Nullable Float value) {
            temperature = value;
            return this;
        }

        public Builder topK(@Nullable Integer value) {
            topK = value;
            return this;
        }

        public Builder topP(@Nullable Float value) {
            topP = value;
            return this;
        }

        public Builder minP(@Nullable Float value) {
            minP = value;
            return this;
        }

        public Builder typicalP(@Nullable Float value) {
            typicalP = value;
            return this;
        }

        public Builder repeatPenalty(@Nullable Float value) {
            repeatPenalty = value;
            return this;
        }

        public Builder repeatLastN(@Nullable Integer value) {
            repeatLastN = value;
            return this;
        }

        public Builder frequencyPenalty(@Nullable Float value) {
            frequencyPenalty = value;
            return this;
        }

        public Builder presencePenalty(@Nullable Float value) {
            presencePenalty = value;
            return this;
        }

        public Builder dryMultiplier(@Nullable Float value) {
            dryMultiplier = value;
            return this;
        }

        public Builder dryBase(@Nullable Float value) {
            dryBase = value;
            return this;
        }

        public Builder dryAllowedLength(@Nullable Integer value) {
            dryAllowedLength = value;
            return this;
        }

        public Builder dryLastN(@Nullable Integer value) {
            dryLastN = value;
            return this;
        }

        public Builder drySequenceBreakers(@Nullable List<String> value) {
            drySequenceBreakers = value;
            return this;
        }

        public Builder xtcProbability(@Nullable Float value) {
            xtcProbability = value;
            return this;
        }

        public Builder xtcThreshold(@Nullable Float value) {
            xtcThreshold = value;
            return this;
        }

        public Builder mirostat(@Nullable Integer value) {
            mirostat = value;
            return this;
        }

        public Builder mirostatTau(@Nullable Float value) {
            mirostatTau = value;
            return this;
        }

        public Builder mirostatEta(@Nullable Float value) {
            mirostatEta = value;
            return this;
        }

        public Builder logitBias(Map<Integer, Float> value) {
            logitBias = value;
            return this;
        }

        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** @throws DalangException naming the parameter that is out of range */
        public Sampling build() {
            return new Sampling(
                    temperature,
                    topK,
                    topP,
                    minP,
                    typicalP,
                    repeatPenalty,
                    repeatLastN,
                    frequencyPenalty,
                    presencePenalty,
                    dryMultiplier,
                    dryBase,
                    dryAllowedLength,
                    dryLastN,
                    drySequenceBreakers,
                    xtcProbability,
                    xtcThreshold,
                    mirostat,
                    mirostatTau,
                    mirostatEta,
                    logitBias,
                    seed);
        }
    }
}
