package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.huggingface.HuggingFaceFolder;
import dev.dalang.engine.sample.ModelSampling;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a path to a model may be: a GGUF file with everything in it, or a folder with a file for each thing. */
public final class ModelSources {

    private ModelSources() {}

    /** @throws DalangException if it is missing, broken, or of a kind that is not known here */
    public static ModelSource open(Path path) {
        return Files.isDirectory(path) ? HuggingFaceFolder.open(path) : Gguf.open(path);
    }

    /** The tokenizer that comes with the weights. */
    public static Tokenizer tokenizer(ModelSource source) {
        return source instanceof HuggingFaceFolder folder
                ? Tokenizers.fromFolder(folder.folder())
                : Tokenizers.fromGguf(source.metadata());
    }

    /** What the makers recommend. */
    static Sampling sampling(ModelSource source) {
        if (!(source instanceof HuggingFaceFolder folder)) return ModelSampling.fromMetadata(source.metadata());
        String json = folder.generationConfig();
        return json == null
                ? Sampling.DEFAULT
                : ModelSampling.fromGenerationConfig(
                        json, folder.folder().resolve("generation_config.json").toString());
    }
}
