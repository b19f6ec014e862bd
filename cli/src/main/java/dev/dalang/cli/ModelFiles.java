package dev.dalang.cli;

import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.ModelSources;
import java.nio.file.Path;

/** Opens what a MODEL argument points at. */
final class ModelFiles {
    private ModelFiles() {}

    static ModelSource open(Path path) {
        return ModelSources.open(path);
    }

    /** Bytes of all tensors, without headers and padding. */
    static long tensorBytes(ModelSource model) {
        return model.tensors().values().stream().mapToLong(TensorInfo::bytes).sum();
    }

    /** Elements of all tensors. */
    static long parameters(ModelSource model) {
        return model.tensors().values().stream().mapToLong(TensorInfo::elements).sum();
    }

    /**
     * Bytes of weights that one token of an answer reads: all but a table of embeddings that is not the output matrix
     * too, and of experts the share that is used.
     */
    static long bytesPerToken(ModelSource model) {
        String family = model.metadata().string("general.architecture", "");
        long experts = Math.max(1, model.metadata().integer(family + ".expert_count", 1));
        long used = Math.clamp(model.metadata().integer(family + ".expert_used_count", experts), 1, experts);
        boolean untied = model.tensors().containsKey("output.weight");
        return model.tensors().values().stream()
                .filter(t -> !(untied && t.name().equals("token_embd.weight")))
                .mapToLong(t -> t.name().contains("_exps.") ? t.bytes() / experts * used : t.bytes())
                .sum();
    }
}
