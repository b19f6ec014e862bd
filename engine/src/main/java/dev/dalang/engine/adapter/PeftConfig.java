package dev.dalang.engine.adapter;

import dev.dalang.engine.format.StrictJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What {@code adapter_config.json} of Hugging Face's PEFT says about a LoRA adapter.
 *
 * @see <a href="https://huggingface.co/docs/peft/package_reference/lora">LoraConfig</a>
 */
final class PeftConfig {

    /** Settings that change the result and are off when null, false, empty or 0; on, they are refused. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("use_dora", "DoRA is not supported"),
            Map.entry("use_qalora", "QALoRA is not supported"),
            Map.entry("lora_bias", "biases of the adapter's matrices are not supported"),
            Map.entry("modules_to_save", "whole modules beside the low-rank ones are not supported"),
            Map.entry("target_parameters", "adapters of bare parameters are not supported"),
            Map.entry("trainable_token_indices", "retrained tokens are not supported"),
            Map.entry("layer_replication", "replicated layers are not supported"),
            Map.entry("alora_invocation_tokens", "activated LoRA is not supported"),
            Map.entry("arrow_config", "Arrow routing is not supported"));

    /** Ways to begin the training that leave the base model's weights alone; others (PiSSA, LoftQ, …) change them. */
    private static final Set<String> PLAIN_BEGINNINGS = Set.of("true", "false", "gaussian", "eva", "orthogonal");

    private final AdapterBuilder builder;
    private final Map<String, Double> ranks = new LinkedHashMap<>();
    private final Map<String, Double> alphas = new LinkedHashMap<>();
    private @Nullable String type;
    private @Nullable Double rank;
    private @Nullable Double alpha;
    private boolean rankStabilised;

    private PeftConfig(AdapterBuilder builder) {
        this.builder = builder;
    }

    /**
     * @param text of the file
     * @param file its name for messages
     */
    static PeftConfig read(byte[] text, String file, AdapterBuilder builder) {
        PeftConfig config = new PeftConfig(builder);
        StrictJson.read(
                text, file, "the configuration", json -> StrictJson.members(json, key -> config.member(json, key)));
        if (config.type == null) throw builder.bad("peft_type", "is missing from adapter_config.json");
        if (!config.type.equals("LORA")) {
            throw builder.unsupported("peft_type", "is '" + config.type + "'; only LORA is supported");
        }
        if (config.rank == null) throw builder.bad("r", "is missing from adapter_config.json");
        if (config.alpha == null) throw builder.bad("lora_alpha", "is missing from adapter_config.json");
        return config;
    }

    private void member(JsonParser json, String key) {
        switch (key) {
            case "peft_type" -> type = string(json, key);
            case "r" -> rank = rank(number(json, key), key);
            case "lora_alpha" -> alpha = builder.alpha(number(json, key), key);
            case "use_rslora" -> rankStabilised = isOn(json);
            case "rank_pattern" -> pattern(json, key, ranks);
            case "alpha_pattern" -> pattern(json, key, alphas);
            case "bias" -> {
                String bias = json.currentToken() == JsonToken.VALUE_NULL ? "none" : string(json, key);
                if (!bias.equals("none")) {
                    throw builder.unsupported(key, "is '" + bias + "'; only 'none' is supported");
                }
            }
            case "init_lora_weights" -> {
                String beginning = json.currentToken() == JsonToken.VALUE_NULL ? "true" : json.getString();
                if (!PLAIN_BEGINNINGS.contains(beginning)) {
                    throw builder.unsupported(
                            key,
                            "is '" + beginning + "', which changes the base model's weights;"
                                    + " convert the adapter to a plain one with PEFT first");
                }
            }
            default -> {
                String why = REFUSED.get(key);
                if (isOn(json) && why != null) throw builder.unsupported(key, "is set: " + why);
            }
        }
    }

    private static boolean isOn(JsonParser json) {
        return switch (json.currentToken()) {
            case VALUE_NULL, VALUE_FALSE -> false;
            case START_ARRAY, START_OBJECT -> {
                int members = 0;
                int depth = 1;
                while (depth > 0) {
                    JsonToken t = json.nextToken();
                    members++;
                    if (t.isStructStart()) depth++;
                    if (t.isStructEnd()) depth--;
                }
                yield members > 1;
            }
            case VALUE_NUMBER_INT -> json.getValueAsDouble() != 0;
            default -> true;
        };
    }

    private void pattern(JsonParser json, String key, Map<String, Double> into) {
        if (json.currentToken() == JsonToken.VALUE_NULL) return;
        if (json.currentToken() != JsonToken.START_OBJECT) throw builder.bad(key, "is not an object");
        StrictJson.members(json, module -> {
            // PEFT reads these as regular expressions; what is written in practice are names and ends of names.
            String name = module.startsWith("^") ? module.substring(1) : module;
            if (name.isEmpty()
                    || !name.chars().allMatch(c -> c == '.' || c == '_' || c == '-' || Character.isLetterOrDigit(c))) {
                throw builder.unsupported(key, "has '" + module + "'; only names of modules are supported");
            }
            double value = number(json, key);
            into.put(module, key.equals("rank_pattern") ? rank(value, key) : builder.alpha(value, key));
        });
    }

    private double rank(double value, String key) {
        if (value >= 1 && value == Math.rint(value) && value <= AdapterBuilder.MAX_RANK) return value;
        throw builder.bad(
                key, "has a rank of " + value + "; a rank is a whole number, 1 to " + AdapterBuilder.MAX_RANK);
    }

    private String string(JsonParser json, String key) {
        if (json.currentToken() == JsonToken.VALUE_STRING) return json.getString();
        throw builder.bad(key, "is not a string");
    }

    private double number(JsonParser json, String key) {
        if (json.currentToken().isNumeric()) return json.getValueAsDouble();
        throw builder.bad(key, "is not a number");
    }

    /** The rank of a module, such as {@code model.layers.0.self_attn.q_proj}. */
    int rank(String module) {
        return (int) of(module, ranks, rank == null ? 0 : rank);
    }

    double alpha(String module) {
        return of(module, alphas, alpha == null ? 0 : alpha);
    }

    boolean rankStabilised() {
        return rankStabilised;
    }

    /** The first pattern that is the module's name or its end counts, as in PEFT. */
    private static double of(String module, Map<String, Double> patterns, double otherwise) {
        for (var e : patterns.entrySet()) {
            String p = e.getKey();
            boolean hit =
                    p.startsWith("^") ? module.equals(p.substring(1)) : module.equals(p) || module.endsWith("." + p);
            if (hit) return e.getValue();
        }
        return otherwise;
    }
}
