package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How an answer's tokens are drawn, under the names that llama.cpp's users know. */
final class SamplingFlags {

    private static final Pattern LOGIT_BIAS = Pattern.compile("([0-9]+)([+-](?:[0-9.]+|inf))");

    @Option(
            names = {"--temperature", "--temp"},
            paramLabel = "T",
            description = "Randomness; 0 always takes the likeliest token.")
    @Nullable
    Float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K likeliest tokens; 0 is off.")
    @Nullable
    Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Draw from the likeliest that reach P; 1 is off.")
    @Nullable
    Float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Draw from those at least P times as likely as the likeliest; 0 is off.")
    @Nullable
    Float minP;

    @Option(names = "--typical-p", paramLabel = "P", description = "Locally typical sampling; 1 is off.")
    @Nullable
    Float typicalP;

    @Option(names = "--repeat-penalty", paramLabel = "X", description = "Make tokens seen less likely; 1 is off.")
    @Nullable
    Float repeatPenalty;

    @Option(names = "--repeat-last-n", paramLabel = "N", description = "How far back the penalties look; -1 is all.")
    @Nullable
    Integer repeatLastN;

    @Option(names = "--frequency-penalty", paramLabel = "X", description = "Subtracted for each occurrence.")
    @Nullable
    Float frequencyPenalty;

    @Option(names = "--presence-penalty", paramLabel = "X", description = "Subtracted once for what occurred.")
    @Nullable
    Float presencePenalty;

    @Option(names = "--dry-multiplier", paramLabel = "X", description = "Strength of DRY; 0 is off.")
    @Nullable
    Float dryMultiplier;

    @Option(names = "--dry-base", paramLabel = "X", description = "Base of DRY's growth.")
    @Nullable
    Float dryBase;

    @Option(names = "--dry-allowed-length", paramLabel = "N", description = "Repetitions up to here are free.")
    @Nullable
    Integer dryAllowedLength;

    @Option(names = "--dry-penalty-last-n", paramLabel = "N", description = "How far back DRY looks; -1 is all.")
    @Nullable
    Integer dryLastN;

    @Option(
            names = "--dry-sequence-breaker",
            paramLabel = "TEXT",
            description = "No repetition reaches across this; may be given several times.")
    @Nullable
    List<String> drySequenceBreakers;

    @Option(names = "--xtc-probability", paramLabel = "P", description = "How often to exclude top choices.")
    @Nullable
    Float xtcProbability;

    @Option(names = "--xtc-threshold", paramLabel = "P", description = "How likely a top choice is.")
    @Nullable
    Float xtcThreshold;

    @Option(names = "--mirostat", paramLabel = "V", description = "Mirostat version 1 or 2; 0 is off.")
    @Nullable
    Integer mirostat;

    @Option(
            names = {"--mirostat-tau", "--mirostat-ent"},
            paramLabel = "X",
            description = "Its target surprise.")
    @Nullable
    Float mirostatTau;

    @Option(
            names = {"--mirostat-eta", "--mirostat-lr"},
            paramLabel = "X",
            description = "Its learning rate.")
    @Nullable
    Float mirostatEta;

    @Option(
            names = "--logit-bias",
            paramLabel = "ID±X",
            description = "Make a token likelier or less likely, like 15043+1 or 15043-0.5; 15043-inf forbids it."
                    + " May be given several times.")
    List<String> logitBias = new ArrayList<>();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            description = "Seed of the random numbers; without one, a new one each time.")
    @Nullable
    Long seed;

    @Option(
            names = {"-n", "--max-tokens", "--n-predict"},
            paramLabel = "N",
            description = "Longest answer in tokens; -1 is as long as the context allows.")
    @Nullable
    Integer maxTokens;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer where this comes up; may be given several times.")
    List<String> stop = new ArrayList<>();

    /** @throws DalangException naming the value that is out of range */
    Sampling sampling() {
        return Sampling.builder()
                .temperature(temperature)
                .topK(topK)
                .topP(topP)
                .minP(minP)
                .typicalP(typicalP)
                .repeatPenalty(repeatPenalty)
                .repeatLastN(repeatLastN)
                .frequencyPenalty(frequencyPenalty)
                .presencePenalty(presencePenalty)
                .dryMultiplier(dryMultiplier)
                .dryBase(dryBase)
                .dryAllowedLength(dryAllowedLength)
                .dryLastN(dryLastN)
                .drySequenceBreakers(drySequenceBreakers)
                .xtcProbability(xtcProbability)
                .xtcThreshold(xtcThreshold)
                .mirostat(mirostat)
                .mirostatTau(mirostatTau)
                .mirostatEta(mirostatEta)
                .logitBias(logitBias())
                .seed(seed)
                .build();
    }

    private Map<Integer, Float> logitBias() {
        Map<Integer, Float> biases = new LinkedHashMap<>();
        for (String text : logitBias) {
            Matcher m = LOGIT_BIAS.matcher(text);
            try {
                if (!m.matches()) throw new NumberFormatException();
                String number = m.group(2).replace("inf", "Infinity");
                biases.put(Integer.valueOf(m.group(1)), Float.valueOf(number));
            } catch (NumberFormatException e) {
                throw Errors.usage("--logit-bias is a token id and a number, like 15043+1 or 15043-inf, not " + text);
            }
        }
        return biases;
    }

    /** The answer's limit, null for none. */
    @Nullable
    Integer maxTokens() {
        // llama.cpp's and Ollama's users write -1 for "no limit" and -2 for "until the context is full".
        return maxTokens != null && (maxTokens == -1 || maxTokens == -2) ? null : maxTokens;
    }
}
