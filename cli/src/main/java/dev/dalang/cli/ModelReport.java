package dev.dalang.cli;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.server.web.Activations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is inside a model file, as a tree of sections that prints and turns into JSON. A field that the file does not
 * state is left out.
 */
final class ModelReport {

    /** The meaning of {@code general.file_type}: the recipe that the quantiser followed. */
    private static final Map<Long, String> FILE_TYPES = Map.ofEntries(
            Map.entry(0L, "F32"),
            Map.entry(1L, "F16"),
            Map.entry(2L, "Q4_0"),
            Map.entry(3L, "Q4_1"),
            Map.entry(7L, "Q8_0"),
            Map.entry(8L, "Q5_0"),
            Map.entry(9L, "Q5_1"),
            Map.entry(10L, "Q2_K"),
            Map.entry(11L, "Q3_K_S"),
            Map.entry(12L, "Q3_K_M"),
            Map.entry(13L, "Q3_K_L"),
            Map.entry(14L, "Q4_K_S"),
            Map.entry(15L, "Q4_K_M"),
            Map.entry(16L, "Q5_K_S"),
            Map.entry(17L, "Q5_K_M"),
            Map.entry(18L, "Q6_K"),
            Map.entry(19L, "IQ2_XXS"),
            Map.entry(20L, "IQ2_XS"),
            Map.entry(21L, "Q2_K_S"),
            Map.entry(22L, "IQ3_XS"),
            Map.entry(23L, "IQ3_XXS"),
            Map.entry(24L, "IQ1_S"),
            Map.entry(25L, "IQ4_NL"),
            Map.entry(26L, "IQ3_S"),
            Map.entry(27L, "IQ3_M"),
            Map.entry(28L, "IQ2_S"),
            Map.entry(29L, "IQ2_M"),
            Map.entry(30L, "IQ4_XS"),
            Map.entry(31L, "IQ1_M"),
            Map.entry(32L, "BF16"),
            Map.entry(36L, "TQ1_0"),
            Map.entry(37L, "TQ2_0"),
            Map.entry(38L, "MXFP4_MOE"));

    /** What {@code tokenizer.ggml.model} means. */
    private static final Map<String, String> TOKENIZERS = Map.of(
            "llama", "SentencePiece BPE",
            "gpt2", "byte-level BPE",
            "bert", "WordPiece",
            "t5", "SentencePiece Unigram");

    /** Roles of special tokens: the key is {@code tokenizer.ggml.ROLE_token_id}. */
    private static final List<String> ROLES = List.of(
            "bos",
            "eos",
            "eot",
            "eom",
            "unknown",
            "seperator",
            "padding",
            "cls",
            "mask",
            "fim_pre",
            "fim_suf",
            "fim_mid",
            "fim_pad",
            "fim_rep",
            "fim_sep");

    private final ModelSource model;
    private final Metadata meta;
    private final String architecture;

    ModelReport(ModelSource model) {
        this.model = model;
        this.meta = model.metadata();
        this.architecture = meta.string("general.architecture", "unknown");
    }

    Map<String, @Nullable Object> tree() {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        section(tree, "model", general());
        section(tree, "shape", shape());
        section(tree, "rope", rope());
        section(tree, "tokenizer", tokenizer());
        section(tree, "special_tokens", specialTokens());
        section(tree, "weights", weights());
        section(tree, "license", license());
        return tree;
    }

    /** {@code general.file_type} in words, or the type that most weights have. */
    String quantization() {
        String named = meta.has("general.file_type") ? FILE_TYPES.get(meta.integer("general.file_type")) : null;
        if (named != null) return named;
        return bytesByType().entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(e -> e.getKey().name())
                .orElse("none");
    }

    String architecture() {
        return architecture;
    }

