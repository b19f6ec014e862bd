package dev.dalang.train.export;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes a model that was learned as files: GGUF of one or several types, and a folder in Hugging Face's form. */
public final class ModelExport {

    private final ModelSource model;
    private final About about;
    private final int threads;

    /** @param model with the metadata of its GGUF file, tokenizer included */
    public ModelExport(ModelSource model, About about, int threads) {
        this.model = model;
        this.about = about;
        this.threads = threads;
    }

    /**
     * Writes {@code NAME-TYPE.gguf} for each type, and {@code huggingface}.
     *
     * @param folder that exists
     * @param dtype of the weights in Hugging Face's form, or null for none
     * @param tokenizerJson text of its {@code tokenizer.json}; needed with {@code dtype}
     * @return what was written
     * @throws DalangException (storage) if a file cannot be written
     */
    public List<Path> write(
            Path folder,
            List<Quantization> types,
            @Nullable Dtype dtype,
            @Nullable String tokenizerJson,
            Cancellation cancellation) {
        List<Path> written = new ArrayList<>();
        for (Quantization type : types) {
            Path file = folder.resolve(fileName() + "-" + type.name() + ".gguf");
            new ModelQuantizer(model, type)
                    .write(file, model.metadata(), threads, (i, n, tensor, to) -> {}, cancellation);
            written.add(file);
        }
        if (dtype != null && tokenizerJson != null) {
            Path target = folder.resolve("huggingface");
            try {
                Files.createDirectories(target);
            } catch (IOException e) {
                throw new DalangException(
                        new Failure.Storage(target + " cannot be made: " + e.getMessage(), target.toString()), e);
            }
            new HuggingFaceExport(model, dtype).write(target, tokenizerJson);
            written.add(target);
        }
        return written;
    }

    /** The model's name as a file's: {@code Tiny Tales} is {@code tiny-tales}. */
    private String fileName() {
        String name = about.name()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9.]+", "-")
                .replaceAll("^[-.]+|-+$", "");
        return name.isEmpty() ? "model" : name;
    }
}
