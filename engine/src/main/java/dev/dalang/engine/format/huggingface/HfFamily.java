package dev.dalang.engine.format.huggingface;

import java.util.Map;
import java.util.function.BiConsumer;

/**
 * How checkpoints of one class become a GGUF family's.
 *
 * @param architecture GGUF's name of the family
 * @param naming of its tensors
 * @param keys adds what its metadata has beyond {@link Keys#common}, or in another way
 * @param tied whether the output matrix is always the embeddings, whatever a file holds beside them
 * @param defaults of keys that configurations leave out
 */
record HfFamily(
        String architecture, Naming naming, BiConsumer<Config, Keys> keys, boolean tied, Map<String, Object> defaults) {

    static HfFamily of(String architecture, Naming naming, BiConsumer<Config, Keys> keys) {
        return new HfFamily(architecture, naming, keys, false, Map.of());
    }

    HfFamily withTiedOutput() {
        return new HfFamily(architecture, naming, keys, true, defaults);
    }

    HfFamily withDefaults(Map<String, Object> values) {
        return new HfFamily(architecture, naming, keys, tied, values);
    }
}
