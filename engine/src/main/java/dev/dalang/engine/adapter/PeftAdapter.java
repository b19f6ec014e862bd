package dev.dalang.engine.adapter;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Safetensors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Adapters in folders of Hugging Face's PEFT: {@code adapter_config.json}, and {@code adapter_model.safetensors} with
 * {@code base_model.model.MODULE.lora_A.weight} {@code [rank, inputs]} and {@code …lora_B.weight}
 * {@code [outputs, rank]} under the names of the Hugging Face model.
 */
final class PeftAdapter {

    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";
    private static final int MAX_CONFIG_BYTES = 1 << 20;

    static final String PREFIX = "base_model.model.";
    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";

    private static final Set<Dtype> FLOATS = Set.of(Dtype.F16, Dtype.BF16, Dtype.F32, Dtype.F64);

    private PeftAdapter() {}

    static void read(Path folder, ModelSource base, AdapterBuilder builder) {
        PeftConfig config =
                PeftConfig.read(config(folder, builder), folder.resolve(CONFIG).toString(), builder);
        PeftNames names = new PeftNames(base, builder);
        Path weights = folder.resolve(WEIGHTS);
        if (!Files.exists(weights) && Files.exists(folder.resolve("adapter_model.bin"))) {
            throw builder.unsupported(
                    "adapter_model.bin", "is a Python pickle; save the adapter as " + WEIGHTS + " instead");
        }
        try (Safetensors file = Safetensors.open(weights)) {
            for (Safetensors.Tensor t : file.tensors().values()) {
                if (t.name().endsWith(B)) {
                    partner(file, t, B, A, builder);
                } else if (t.name().endsWith(A)) {
                    Safetensors.Tensor b = partner(file, t, A, B, builder);
                    add(file, t, b, config, names, builder);
                } else {
                    throw unknown(t.name(), builder);
                }
            }
        }
    }

    private static byte[] config(Path folder, AdapterBuilder builder) {
        Path file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw builder.bad(CONFIG, "is not in this folder, so that it is no PEFT adapter");
        }
        try {
            if (Files.size(file) > MAX_CONFIG_BYTES)
                throw builder.bad(CONFIG, "has over " + MAX_CONFIG_BYTES + " bytes");
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + ": cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    private static void add(
            Safetensors file,
            Safetensors.Tensor a,
            Safetensors.Tensor b,
            PeftConfig config,
            PeftNames names,
            AdapterBuilder builder) {
        String stem = a.name().substring(0, a.name().length() - A.length());
        if (!stem.startsWith(PREFIX)) throw builder.bad(a.name(), "does not begin with " + PREFIX);
        String module = stem.substring(PREFIX.length());
        PeftNames.Place place = names.place(module, a.name());
        check(a, builder);
        check(b, builder);
        int rank = config.rank(module);
        if (a.dim(0) != rank) {
            throw builder.bad(a.name(), "has rank " + a.dim(0) + ", but " + CONFIG + " says " + rank);
        }
        builder.add(
                place.tensor(),
                place.part(),
                operand(file, a, IntUnaryOperator.identity()),
                operand(file, b, place.heads() == 0 ? IntUnaryOperator.identity() : paired(b, place.heads(), builder)),
                config.alpha(module),
                config.rankStabilised());
    }

    /** {@link PeftNames#paired}, checked against the adapter. */
    private static IntUnaryOperator paired(Safetensors.Tensor b, int heads, AdapterBuilder builder) {
        long size = b.dim(0) / heads;
        if (size * heads != b.dim(0) || size % 2 != 0 || size > Integer.MAX_VALUE) {
            throw builder.bad(b.name(), "has " + b.dim(0) + " outputs, which are not " + heads + " heads of even size");
        }
        return PeftNames.paired((int) size);
    }

    private static void check(Safetensors.Tensor t, AdapterBuilder builder) {
        if (t.rank() != 2) throw builder.bad(t.name(), "has shape " + Arrays.toString(t.shape()) + ", not a matrix's");
        if (!FLOATS.contains(t.dtype())) throw builder.bad(t.name(), "has type " + t.dtype() + ", not one of floats");
    }

    private static AdapterBuilder.Operand operand(Safetensors file, Safetensors.Tensor t, IntUnaryOperator source) {
        MemorySegment data = file.data(t);
        long rowBytes = t.dim(1) * t.dtype().bytes();
        return new AdapterBuilder.Operand(
                t.name(),
                t.dim(0),
                t.dim(1),
                (row, to) -> t.dtype().reader().dequantize(data, source.applyAsInt(row) * rowBytes, to, 0, to.length));
    }

    private static Safetensors.Tensor partner(
            Safetensors file, Safetensors.Tensor t, String own, String other, AdapterBuilder builder) {
        String name = t.name().substring(0, t.name().length() - own.length()) + other;
        Safetensors.Tensor found = file.tensor(name);
        if (found == null) throw builder.bad(t.name(), "has no " + name + " beside it");
        return found;
    }

    private static DalangException unknown(String name, AdapterBuilder builder) {
        if (name.contains("lora_magnitude_vector"))
            return builder.unsupported(name, "belongs to DoRA, which is not supported");
        if (name.contains("lora_embedding_")) {
            return builder.unsupported(
                    name, "changes the token embeddings, which adapters cannot do here; merge it first");
        }
        return builder.unsupported(name, "is neither …" + A + " nor …" + B + "; adapters may hold nothing else");
    }
}
