package dev.dalang.engine.adapter;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** From the modules of Hugging Face's models to the tensors of GGUF files, for families that are built like Llama. */
final class PeftNames {

    /**
     * @param part index of the matrix in a tensor that stacks several
     * @param heads of a projection whose rows are in another order than in Hugging Face's model, else 0
     */
    record Place(String tensor, int part, int heads) {}

    /** Families whose GGUF files have the rows of queries and keys reordered, so that adjacent ones rotate together. */
    private static final Set<String> REORDERED =
            Set.of("llama", "mistral3", "arcee", "smollm3", "granite", "granitemoe", "minicpm", "deepseek");

    private static final Set<String> AS_THEY_ARE = Set.of(
            "qwen2",
            "qwen2moe",
            "qwen3",
            "qwen3moe",
            "gemma",
            "gemma2",
            "gemma3",
            "phi3",
            "olmo2",
            "seed_oss",
            "stablelm",
            "command-r",
            "cohere2",
            "glm4",
            "ernie4_5");

    private static final Map<String, String> IN_LAYER = Map.ofEntries(
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.qkv_proj", "attn_qkv"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"),
            Map.entry("mlp.gate_up_proj", "ffn_up"),
            Map.entry("mlp.gate", "ffn_gate_inp"),
            Map.entry("block_sparse_moe.gate", "ffn_gate_inp"),
            Map.entry("mlp.shared_expert.gate_proj", "ffn_gate_shexp"),
            Map.entry("mlp.shared_expert.up_proj", "ffn_up_shexp"),
            Map.entry("mlp.shared_expert.down_proj", "ffn_down_shexp"),
            Map.entry("mlp.shared_expert_gate", "ffn_gate_inp_shexp"));

    /** Matrices of one expert; w1, w2 and w3 are Mixtral's. */
    private static final Map<String, String> IN_EXPERT = Map.of(
            "gate_proj", "ffn_gate_exps",
            "up_proj", "ffn_up_exps",
            "down_proj", "ffn_down_exps",
            "w1", "ffn_gate_exps",
            "w3", "ffn_up_exps",
            "w2", "ffn_down_exps");

    private static final int MAX_INDEX = 1 << 16;

    private final AdapterBuilder builder;
    private final ModelSource source;
    private final Metadata base;
    private final String family;
    private final boolean reordered;

    /** Whether the names of this family's modules are known here. */
    static boolean know(String family) {
        return REORDERED.contains(family) || AS_THEY_ARE.contains(family);
    }

    PeftNames(ModelSource base, AdapterBuilder builder) {
        this.builder = builder;
        this.source = base;
        this.base = base.metadata();
        this.family = this.base.string("general.architecture");
        this.reordered = REORDERED.contains(family);
        if (!reordered && !AS_THEY_ARE.contains(family)) {
            Set<String> known = new TreeSet<>(REORDERED);
            known.addAll(AS_THEY_ARE);
            throw builder.unsupported(
                    "the base model",
                    "is of family '" + family + "', for which PEFT's names are not known here (known are "
                            + String.join(", ", known) + "); convert the adapter to GGUF first");
        }
    }

    /**
     * @param module such as {@code model.layers.0.self_attn.q_proj}
     * @param source the adapter's tensor, for messages
     */
    Place place(String module, String source) {
        String rest = module;
        // Models that also see have their text part one level down.
        while (rest.startsWith("model.") || rest.startsWith("language_model.")) {
            rest = rest.substring(rest.indexOf('.') + 1);
        }
        if (rest.equals("lm_head")) return new Place("output.weight", 0, 0);
        if (rest.equals("embed_tokens")) return new Place("token_embd.weight", 0, 0);
        if (!rest.startsWith("layers.")) throw unknown(module, source);
        rest = rest.substring("layers.".length());
        int layer = index(rest, module, source);
        rest = rest.substring(rest.indexOf('.') + 1);
        String blk = "blk." + layer + ".";
        for (String experts : new String[] {"mlp.experts.", "block_sparse_moe.experts."}) {
            if (!rest.startsWith(experts)) continue;
            rest = rest.substring(experts.length());
            int expert = index(rest, module, source);
            String name = IN_EXPERT.get(rest.substring(rest.indexOf('.') + 1));
            if (name == null) throw unknown(module, source);
            return new Place(blk + name + ".weight", expert, 0);
        }
        String name = IN_LAYER.get(rest);
        if (name == null) throw unknown(module, source);
        return new Place(blk + name + ".weight", 0, heads(name, layer));
    }

    /** The module of a plain matrix, the inverse of {@link #place}; null for one that is stacked or has no name there. */
    @Nullable
    String module(String tensor) {
        if (tensor.equals("output.weight")) return "lm_head";
        String[] name = tensor.split("\\.", -1);
        if (name.length != 4 || !name[0].equals("blk") || !name[3].equals("weight")) return null;
        boolean gateInUp = !source.tensors().containsKey("blk." + name[1] + ".ffn_gate.weight");
        for (var known : IN_LAYER.entrySet()) {
            if (!known.getValue().equals(name[2]) || known.getKey().startsWith("block_sparse_moe.")) continue;
            if (name[2].equals("ffn_up") && known.getKey().equals("mlp.gate_up_proj") != gateInUp) continue;
            return "model.layers." + name[1] + "." + known.getKey();
        }
        return null;
    }

    /**
     * The rows of a rotated projection, in the order of files that rotate adjacent pairs: Hugging Face pairs row
     * {@code i} of a head with row {@code i + size/2}.
     *
     * @param head rows of a head, an even number
     * @return from a row of the base model's GGUF to that of the Hugging Face model
     */
    static IntUnaryOperator paired(int head) {
        return row -> row - row % head + row % head % 2 * (head / 2) + row % head / 2;
    }

    private int heads(String name, int layer) {
        if (!reordered) return 0;
        return switch (name) {
            case "attn_q" -> count("attention.head_count", layer, 0);
            case "attn_k" -> count("attention.head_count_kv", layer, count("attention.head_count", layer, 0));
            default -> 0;
        };
    }

    /** A number of the family that may differ from layer to layer. */
    private int count(String suffix, int layer, int fallback) {
        String key = family + "." + suffix;
        Metadata.Value value = base.get(key);
        if (value != null && value.value() instanceof long[] each) {
            if (layer < each.length && each[layer] >= 1 && each[layer] <= MAX_INDEX) return (int) each[layer];
            throw builder.bad(key, "of the base model has no count for layer " + layer);
        }
        return fallback == 0 ? base.integerIn(key, 1, MAX_INDEX) : base.integerIn(key, 1, MAX_INDEX, fallback);
    }

    /** The decimal number that a name begins with, before a dot. */
    private int index(String name, String module, String source) {
        int dot = name.indexOf('.');
        if (dot < 1 || dot > 5 || !name.substring(0, dot).chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw unknown(module, source);
        }
        return Integer.parseInt(name.substring(0, dot));
    }

    private RuntimeException unknown(String module, String source) {
        return builder.bad(source, "is for module '" + module + "', which is not known in family '" + family + "'");
    }
}
