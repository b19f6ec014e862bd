package dev.dalang.train.tune;

import dev.dalang.api.DalangException;
import dev.dalang.engine.adapter.AdapterTarget;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which matrices of a model get an adapter, by the names that people know them under. */
final class LinearTargets {

    /** All of attention and feed-forward, as PEFT's {@code all-linear}. */
    static final String ALL = "all-linear";

    /** From the names in Hugging Face's models to the ones in GGUF files. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("q_proj", "attn_q"),
            Map.entry("k_proj", "attn_k"),
            Map.entry("v_proj", "attn_v"),
            Map.entry("o_proj", "attn_output"),
            Map.entry("qkv_proj", "attn_qkv"),
            Map.entry("gate_proj", "ffn_gate"),
            Map.entry("up_proj", "ffn_up"),
            Map.entry("gate_up_proj", "ffn_up"),
            Map.entry("down_proj", "ffn_down"),
            Map.entry("lm_head", "output"));

    private LinearTargets() {}

    /**
     * The tensors of the given names.
     *
     * @param adaptable the model's matrices that adapters can change
     * @param names {@code q_proj} or {@code attn_q} and so on, or {@link #ALL}
     * @return names of tensors, in alphabetical order
     * @throws DalangException (invalid request) for a name that the model has no matrix of
     */
    static Set<String> tensors(Map<String, AdapterTarget> adaptable, Collection<String> names) {
        Map<String, Set<String>> byKind = new TreeMap<>();
        adaptable.forEach((tensor, target) -> {
            if (target.count() == 1)
                byKind.computeIfAbsent(kind(tensor), k -> new TreeSet<>()).add(tensor);
        });
        Set<String> chosen = new TreeSet<>();
        for (String name : names) {
            if (name.equals(ALL)) {
                byKind.forEach((kind, tensors) -> {
                    if (kind.startsWith("attn_") || kind.startsWith("ffn_")) chosen.addAll(tensors);
                });
                continue;
            }
            Set<String> tensors = byKind.get(NAMES.getOrDefault(name, name));
            if (tensors == null) {
                Set<String> known = new LinkedHashSet<>(List.of(ALL));
                known.addAll(byKind.keySet());
                throw DalangException.invalidRequest(
                        "the model has no matrix called '" + name + "'; there are " + String.join(", ", known),
                        "targets");
            }
            chosen.addAll(tensors);
        }
        if (chosen.isEmpty()) {
            throw DalangException.invalidRequest("the targets name no matrix of the model", "targets");
        }
        return chosen;
    }

    /** {@code attn_q} of {@code blk.3.attn_q.weight}. */
    private static String kind(String tensor) {
        String[] parts = tensor.split("\\.", -1);
        return parts.length == 4 ? parts[2] : parts[0];
    }
}
