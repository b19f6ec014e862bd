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
}
