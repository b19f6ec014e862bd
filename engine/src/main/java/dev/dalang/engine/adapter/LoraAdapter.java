package dev.dalang.engine.adapter;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter that fits a base model: low-rank additions by the names of the tensors that they change. Immutable,
 * and independent of the file that it was read from.
 */
public final class LoraAdapter {

    private final String name;
    private final Map<String, @Nullable LowRank[]> additions;

    LoraAdapter(String name, Map<String, @Nullable LowRank[]> additions) {
        this.name = name;
        this.additions = additions;
    }

    /**
     * Reads an adapter: a PEFT folder ({@code adapter_config.json} and {@code adapter_model.safetensors}), or a GGUF
     * file whose {@code general.type} is {@code adapter}.
     *
     * @param name what requests call it
     * @param base the model that it is for
     * @param targets the tensors of {@code base} that an adapter can change
     * @throws DalangException (storage) if a file cannot be read, (bad model file) if one is broken or made for another
     *     model, (unsupported) if it asks for something that would be left out
     */
    public static LoraAdapter open(String name, Path path, ModelSource base, Map<String, AdapterTarget> targets) {
        AdapterBuilder builder = new AdapterBuilder(path.toString(), base, targets);
        if (Files.isDirectory(path)) PeftAdapter.read(path, base, builder);
        else GgufAdapter.read(path, base, builder);
        return builder.build(name);
    }

    public String name() {
        return name;
    }

    /** The tensors that it changes, in alphabetical order. */
    public Iterable<String> tensors() {
        return new TreeSet<>(additions.keySet());
    }

    /**
     * What it adds to a matrix, or null.
     *
     * @param part index of the matrix in a tensor that stacks several
     */
    public @Nullable LowRank addition(String tensor, int part) {
        @Nullable LowRank[] all = additions.get(tensor);
        return all == null ? null : all[part];
    }

    @Override
    public String toString() {
        return name;
    }
}
