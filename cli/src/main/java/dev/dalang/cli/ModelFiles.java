package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens what a MODEL argument points at. */
final class ModelFiles {
    private ModelFiles() {}

    static ModelSource open(Path path) {
        if (Files.isDirectory(path)) {
            throw DalangException.unsupported(
                    path + ": folders of safetensors are not read by this build; use a .gguf file", "safetensors");
        }
        return Gguf.open(path);
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
