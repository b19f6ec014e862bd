package dev.dalang.engine.arch;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import org.jspecify.annotations.Nullable;

/**
 * A model's numbers, read from its metadata under the family's prefix ({@code llama.block_count}, …) and checked: each
 * lies in a range that the rest of the engine can rely on, so that no count of a hostile file reaches an allocation or
 * a division.
 */
public final class Hyper {

    /** Limits beyond every published model, and far below what would overflow. */
    private static final int MAX_LAYERS = 1 << 12;

    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_HEADS = 1 << 14;
    private static final int MAX_EXPERTS = 1 << 14;

    private final ModelSource file;
    private final Metadata metadata;
    private final String architecture;
    private final int contextInUse;

    /** @param contextInUse positions that sequences may take; 0 for as many as the model was trained for */
    public Hyper(ModelSource file, int contextInUse) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = metadata.string("general.architecture");
        this.contextInUse = contextInUse;
    }

    public ModelSource file() {
        return file;
    }

    public Metadata metadata() {
        return metadata;
    }

    /** The family's name, which is also the prefix of its keys. */
    public String architecture() {
        return architecture;
    }

    /** A key of this family. */
    public String key(String suffix) {
        return architecture + "." + suffix;
    }

    public boolean has(String suffix) {
        return metadata.has(key(suffix));
    }

    public int integer(String suffix, int min, int max) {
        return metadata.integerIn(key(suffix), min, max);
    }

    public int integer(String suffix, int min, int max, int fallback) {
        return metadata.integerIn(key(suffix), min, max, fallback);
    }

    public float real(String suffix, double fallback) {
        double value = metadata.real(key(suffix), fallback);
        if (!Double.isFinite(value)) throw bad(suffix, "is " + value + ", not a finite number");
        return (float) value;
    }

    /** How many layers a pass goes through; what only predicts further tokens (MTP) at the end is left out. */
    public int layers() {
        int blocks = integer("block_count", 1, MAX_LAYERS);
        return blocks - integer("nextn_predict_layers", 0, blocks - 1, 0);
    }

    /** The width of the residual stream. */
    public int embedding() {
        return integer("embedding_length", 1, MAX_WIDTH);
    }

    /** The context that the model was trained for. */
    public int contextLength() {
        return integer("context_length", 1, Integer.MAX_VALUE);
    }

    /** Positions that sequences may take. */
    public int contextInUse() {
        return contextInUse == 0 ? contextLength() : contextInUse;
    }

    /** The context before any stretching of the rotation. */
    public int originalContext() {
        int context = integer("rope.scaling.original_context_length", 0, Integer.MAX_VALUE, contextLength());
        return context == 0 ? contextLength() : context;
    }

    /** How many tokens the model knows, by its embedding table. */
    public int vocabulary() {
        TensorInfo t = file.tensors().get("token_embd.weight");
        if (t == null) {
            throw DalangException.badModelFile(
                    file.name() + ": tensor token_embd.weight is missing", file.name(), "token_embd.weight");
        }
        long rows = t.shape().length < 2 ? 1 : t.shape()[1];
        if (metadata.has("tokenizer.ggml.tokens")) {
            int tokens = metadata.strings("tokenizer.ggml.tokens").length;
            if (tokens == 0) {
                throw DalangException.badModelFile(
                        file.name() + ": tokenizer.ggml.tokens is empty", file.name(), "tokenizer.ggml.tokens");
            }
            // Published files pad the table; a table shorter than the vocabulary would be read past its end.
            if (rows < tokens) {
                throw DalangException.badModelFile(
                        file.name() + ": token_embd.weight has " + rows + " rows for " + tokens + " tokens",
                        file.name(),
                        "token_embd.weight");
            }
        }
        if (rows < 1 || rows > 1 << 24) {
            throw DalangException.badModelFile(
                    file.name() + ": token_embd.weight has " + rows + " rows", file.name(), "token_embd.weight");
        }
        return (int) rows;
    }

    /** Query heads of a layer: one number for all, or an array with one for each. */
    public int heads(int layer) {
        return perLayer("attention.head_count", layer, 1, MAX_HEADS, null);
    }

    /** Key-value heads of a layer; as many as query heads where the file does not say. */
    public int kvHeads(int layer) {
        int heads = heads(layer);
        int kv = perLayer("attention.head_count_kv", layer, 1, MAX_HEADS, heads);
        if (heads % kv != 0) {
            throw bad("attention.head_count_kv", "is " + kv + ", which does not divide the " + heads + " heads");
        }
        return kv;
    }

    /** As {@link #kvHeads}, with 0 for a layer without attention: how hybrid families mark their recurrent layers. */
    public int kvHeadsOrNone(int layer) {
        if (!has("attention.head_count_kv")) return perLayer("attention.head_count", layer, 0, MAX_HEADS, 0);
        return perLayer("attention.head_count_kv", layer, 0, MAX_HEADS, null) == 0 ? 0 : kvHeads(layer);
    }

    /** Elements of a query or key head. */
    public int keyDim() {
        return has("attention.key_length") ? integer("attention.key_length", 1, MAX_WIDTH) : width();
    }

    /** Elements of a value head. */
    public int valueDim() {
        return has("attention.value_length") ? integer("attention.value_length", 1, MAX_WIDTH) : width();
    }

    /** Elements of a head in layers with a sliding window, where they differ. */
    public int slidingKeyDim() {
        return integer("attention.key_length_swa", 1, MAX_WIDTH, keyDim());
    }

    /** Query heads of the first layer that has any: hybrid families may begin with one that has none. */
    public int headsOfFirst() {
        int layer = 0;
        while (layer < layers() - 1 && perLayer("attention.head_count", layer, 0, MAX_HEADS, null) == 0) layer++;
        return heads(layer);
    }

    private int width() {
        int heads = headsOfFirst();
        if (embedding() % heads != 0) {
            throw bad("attention.head_count", "is " + heads + ", which does not divide " + embedding());
        }
        return embedding() / heads;
    }

    public int feedForward(int layer) {
        return perLayer("feed_forward_length", layer, 1, MAX_WIDTH, null);
    }

    /** As {@link #feedForward}, with 0 for a layer without such a network. */
    public int feedForwardOrNone(int layer) {
        return perLayer("feed_forward_length", layer, 0, MAX_WIDTH, 0);
    }

    public int experts() {
        return integer("expert_count", 0, MAX_EXPERTS, 0);
    }

    public int expertsUsed() {
        int experts = experts();
        return experts == 0 ? 0 : integer("expert_used_count", 1, experts);
    }

    /** The width of an expert's hidden layer; some older files give the sum over those used for a token instead. */
    public int expertFeedForward(int layer) {
        int width = perLayer("expert_feed_forward_length", layer, 0, MAX_WIDTH, 0);
        return width != 0 ? width : Math.max(1, feedForward(layer) / Math.max(1, expertsUsed()));
    }

    /** The width of the experts that every token uses; 0 for none. */
    public int sharedFeedForward() {
        return integer("expert_shared_feed_forward_length", 0, MAX_WIDTH, 0);
    }

    /** The width of all shared experts together, where they are as wide as the others; 0 for none. */
    public int sharedExpertsWidth(int layer) {
        long width = (long) expertFeedForward(layer) * sharedExperts();
        if (width > MAX_WIDTH) throw bad("expert_shared_count", "makes a width of " + width);
        return (int) width;
    }

    public int sharedExperts() {
        return integer("expert_shared_count", 0, MAX_EXPERTS, 0);
    }

    /** Layers before the first with experts. */
    public int leadingDense() {
        return integer("leading_dense_block_count", 0, MAX_LAYERS, 0);
    }

    /** How the family's router chooses: groups from the file, all else as given. */
    public Experts.Routing routing(Experts.Scoring scoring, boolean normalise) {
        int experts = experts();
        if (experts == 0) throw bad("expert_count", "is 0 in a family of experts");
        int groups = integer("expert_group_count", 0, experts, 0);
        int used = groups > 1 ? integer("expert_group_used_count", 1, groups) : 1;
        if (groups > 1 && (experts % groups != 0 || experts / groups * used < expertsUsed())) {
            throw bad("expert_group_count", "is " + groups + ", which does not suit " + experts + " experts");
        }
        return new Experts.Routing(experts, expertsUsed(), scoring, normalise, 1, Math.max(1, groups), used, null);
    }

    /** As {@link #routing}, with scoring, normalisation and scale from the file where it gives them. */
    public Experts.Routing routingOfFile(Experts.Scoring scoring) {
        float scale = real("expert_weights_scale", 0);
        boolean normalise = metadata.bool(key("expert_weights_norm"), false);
        return routing(scoring(scoring), normalise).withScale(scale == 0 ? 1 : scale);
    }

    /** How the router scores, by the file's number for it. */
    public Experts.Scoring scoring(Experts.Scoring fallback) {
        return switch (integer("expert_gating_func", 0, 3, 0)) {
            case 1 -> Experts.Scoring.SOFTMAX;
            case 2 -> Experts.Scoring.SIGMOID;
            case 3 -> Experts.Scoring.SOFTMAX_OF_CHOSEN;
            default -> fallback;
        };
    }

    /** Factor on the weights of the chosen experts; some writers put 0 where there is none. */
    public float expertScale() {
        float scale = real("expert_weights_scale", 1);
        return scale == 0 ? 1 : scale;
    }

    /** Positions that a layer with a sliding window sees; 0 where the file has none. */
    public int slidingWindow() {
        return slidingWindow(0);
    }

    public int slidingWindow(int fallback) {
        return integer("attention.sliding_window", 0, Integer.MAX_VALUE, fallback);
    }

    /**
     * Whether a layer has the sliding window: by a flag for each layer, or all but every n-th.
     *
     * @param period n where the file does not say
     */
    public boolean slides(int layer, int period) {
        String suffix = "attention.sliding_window_pattern";
        Metadata.Value v = metadata.get(key(suffix));
        if (v != null && v.type() == Metadata.Type.ARRAY) {
            boolean[] flags = metadata.bools(key(suffix));
            if (layer >= flags.length) throw bad(suffix, "has " + flags.length + " flags for " + layers() + " layers");
            return flags[layer];
        }
        int every = integer(suffix, 0, MAX_LAYERS, period);
        return every == 0 || layer % every < every - 1;
    }

    public float rmsEpsilon() {
        return epsilon("attention.layer_norm_rms_epsilon");
    }

    public float layerNormEpsilon() {
        return epsilon("attention.layer_norm_epsilon");
    }

    private float epsilon(String suffix) {
        float e = (float) metadata.real(key(suffix));
        if (!(e >= 0) || e > 1) throw bad(suffix, "is " + e + ", outside 0..1");
        return e;
    }

    /** Whether positions have several coordinates, as in files of models that see pictures. */
    public boolean hasRopeSections() {
        if (!has("rope.dimension_sections")) return false;
        long[] sections = metadata.integers(key("rope.dimension_sections"));
        return sections.length >= 2 && sections[0] > 0 && sections[1] > 0;
    }

    /** How many elements of a head are rotated. */
    public int ropeDimensions(int headDim) {
        return ropeDimensions("rope.dimension_count", headDim, headDim);
    }

    /** How many elements of a head are rotated in layers with a sliding window, where they differ. */
    public int slidingRopeDimensions(int headDim) {
        int full = integer("rope.dimension_count", 0, MAX_WIDTH, keyDim());
        return ropeDimensions("rope.dimension_count_swa", headDim, full);
    }

    private int ropeDimensions(String suffix, int headDim, int fallback) {
        int dims = integer(suffix, 0, MAX_WIDTH, fallback);
        if (dims % 2 != 0) throw bad(suffix, "is odd: " + dims);
        if (dims > headDim) throw bad(suffix, "is " + dims + ", more than the " + headDim + " elements of a head");
        return dims;
    }

    public double ropeBase() {
        return ropeBase("rope.freq_base", 10_000);
    }

    public double ropeBase(String suffix, double fallback) {
        double base = metadata.real(key(suffix), fallback);
        if (!(base > 0) || Double.isInfinite(base)) throw bad(suffix, "is " + base + ", not a positive number");
        return base;
    }

    /** Whether a layer rotates, for families that have a form without: by a flag for each layer, or one for all. */
    public boolean rotates(int layer) {
        String suffix = "attention.rope_pattern";
        return has(suffix)
                ? perLayer(suffix, layer, 0, 1, null) == 1
                : metadata.bool(key("rope.scaling.finetuned"), true);
    }

    /** How the rotation is stretched; see {@link Rope.Scaling}. */
    public Rope.Scaling ropeScaling() {
        String type = metadata.string(key("rope.scaling.type"), "linear");
        // An older name of the factor; it means the same.
        double factor = metadata.real(key("rope.scaling.factor"), metadata.real(key("rope.scale_linear"), 1));
        if (factor == 0) factor = 1;
        if (!(factor > 0) || Double.isInfinite(factor)) throw bad("rope.scaling.factor", "is " + factor);
        double magnitude = metadata.real(key("rope.scaling.attn_factor"), 1);
        return switch (type) {
            case "none" -> new Rope.Scaling(1, false, 0, 32, 1, magnitude);
            case "linear", "longrope", "llama3" -> new Rope.Scaling(factor, false, 0, 32, 1, magnitude);
            case "yarn" ->
                new Rope.Scaling(
                        factor,
                        true,
                        originalContext(),
                        metadata.real(key("rope.scaling.yarn_beta_fast"), 32),
                        metadata.real(key("rope.scaling.yarn_beta_slow"), 1),
                        magnitude * yarnMagnitude(factor));
            default ->
                throw DalangException.unsupported(
                        file.name() + ": rope.scaling.type '" + type + "' is not supported",
                        "rope.scaling.type=" + type);
        };
    }

    /** The attention temperature of YaRN (Peng et al. 2023, equation 22), put into the rotated values. */
    private double yarnMagnitude(double factor) {
        double all = real("rope.scaling.yarn_log_multiplier", 0);
        return all == 0 ? yarnMagnitude(factor, 1) : yarnMagnitude(factor, 1) / yarnMagnitude(factor, all);
    }

    static double yarnMagnitude(double factor, double multiplier) {
        return factor <= 1 ? 1 : 0.1 * multiplier * Math.log(factor) + 1;
    }

    /** An integer that is one number for all layers or an array with one for each. */
    public int perLayer(String suffix, int layer, int min, int max, @Nullable Integer fallback) {
        Metadata.Value v = metadata.get(key(suffix));
        if (v == null && fallback != null) return fallback;
        if (v == null || v.type() != Metadata.Type.ARRAY) return integer(suffix, min, max);
        long[] all = metadata.integers(key(suffix));
        if (layer >= all.length) throw bad(suffix, "has " + all.length + " values for " + layers() + " layers");
        if (all[layer] < min || all[layer] > max) {
            throw bad(suffix, "is " + all[layer] + " for layer " + layer + ", outside " + min + ".." + max);
        }
        return (int) all[layer];
    }

    /** A number for each layer, or one for all; infinities are allowed. */
    public float perLayerReal(String suffix, int layer, float fallback) {
        Metadata.Value v = metadata.get(key(suffix));
        if (v == null) return fallback;
        if (v.type() != Metadata.Type.ARRAY) return (float) metadata.real(key(suffix));
        double[] all = metadata.reals(key(suffix));
        if (layer >= all.length) throw bad(suffix, "has " + all.length + " values for " + layers() + " layers");
        if (Double.isNaN(all[layer])) throw bad(suffix, "is not a number for layer " + layer);
        return (float) all[layer];
    }

    /** A broken key of this family. */
    public DalangException bad(String suffix, String what) {
        return DalangException.badModelFile(file.name() + ": " + key(suffix) + " " + what, file.name(), key(suffix));
    }
}
