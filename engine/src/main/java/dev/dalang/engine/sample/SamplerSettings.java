package dev.dalang.engine.sample;

import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides the next token besides the logits, nothing left open. The numbers in {@link #DEFAULT} are
 * llama.cpp's; {@link #resolve} puts a model's own and a request's over them.
 *
 * @param seed of the random numbers
 * @param temperature divides the logits; 0 takes the likeliest token and skips the rest of the chain
 * @param dynamicTemperature moves the temperature with the entropy
 * @param topK keep the K likeliest; 0 is off
 * @param topP keep the likeliest that together reach P; 1 is off
 * @param minP keep what is at least P times as likely as the likeliest; 0 is off
 * @param typicalP keep the tokens of most typical surprise that together reach P; 1 is off
 * @param topNSigma keep logits within n standard deviations of the highest; 0 is off
 * @param minKeep typical, top-p, min-p and XTC leave at least so many candidates
 * @param logitBias added to the logit of a token id; negative infinity forbids it
 */
public record SamplerSettings(
        long seed,
        float temperature,
        DynamicTemperature dynamicTemperature,
        int topK,
        float topP,
        float minP,
        float typicalP,
        float topNSigma,
        int minKeep,
        Penalties penalties,
        Dry dry,
        Xtc xtc,
        Mirostat mirostat,
        Map<Integer, Float> logitBias) {

    /** @param lastN how far back to look; 0 is off, -1 is everything; 1, 0 and 0 switch the three off */
    public record Penalties(int lastN, float repeat, float frequency, float presence) {
        public Penalties {
            require(lastN >= -1, "repeat_last_n", lastN, "at least -1");
            require(repeat > 0 && Float.isFinite(repeat), "repeat_penalty", repeat, "above 0");
            require(Float.isFinite(frequency), "frequency_penalty", frequency, "a finite number");
            require(Float.isFinite(presence), "presence_penalty", presence, "a finite number");
        }

        boolean off() {
            return lastN == 0 || (repeat == 1 && frequency == 0 && presence == 0);
        }
    }

    /**
     * A token that would extend a repetition of length n ≥ allowedLength loses multiplier · base^(n - allowedLength).
     *
     * @param multiplier 0 is off
     * @param lastN how far back to look; 0 is off, -1 is everything
     * @param breakers strings that no repetition reaches across
     */
    public record Dry(float multiplier, float base, int allowedLength, int lastN, List<String> breakers) {
        public static final List<String> BREAKERS = List.of("\n", ":", "\"", "*");

        public Dry {
            require(multiplier >= 0 && Float.isFinite(multiplier), "dry_multiplier", multiplier, "at least 0");
            require(base >= 1 && Float.isFinite(base), "dry_base", base, "at least 1");
            require(allowedLength >= 0, "dry_allowed_length", allowedLength, "at least 0");
            require(lastN >= -1, "dry_penalty_last_n", lastN, "at least -1");
            breakers = List.copyOf(breakers);
            for (String b : breakers) {
                require(!b.isEmpty(), "dry_sequence_breakers", "\"\"", "strings of at least one character");
            }
        }

        boolean off() {
            return multiplier == 0 || lastN == 0;
        }
    }

    /** Exclude top choices: with this probability, all tokens above the threshold but the least likely of them go. */
    public record Xtc(float probability, float threshold) {
        public Xtc {
            require(probability >= 0 && probability <= 1, "xtc_probability", probability, "0 to 1");
            require(threshold >= 0 && threshold <= 1, "xtc_threshold", threshold, "0 to 1");
        }

        boolean off() {
            // Two tokens cannot both be above one half.
            return probability == 0 || threshold > 0.5f;
        }
    }

    /**
     * @param version 0 off, 1 or 2
     * @param tau the surprise aimed at, in bits
     * @param eta the learning rate
     */
    public record Mirostat(int version, float tau, float eta) {
        public Mirostat {
            require(version >= 0 && version <= 2, "mirostat", version, "0, 1 or 2");
            require(tau > 0 && Float.isFinite(tau), "mirostat_tau", tau, "above 0");
            require(eta > 0 && eta <= 1, "mirostat_eta", eta, "above 0 and at most 1");
        }
    }

    /** The temperature lies in temperature ± range, at (entropy / greatest entropy)^exponent of the way; range 0 is off. */
    public record DynamicTemperature(float range, float exponent) {
        public DynamicTemperature {
            require(range >= 0 && Float.isFinite(range), "dynatemp_range", range, "at least 0");
            require(exponent >= 0 && Float.isFinite(exponent), "dynatemp_exponent", exponent, "at least 0");
        }
    }

    public static final SamplerSettings DEFAULT = new SamplerSettings(
            0,
            0.8f,
            new DynamicTemperature(0, 1),
            40,
            0.95f,
            0.05f,
            1,
            0,
            1,
            new Penalties(64, 1, 0, 0),
            new Dry(0, 1.75f, 2, 64, Dry.BREAKERS),
            new Xtc(0, 0.1f),
            new Mirostat(0, 5, 0.1f),
            Map.of());

    /** @throws DalangException an invalid request that names the parameter out of range */
    public SamplerSettings {
        require(temperature >= 0 && Float.isFinite(temperature), "temperature", temperature, "at least 0");
        require(topK >= 0, "top_k", topK, "at least 0");
        require(topP >= 0 && topP <= 1, "top_p", topP, "0 to 1");
        require(minP >= 0 && minP <= 1, "min_p", minP, "0 to 1");
        require(typicalP >= 0 && typicalP <= 1, "typical_p", typicalP, "0 to 1");
        require(topNSigma >= 0 && Float.isFinite(topNSigma), "top_n_sigma", topNSigma, "at least 0");
        require(minKeep >= 1, "min_keep", minKeep, "at least 1");
        logitBias = Collections.unmodifiableMap(new LinkedHashMap<>(logitBias));
        logitBias.forEach((id, bias) -> {
            require(id >= 0, "logit_bias", id, "about token ids from 0");
            require(bias < Float.POSITIVE_INFINITY, "logit_bias", bias, "a number below infinity");
        });
    }

    /** Whether the likeliest token is taken without drawing. */
    public boolean greedy() {
        return temperature == 0;
    }

    /** Always the likeliest token of the plain logits. */
    public static SamplerSettings greedyOnly() {
        return DEFAULT.withTemperature(0);
    }

    /**
     * The settings of one answer: what the request says, else what the model's file says, else {@link #DEFAULT}.
     *
     * @param freshSeed the seed where neither names one
     */
    public static SamplerSettings resolve(Sampling request, Sampling model, long freshSeed) {
        return DEFAULT.withSeed(freshSeed).over(model).over(request);
    }

    /** These settings with everything that {@code s} names in its place. */
    public SamplerSettings over(Sampling s) {
        return new SamplerSettings(
                or(s.seed(), seed),
                or(s.temperature(), temperature),
                dynamicTemperature,
                or(s.topK(), topK),
                or(s.topP(), topP),
                or(s.minP(), minP),
                or(s.typicalP(), typicalP),
                topNSigma,
                minKeep,
                new Penalties(
                        or(s.repeatLastN(), penalties.lastN),
                        or(s.repeatPenalty(), penalties.repeat),
                        or(s.frequencyPenalty(), penalties.frequency),
                        or(s.presencePenalty(), penalties.presence)),
                new Dry(
                        or(s.dryMultiplier(), dry.multiplier),
                        or(s.dryBase(), dry.base),
                        or(s.dryAllowedLength(), dry.allowedLength),
                        or(s.dryLastN(), dry.lastN),
                        or(s.drySequenceBreakers(), dry.breakers)),
                new Xtc(or(s.xtcProbability(), xtc.probability), or(s.xtcThreshold(), xtc.threshold)),
                new Mirostat(
                        or(s.mirostat(), mirostat.version),
                        or(s.mirostatTau(), mirostat.tau),
                        or(s.mirostatEta(), mirostat.eta)),
                s.logitBias().isEmpty() ? logitBias : s.logitBias());
    }

    public SamplerSettings withSeed(long value) {
        return new SamplerSettings(
                value,
                temperature,
                dynamicTemperature,
                topK,
                topP,
                minP,
                typicalP,
                topNSigma,
                minKeep,
                penalties,
                dry,
                xtc,
                mirostat,
                logitBias);
    }

    public SamplerSettings withTemperature(float value) {
        return new SamplerSettings(
                seed,
                value,
                dynamicTemperature,
                topK,
                topP,
                minP,
                typicalP,
                topNSigma,
                minKeep,
                penalties,
                dry,
                xtc,
                mirostat,
                logitBias);
    }

    public SamplerSettings withDynamicTemperature(DynamicTemperature value) {
        return new SamplerSettings(
                seed,
                temperature,
                value,
                topK,
                topP,
                minP,
                typicalP,
                topNSigma,
                minKeep,
                penalties,
                dry,
                xtc,
                mirostat,
                logitBias);
    }

    public SamplerSettings withTopNSigma(float value) {
        return new SamplerSettings(
                seed,
                temperature,
                dynamicTemperature,
                topK,
                topP,
                minP,
                typicalP,
                value,
                minKeep,
                penalties,
                dry,
                xtc,
                mirostat,
                logitBias);
    }

    public SamplerSettings withMinKeep(int value) {
        return new SamplerSettings(
                seed,
                temperature,
                dynamicTemperature,
                topK,
                topP,
                minP,
                typicalP,
                topNSigma,
                value,
                penalties,
                dry,
                xtc,
                mirostat,
                logitBias);
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }

    private static void require(boolean ok, String parameter, Object value, String wanted) {
        if (!ok) {
            throw DalangException.invalidRequest(parameter + " must be " + wanted + ", not " + value, parameter);
        }
    }
}
