package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code config.json}. What a model for pictures and text says of its text part stands before what it says of itself.
 * Code that the file asks to run ({@code auto_map}) is never run.
 */
final class Config {

    private static final int MAX_COUNT = 1 << 24;

    private final JsonValue root;
    private final JsonValue text;

    private final JsonValue defaults;

    private Config(JsonValue root, Map<String, Object> defaults) {
        this.root = root;
        JsonValue text = root.get("text_config");
        this.text = text.isObject() ? text : root.get("llm_config");
        this.defaults = new JsonValue(root.file(), "", defaults);
    }

    static Config read(Path folder) {
        return new Config(JsonValue.read(folder.resolve("config.json")), Map.of());
    }

    /** The same, with values for keys that files of a family leave out. */
    Config withDefaults(Map<String, Object> values) {
        return new Config(root, values);
    }

    /** The first of these keys that is there and not null; a null value if there is none. */
    JsonValue get(String... keys) {
        for (String key : keys) {
            if (!text.get(key).isNull()) return text.get(key);
            if (!root.get(key).isNull()) return root.get(key);
            if (!defaults.get(key).isNull()) return defaults.get(key);
        }
        return root.get(keys[0]);
    }

    boolean has(String key) {
        return !get(key).isNull();
    }

    /** A count that must be there. */
    int count(String... keys) {
        return (int) get(keys).integer(1, MAX_COUNT);
    }

    int count(String key, int fallback) {
        return has(key) ? count(key) : fallback;
    }

    double real(String key, double fallback) {
        return has(key) ? get(key).real() : fallback;
    }

    int layers() {
        return (int)
                get("num_hidden_layers", "n_layers", "n_layer", "num_layers").integer(1, 1 << 12);
    }

    int heads() {
        return count("num_attention_heads", "n_head", "n_heads");
    }

    int kvHeads() {
        JsonValue kv = get("num_key_value_heads", "n_kv_heads", "n_head_kv");
        return kv.isNull() ? heads() : (int) kv.integer(1, MAX_COUNT);
    }

    int width() {
        return count("hidden_size", "n_embd", "dim");
    }

    /** Elements of a head: as given, or the width over the heads. */
    int headDim() {
        return has("head_dim") ? count("head_dim") : widthOverHeads();
    }

    int widthOverHeads() {
        return width() / heads();
    }

    /**
     * The class that the checkpoint is of, such as {@code LlamaForCausalLM}.
     *
     * @throws DalangException (bad model file) if the file does not say
     */
    String architecture() {
        JsonValue list = root.get("architectures");
        String name =
                list.isList() && !list.list().isEmpty() ? list.list().getFirst().stringOrNull() : null;
        if (name == null) throw list.bad("does not name the model's class");
        return name;
    }

    String file() {
        return root.file();
    }

    /** How the rotation is set, wherever this version of the format keeps it. */
    RopeParameters rope() {
        return RopeParameters.of(this);
    }

    /** For each layer whether it has the sliding window, by {@code layer_types}; null where it is not given. */
    boolean @Nullable [] slidingLayers() {
        JsonValue types = get("layer_types");
        if (!types.isList()) return null;
        List<JsonValue> list = types.list();
        if (list.size() < layers()) throw types.bad("has " + list.size() + " entries for " + layers() + " layers");
        boolean[] slides = new boolean[layers()];
        for (int i = 0; i < slides.length; i++)
            slides[i] = "sliding_attention".equals(list.get(i).stringOrNull());
        return slides;
    }
}