    private Map<String, @Nullable Object> general() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        s.put("architecture", architecture);
        copy(s, "name", "general.name");
        copy(s, "size_label", "general.size_label");
        copy(s, "finetune", "general.finetune");
        copy(s, "version", "general.version");
        copy(s, "author", "general.author");
        copy(s, "organization", "general.organization");
        copy(s, "quantized_by", "general.quantized_by");
        copy(s, "source", "general.source.url");
        copy(s, "repository", "general.repo_url");
        copy(s, "base_model", "general.base_model.0.name");
        copy(s, "languages", "general.languages");
        copy(s, "tags", "general.tags");
        s.put("parameters", ModelFiles.parameters(model));
        s.put("quantization", quantization());
        return s;
    }

    private Map<String, @Nullable Object> shape() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        own(s, "layers", "block_count");
        own(s, "context_length", "context_length");
        own(s, "embedding_length", "embedding_length");
        own(s, "feed_forward_length", "feed_forward_length");
        String activation = Activations.of(model);
        if (activation != null) s.put("activation", activation);
        own(s, "heads", "attention.head_count");
        own(s, "kv_heads", "attention.head_count_kv");
        own(s, "key_length", "attention.key_length");
        own(s, "value_length", "attention.value_length");
        own(s, "sliding_window", "attention.sliding_window");
        own(s, "attention_softcap", "attn_logit_softcapping");
        own(s, "output_softcap", "final_logit_softcapping");
        own(s, "rms_norm_epsilon", "attention.layer_norm_rms_epsilon");
        own(s, "layer_norm_epsilon", "attention.layer_norm_epsilon");
        own(s, "experts", "expert_count");
        own(s, "experts_used", "expert_used_count");
        own(s, "experts_shared", "expert_shared_count");
        own(s, "expert_feed_forward_length", "expert_feed_forward_length");
        own(s, "leading_dense_layers", "leading_dense_block_count");
        own(s, "state_size", "ssm.state_size");
        own(s, "convolution_kernel", "ssm.conv_kernel");
        own(s, "pooling_type", "pooling_type");
        if (!model.tensors().isEmpty()) s.put("tied_output", !model.tensors().containsKey("output.weight"));
        return s;
    }

    private Map<String, @Nullable Object> rope() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        own(s, "dimensions", "rope.dimension_count");
        own(s, "base", "rope.freq_base");
        // The format's default, for files of llama's first generation that do not state it.
        if (!s.isEmpty()) s.putIfAbsent("base", 10_000f);
        own(s, "base_sliding_window", "rope.freq_base_swa");
        own(s, "scaling", "rope.scaling.type");
        own(s, "factor", "rope.scaling.factor");
        own(s, "original_context_length", "rope.scaling.original_context_length");
        own(s, "attention_factor", "rope.scaling.attn_factor");
        for (String name : List.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")) {
            boolean there = model.tensors().keySet().stream().anyMatch(t -> t.endsWith(name));
            if (there) s.put(name.substring(0, name.length() - ".weight".length()), "from a tensor");
        }
        return s;
    }

    private Map<String, @Nullable Object> tokenizer() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        copy(s, "kind", "tokenizer.ggml.model");
        Metadata.Value kind = meta.get("tokenizer.ggml.model");
        String algorithm = kind != null && kind.value() instanceof String k ? TOKENIZERS.get(k) : null;
        if (algorithm != null) s.put("algorithm", algorithm);
        copy(s, "pre_tokenizer", "tokenizer.ggml.pre");
        if (meta.has("tokenizer.ggml.tokens")) {
            s.put("vocabulary_size", meta.strings("tokenizer.ggml.tokens").length);
        }
        if (meta.has("tokenizer.ggml.merges")) s.put("merges", meta.strings("tokenizer.ggml.merges").length);
        copy(s, "add_bos", "tokenizer.ggml.add_bos_token");
        copy(s, "add_eos", "tokenizer.ggml.add_eos_token");
        copy(s, "add_space_prefix", "tokenizer.ggml.add_space_prefix");
        if (!s.isEmpty()) s.put("chat_template", meta.stringOrNull("tokenizer.chat_template"));
        List<String> named = meta.keys().stream()
                .filter(k -> k.startsWith("tokenizer.chat_template."))
                .map(k -> k.substring("tokenizer.chat_template.".length()))
                .toList();
        if (!named.isEmpty()) s.put("further_templates", named);
        return s;
    }

    private Map<String, @Nullable Object> specialTokens() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        String[] tokens = meta.has("tokenizer.ggml.tokens") ? meta.strings("tokenizer.ggml.tokens") : new String[0];
        for (String role : ROLES) {
            String key = "tokenizer.ggml." + role + "_token_id";
            if (!meta.has(key)) continue;
            long id = meta.integer(key);
            Map<String, @Nullable Object> token = new LinkedHashMap<>();
            token.put("id", id);
            if (id >= 0 && id < tokens.length) token.put("text", tokens[(int) id]);
            // The format's own key is misspelt.
            s.put(role.equals("seperator") ? "separator" : role, token);
        }
        return s;
    }

    private Map<String, @Nullable Object> weights() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        long total = ModelFiles.tensorBytes(model);
        s.put("tensors", model.tensors().size());
        s.put("bytes", total);
        List<Map<String, Object>> types = new ArrayList<>();
        bytesByType().entrySet().stream()
                .sorted(Map.Entry.<BlockType, Long>comparingByValue(Comparator.reverseOrder()))
                .forEach(e -> {
                    Map<String, Object> type = new LinkedHashMap<>();
                    type.put("type", e.getKey().name());
                    type.put("tensors", count(e.getKey()));
                    type.put("bytes", e.getValue());
                    type.put("share", total == 0 ? 0.0 : Math.round(1e4 * e.getValue() / total) / 1e4);
                    types.add(type);
                });
        s.put("types", types);
        return s;
    }

    private Map<String, @Nullable Object> license() {
        Map<String, @Nullable Object> s = new LinkedHashMap<>();
        copy(s, "license", "general.license");
        copy(s, "name", "general.license.name");
        copy(s, "link", "general.license.link");
        return s;
    }

    private Map<BlockType, Long> bytesByType() {
        Map<BlockType, Long> bytes = new TreeMap<>();
        for (TensorInfo t : model.tensors().values()) bytes.merge(t.type(), t.bytes(), Long::sum);
        return bytes;
    }

    private int count(BlockType type) {
        return (int)
                model.tensors().values().stream().filter(t -> t.type() == type).count();
    }

    private void own(Map<String, @Nullable Object> section, String name, String suffix) {
        copy(section, name, architecture + "." + suffix);
    }

    private void copy(Map<String, @Nullable Object> section, String name, String key) {
        Metadata.Value value = meta.get(key);
        if (value != null) section.put(name, value(value));
    }

    private static void section(Map<String, @Nullable Object> tree, String name, Map<String, @Nullable Object> fields) {
        if (!fields.isEmpty()) tree.put(name, fields);
    }

    /** A metadata value as {@link Json} takes it. */
    static Object value(Metadata.Value value) {
        if (value.value() instanceof Metadata.Value[] nested) {
            List<Object> list = new ArrayList<>();
            for (Metadata.Value v : nested) list.add(value(v));
            return list;
        }
        // As a float it prints as it was written, without digits that only the widening made.
        if (value.type() == Metadata.Type.FLOAT32 && value.value() instanceof Double d) return d.floatValue();
        return value.value();
    }
}
