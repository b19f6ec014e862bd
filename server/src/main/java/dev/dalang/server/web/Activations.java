package dev.dalang.server.web;

import dev.dalang.engine.format.ModelSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The non-linear function of a model's feed-forward networks, in the field's words. Files do not name it: it belongs to the
 * family, and a gate can be seen in the tensors.
 */
public final class Activations {

    /** Where it is not SwiGLU, by {@code general.architecture}. */
    private static final Map<String, String> BY_FAMILY = Map.ofEntries(
            Map.entry("arcee", "squared ReLU"),
            Map.entry("bert", "GELU"),
            Map.entry("bloom", "GELU"),
            Map.entry("codeshell", "GELU"),
            Map.entry("falcon", "GELU"),
            Map.entry("gemma", "GEGLU"),
            Map.entry("gemma2", "GEGLU"),
            Map.entry("gemma3", "GEGLU"),
            Map.entry("gemma3n", "GEGLU"),
            Map.entry("gemma4", "GEGLU"),
            Map.entry("gpt-oss", "SwiGLU, clamped"),
            Map.entry("gpt2", "GELU"),
            Map.entry("gptneox", "GELU"),
            Map.entry("grok", "GEGLU"),
            Map.entry("jina-bert-v2", "GEGLU"),
            Map.entry("jina-bert-v3", "GELU"),
            Map.entry("mpt", "GELU"),
            Map.entry("nemotron", "squared ReLU"),
            Map.entry("nemotron_h", "squared ReLU"),
            Map.entry("nemotron_h_moe", "squared ReLU"),
            Map.entry("nomic-bert-moe", "GELU"),
            Map.entry("phi2", "GELU"),
            Map.entry("smallthinker", "ReLU, gated"),
            Map.entry("starcoder", "GELU"),
            Map.entry("starcoder2", "GELU"));

    /** Gate and up-projection in one tensor, so that no gate is to be seen. */
    private static final Set<String> GATED_IN_ONE = Set.of("chatglm", "glm4", "phi3");

    private Activations() {}

    /** Null where it is not known. */
    public static @Nullable String of(ModelSource model) {
        String family = model.metadata().string("general.architecture", "");
        String known = BY_FAMILY.get(family);
        if (known != null) return known;
        // A gate beside the up-projection is what SwiGLU looks like in a file.
        boolean gated = model.tensors().keySet().stream()
                .anyMatch(t -> t.contains(".ffn_gate.") || t.contains(".ffn_gate_exps.") || t.contains("ffn_gate_up"));
        return gated || GATED_IN_ONE.contains(family) ? "SwiGLU" : null;
    }
}
