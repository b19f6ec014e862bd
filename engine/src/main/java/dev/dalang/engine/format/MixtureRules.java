package dev.dalang.engine.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which type each tensor gets, by llama.cpp's rules, which count tensors of a kind in the order of layers and names. */
final class MixtureRules {

    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,6})\\..*");
    private static final int MAX_LAYERS = 1 << 16;
    private static final int EIGHT_EXPERTS = 8;

    /** Parts of names of what is small or sensitive and stays as it is. */
    private static final List<String> KEPT = List.of(
            "_norm.weight",
            "ffn_gate_inp.weight",
            "ffn_gate_tid2eid.weight",
            "altup",
            "laurel",
            "per_layer_model_proj",
            "ssm_conv1d",
            "shortconv.conv.weight",
            "indexer.k_proj.weight",
            "indexer.q_proj.weight",
            "time_mix_first.weight",
            "time_mix_w0.weight",
            "time_mix_w1.weight",
            "time_mix_w2.weight",
            "time_mix_v0.weight",
            "time_mix_v1.weight",
            "time_mix_v2.weight",
            "time_mix_a0.weight",
            "time_mix_a1.weight",
            "time_mix_a2.weight",
            "time_mix_g1.weight",
            "time_mix_g2.weight",
            "time_mix_decay_w1.weight",
            "time_mix_decay_w2.weight",
            "time_mix_lerp_fused.weight",
            "attn_rel_b.weight",
            "position_embd",
            "token_types.weight");

    private final Quantization mix;
    private final ModelSource model;
    private final String architecture;
    private final boolean falcon;
    private final int layers;
    private final int experts;
    private final int groups;
    private final boolean seventyBillion;
    private final boolean tied;
    private final int values;
    private int value;
    private int down;

    MixtureRules(Quantization mix, ModelSource model) {
        this.mix = mix;
        this.model = model;
        Metadata m = model.metadata();
        this.architecture = m.string("general.architecture");
        this.falcon = architecture.equals("falcon");
        this.layers = m.integerIn(architecture + ".block_count", 0, MAX_LAYERS, 0);
        this.experts = m.integerIn(architecture + ".expert_count", 0, MAX_LAYERS, 0);
        long heads = first("attention.head_count", 1);
        long kvHeads = first("attention.head_count_kv", heads);
        this.groups = kvHeads <= 0 ? 0 : (int) Math.min(heads / kvHeads, MAX_LAYERS);
        this.seventyBillion =
                layers == 80 && (architecture.equals("llama") && heads != kvHeads || architecture.equals("qwen2"));
        this.tied = !model.tensors().containsKey("output.weight");
        this.values = (int)
                model.tensors().keySet().stream().filter(MixtureRules::isValue).count();
    }

    private long first(String suffix, long fallback) {
        Metadata.Value v = model.metadata().get(architecture + "." + suffix);
        if (v == null) return fallback;
        if (v.value() instanceof long[] each) return each.length == 0 ? fallback : each[0];
        return model.metadata().integer(architecture + "." + suffix);
    }

    Map<String, BlockType> types() {
        List<TensorInfo> ordered = new ArrayList<>(model.tensors().values());
        ordered.sort(
                Comparator.comparingInt((TensorInfo t) -> layerOf(t.name())).thenComparing(TensorInfo::name));
        Map<String, BlockType> chosen = new HashMap<>();
        for (TensorInfo t : ordered) chosen.put(t.name(), type(t));
        Map<String, BlockType> types = new LinkedHashMap<>();
        for (String name : model.tensors().keySet()) types.put(name, chosen.get(name));
        return types;
    }

    private static int layerOf(String name) {
        Matcher m = LAYER.matcher(name);
        return m.matches() ? Integer.parseInt(m.group(1)) : -1;
    }

    private BlockType type(TensorInfo t) {
        if (!isQuantized(t)) return t.type();
        BlockType type = mix.type();
        if (type.blockElements() == 1) return type;
        return fitting(t, byRole(t, type));
    }

    private static boolean isQuantized(TensorInfo t) {
        int rank = t.rank();
        while (rank > 1 && t.dim(rank - 1) == 1) rank--;
        return rank > 1 && t.name().endsWith("weight") && KEPT.stream().noneMatch(t.name()::contains);
    }

    private BlockType byRole(TensorInfo t, BlockType type) {
        String name = t.name();
        boolean embeddings = name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight");
        if (name.equals("output.weight") || tied && embeddings) return output(t, type);
        if (mix == Quantization.MXFP4_MOE) return t.dim(2) > 1 ? BlockType.MXFP4 : BlockType.Q8_0;
        if (embeddings) return type == BlockType.TQ1_0 || type == BlockType.TQ2_0 ? BlockType.Q4_K : type;
        if (isValue(name)) return value(type);
        if (name.contains("attn_k.weight")) return experts == EIGHT_EXPERTS ? BlockType.Q8_0 : type;
        if (name.contains("attn_output.weight")) return attentionOutput(type);
        if (name.contains("ffn_down")) return down(name, type);
        return type;
    }

    /** What every answer depends on. */
    private BlockType output(TensorInfo t, BlockType type) {
        if (mix == Quantization.MXFP4_MOE || falcon || t.dim(0) % type.blockElements() != 0) return BlockType.Q8_0;
        return type == BlockType.Q8_0 ? type : BlockType.Q6_K;
    }

    private static boolean isValue(String name) {
        return Stream.of("attn_qkv.weight", "attn_kv_b.weight", "attn_v.weight").anyMatch(name::contains);
    }

    private BlockType value(BlockType type) {
        int i = value++;
        BlockType chosen = switch (mix) {
            case Q2_K -> groups >= 4 ? BlockType.Q4_K : BlockType.Q3_K;
            case Q3_K_M -> i < 2 ? BlockType.Q5_K : BlockType.Q4_K;
            case Q3_K_L -> BlockType.Q5_K;
            case IQ4_NL, IQ4_XS -> groups >= 4 ? BlockType.Q5_K : type;
            case Q4_K_M, Q5_K_M -> deservesMore(i, values) ? BlockType.Q6_K : type;
            case Q4_K_S -> i < 4 ? BlockType.Q5_K : type;
            default -> type;
        };
        // With many query heads to a value head the matrix is small beside the others.
        if (seventyBillion && (chosen == BlockType.Q3_K || chosen == BlockType.Q4_K)) chosen = BlockType.Q5_K;
        return experts == EIGHT_EXPERTS ? BlockType.Q8_0 : chosen;
    }

    private BlockType attentionOutput(BlockType type) {
        if (falcon) return mix == Quantization.Q3_K_L ? BlockType.Q4_K : type;
        if (experts == EIGHT_EXPERTS) {
            return switch (mix) {
                case Q2_K, Q3_K_S, Q3_K_M, IQ4_NL, IQ4_XS, Q4_K_S, Q4_K_M -> BlockType.Q5_K;
                default -> type;
            };
        }
        return switch (mix) {
            case Q2_K -> BlockType.Q3_K;
            case Q3_K_M -> BlockType.Q4_K;
            case Q3_K_L -> BlockType.Q5_K;
            default -> type;
        };
    }

    private BlockType down(String name, BlockType type) {
        int counted = down++;
        int i = experts > 1 ? layerOf(name) : counted;
        boolean early = i < layers / 8;
        return switch (mix) {
            case Q2_K -> BlockType.Q3_K;
            case Q3_K_M -> {
                if (i < layers / 16) yield BlockType.Q5_K;
                yield !falcon || deservesMore(i, layers) ? BlockType.Q4_K : BlockType.Q3_K;
            }
            case Q3_K_L -> falcon ? BlockType.Q4_K : BlockType.Q5_K;
            case Q4_K_M -> {
                if (!falcon) yield deservesMore(i, layers) ? BlockType.Q6_K : type;
                if (i < layers / 16) yield BlockType.Q6_K;
                yield deservesMore(i, layers) ? BlockType.Q5_K : type;
            }
            case Q5_K_M -> deservesMore(i, layers) ? BlockType.Q6_K : type;
            case IQ4_NL, IQ4_XS -> early ? BlockType.Q5_K : type;
            case Q4_K_S -> early && !falcon ? BlockType.Q5_K : type;
            default -> type;
        };
    }

    /** The first and last eighth, and every third between. */
    private static boolean deservesMore(int i, int n) {
        return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
    }

    /** A type whose blocks fill the rows. */
    private static BlockType fitting(TensorInfo t, BlockType type) {
        if (t.dim(0) % type.blockElements() == 0) return type;
        BlockType smaller = switch (type) {
            case IQ4_XS -> BlockType.IQ4_NL;
            case Q2_K, Q3_K, TQ1_0, TQ2_0 -> BlockType.Q4_0;
            case Q4_K -> BlockType.Q5_0;
            case Q5_K -> BlockType.Q5_1;
            case Q6_K -> BlockType.Q8_0;
            default -> BlockType.F16;
        };
        return t.dim(0) % smaller.blockElements() == 0 ? smaller : BlockType.F16;
    }
}
