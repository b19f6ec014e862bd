package dev.dalang.server.web;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a model is made of, out of its metadata and the list of its tensors; no weight is read. */
final class Anatomy {

    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\.(.+)");

    /** The parts that people know, and how the tensors of each are called. */
    private enum Part {
        EMBEDDING("token_embd|position_embd|per_layer_token_embd"),
        OUTPUT("output|output_b|cls.*"),
        EXPERTS("ffn_.*_exps.*|ffn_gate_inp.*|ffn_.*_shexp.*|exp_probs.*"),
        FEED_FORWARD("ffn_(up|down|gate|gate_up).*"),
        ATTENTION("attn_(q|k|v|qkv|output|sinks|gate|kv|q_a|q_b|kv_a|kv_b|k_b|v_b).*|wqkv.*"),
        RECURRENCE("ssm_.*|shortconv.*|time_mix.*|attn_.*_conv.*"),
        NORM(".*norm.*"),
        OTHER(".*");

        final Pattern names;

        Part(String names) {
            this.names = Pattern.compile("(" + names + ")(\\.weight|\\.bias)?");
        }

        static Part of(String name) {
            if (name.contains("norm")) return NORM;
            for (Part p : values()) if (p.names.matcher(name).matches()) return p;
            return OTHER;
        }

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Sums of a group of tensors. */
    private static final class Sum {
        long parameters;
        long bytes;
        int tensors;

        void add(TensorInfo t) {
            parameters += t.elements();
            bytes += t.bytes();
            tensors++;
        }

        ObjectNode node(String name, String value) {
            return Json.object()
                    .put(name, value)
                    .put("parameters", parameters)
                    .put("bytes", bytes)
                    .put("tensors", tensors);
        }
    }

    private Anatomy() {}

    static ObjectNode of(String name, ModelSource source) {
        Metadata m = source.metadata();
        String family = m.string("general.architecture", "unknown");
        ObjectNode tree = Json.object().put("model", name).put("family", family);
        tree.put("title", m.string("general.name", name));
        number(tree, "layers", m, family + ".block_count");
        number(tree, "embedding", m, family + ".embedding_length");
        number(tree, "context", m, family + ".context_length");
        number(tree, "feed_forward", m, family + ".feed_forward_length");
        number(tree, "heads", m, family + ".attention.head_count");
        number(tree, "kv_heads", m, family + ".attention.head_count_kv");
        number(tree, "key_length", m, family + ".attention.key_length");
        number(tree, "window", m, family + ".attention.sliding_window");
        number(tree, "experts", m, family + ".expert_count");
        number(tree, "experts_used", m, family + ".expert_used_count");
        Metadata.Value base = m.get(family + ".rope.freq_base");
        if (base != null) tree.put("rope_base", m.real(family + ".rope.freq_base"));
        tree.put("activation", Activations.of(source));
        if (m.has("tokenizer.ggml.tokens")) tree.put("vocabulary", m.strings("tokenizer.ggml.tokens").length);
        tensors(tree, source);
        return tree;
    }

    /** Layers may differ; then the first one's number stands for them. */
    private static void number(ObjectNode tree, String name, Metadata m, String key) {
        Metadata.Value value = m.get(key);
        if (value == null) return;
        if (value.type() == Metadata.Type.ARRAY) {
            long[] all = m.integers(key);
            if (all.length > 0) tree.put(name, all[0]).put(name + "_differ", true);
        } else {
            tree.put(name, m.integer(key));
        }
    }

    private static void tensors(ObjectNode tree, ModelSource source) {
        Sum all = new Sum();
        Map<Part, Sum> parts = new TreeMap<>();
        Map<String, Sum> types = new TreeMap<>();
        Map<Integer, List<TensorInfo>> layers = new TreeMap<>();
        List<TensorInfo> outside = new ArrayList<>();
        for (TensorInfo t : source.tensors().values()) {
            Matcher layer = LAYER.matcher(t.name());
            boolean inside = layer.matches();
            String own = inside ? layer.group(2) : t.name();
            all.add(t);
            parts.computeIfAbsent(Part.of(own), p -> new Sum()).add(t);
            types.computeIfAbsent(t.type().name(), p -> new Sum()).add(t);
            if (inside) {
                layers.computeIfAbsent(Integer.parseInt(layer.group(1)), i -> new ArrayList<>())
                        .add(t);
            } else {
                outside.add(t);
            }
        }
        tree.put("parameters", all.parameters).put("bytes", all.bytes);
        ArrayNode partList = Json.array();
        parts.forEach((p, sum) -> partList.add(sum.node("part", p.word())));
        tree.set("parts", partList);
        ArrayNode typeList = Json.array();
        types.forEach((type, sum) -> typeList.add(sum.node("type", type)));
        tree.set("types", typeList);
        ArrayNode layerList = Json.array();
        layers.forEach((i, list) -> {
            ObjectNode node = Json.object().put("index", i);
            node.set("tensors", nodes(list));
            layerList.add(node);
        });
        tree.set("blocks", layerList);
        tree.set("outside", nodes(outside));
    }

    private static ArrayNode nodes(List<TensorInfo> tensors) {
        ArrayNode list = Json.array();
        for (TensorInfo t : tensors) {
            Matcher layer = LAYER.matcher(t.name());
            ObjectNode node = Json.object()
                    .put("name", t.name())
                    .put(
                            "part",
                            Part.of(layer.matches() ? layer.group(2) : t.name()).word())
                    .put("type", t.type().name())
                    .put("parameters", t.elements())
                    .put("bytes", t.bytes());
            ArrayNode shape = Json.array();
            for (long d : t.shape()) shape.add(d);
            node.set("shape", shape);
            list.add(node);
        }
        return list;
    }
}
