package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.format.huggingface.HuggingFaceFolder;
import dev.dalang.engine.sample.ModelSampling;
import dev.dalang.engine.tokenizer.GgufVocabulary;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

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

    /** The metadata of a GGUF file of the model: of a folder, with the tokenizer in it. */
    public static Metadata portableMetadata(ModelSource source) {
        if (!(source instanceof HuggingFaceFolder folder)) return source.metadata();
        Map<String, Metadata.Value> all = new LinkedHashMap<>(source.metadata().asMap());
        TensorInfo embeddings = source.tensors().get("token_embd.weight");
        long rows = embeddings == null ? 0 : embeddings.rows();
        all.putAll(GgufVocabulary.of(folder.folder(), (int) Math.min(rows, Integer.MAX_VALUE)));
        return new Metadata(source.name(), all);
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
