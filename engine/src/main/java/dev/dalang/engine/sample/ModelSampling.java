package dev.dalang.engine.sample;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.Metadata;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** What a model's makers recommend, read from its file: whatever they do not name stays null. */
public final class ModelSampling {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private ModelSampling() {}

    /**
     * From the {@code general.sampling.*} keys of a GGUF file (llama.cpp's names).
     *
     * @throws DalangException a bad model file, for a value out of range
     */
    public static Sampling fromMetadata(Metadata metadata) {
        String prefix = "general.sampling.";
        Sampling.Builder b = Sampling.builder();
        if (metadata.has(prefix + "temp")) b.temperature((float) metadata.real(prefix + "temp"));
        if (metadata.has(prefix + "top_k")) b.topK(nonNegative(metadata.integer(prefix + "top_k")));
        if (metadata.has(prefix + "top_p")) b.topP((float) metadata.real(prefix + "top_p"));
        if (metadata.has(prefix + "min_p")) b.minP((float) metadata.real(prefix + "min_p"));
        if (metadata.has(prefix + "xtc_probability")) {
            b.xtcProbability((float) metadata.real(prefix + "xtc_probability"));
        }
        if (metadata.has(prefix + "xtc_threshold")) b.xtcThreshold((float) metadata.real(prefix + "xtc_threshold"));
        if (metadata.has(prefix + "penalty_last_n")) {
            b.repeatLastN(metadata.integerIn(prefix + "penalty_last_n", -1, Integer.MAX_VALUE));
        }
        if (metadata.has(prefix + "penalty_repeat")) b.repeatPenalty((float) metadata.real(prefix + "penalty_repeat"));
        if (metadata.has(prefix + "mirostat")) b.mirostat(metadata.integerIn(prefix + "mirostat", 0, 2));
        if (metadata.has(prefix + "mirostat_tau")) b.mirostatTau((float) metadata.real(prefix + "mirostat_tau"));
        if (metadata.has(prefix + "mirostat_eta")) b.mirostatEta((float) metadata.real(prefix + "mirostat_eta"));
        return build(b, metadata.file(), prefix);
    }

    /**
     * From the text of a Hugging Face {@code generation_config.json}. {@code do_sample: false} is temperature 0, as it
     * is there, unless a temperature other than 0 stands beside it: many files carry both, and the temperature is what
     * their authors recommend.
     *
     * @param file the file's name for messages, or null
     * @throws DalangException a bad model file, for broken JSON or a value out of range
     */
    public static Sampling fromGenerationConfig(String json, @Nullable String file) {
        Sampling.Builder b = Sampling.builder();
        boolean greedy = false;
        boolean temperature = false;
        try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (p.nextToken() != JsonToken.START_OBJECT) {
                throw DalangException.badModelFile(where(file) + "not a JSON object", file, null);
            }
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = p.currentName();
                JsonToken value = p.nextToken();
                if (name.equals("do_sample")) {
                    greedy = value == JsonToken.VALUE_FALSE;
                } else if (value != null && value.isNumeric()) {
                    float number = p.getFloatValue();
                    switch (name) {
                        case "temperature" -> {
                            b.temperature(number);
                            temperature = true;
                        }
                        case "top_k" -> b.topK(nonNegative((long) number));
                        case "top_p" -> b.topP(number);
                        case "min_p" -> b.minP(number);
                        case "typical_p" -> b.typicalP(number);
                        case "repetition_penalty" -> b.repeatPenalty(number);
                        default -> {}
                    }
                } else {
                    p.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new DalangException(
                    new Failure.BadModelFile(where(file) + "broken JSON: " + e.getOriginalMessage(), file, null), e);
        }
        if (greedy && !temperature) b.temperature(0f);
        return build(b, file, "");
    }

    private static Sampling build(Sampling.Builder b, @Nullable String file, String prefix) {
        try {
            return b.build();
        } catch (DalangException e) {
            throw new DalangException(
                    new Failure.BadModelFile(where(file) + prefix + e.getMessage(), file, prefix + "*"), e);
        }
    }

    /** Both worlds use 0 or less for "all". */
    private static int nonNegative(long k) {
        return Math.clamp(k, 0, Integer.MAX_VALUE);
    }

    private static String where(@Nullable String file) {
        return file == null ? "" : file + ": ";
    }
}
