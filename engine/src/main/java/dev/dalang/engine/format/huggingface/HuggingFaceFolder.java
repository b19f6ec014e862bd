package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Safetensors;
import dev.dalang.engine.format.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model as Hugging Face's hub keeps it, read as if it had been converted to GGUF: {@code config.json},
 * {@code *.safetensors} (one file, or several with {@code model.safetensors.index.json}), and beside them
 * {@code generation_config.json} and the chat template. The tokenizer is not part of it.
 *
 * <p>Tensors that GGUF stores otherwise (rows in another order, experts in one tensor, norms with one added, 8-bit floats
 * with scales) are made in memory when {@link #data} is first asked for them, and again once nobody holds them any more;
 * all others stay in the mapped files.
 */
public final class HuggingFaceFolder implements ModelSource {

    private static final Set<String> READABLE = Set.of("fp8", "mxfp4");
    private static final List<String> PICKLES = List.of(".bin", ".pth", ".pt", ".ckpt");

    private final Path folder;
    private final Safetensors file;
    private final Metadata metadata;
    private final Map<String, Weight> weights;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, WeakReference<MemorySegment>> made = new ConcurrentHashMap<>();

    private HuggingFaceFolder(
            Path folder,
            Safetensors file,
            Metadata metadata,
            Map<String, Weight> weights,
            Map<String, TensorInfo> tensors) {
        this.folder = folder;
        this.file = file;
        this.metadata = metadata;
        this.weights = weights;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a folder: reads its configuration and the headers of its weights.
     *
     * @throws DalangException (storage) if a file is missing or cannot be read, (bad model file) if one is broken,
     *     (unsupported) if the model is of a class, or its weights in a form, that is not known here
     */
    public static HuggingFaceFolder open(Path folder) {
        refusePickles(folder);
        Config read = Config.read(folder);
        HfFamily family = HfFamilies.of(read);
        Config config = read.withDefaults(family.defaults());
        refuseUnreadable(config);
        Safetensors file = Safetensors.open(folder);
        try {
            Map<String, Weight> weights = Plan.of(file, config, family);
            addRotation(config, weights);
            checkOutput(config, family, weights);
            Map<String, TensorInfo> tensors = describe(weights);
            return new HuggingFaceFolder(folder, file, metadata(folder, config, family, tensors), weights, tensors);
        } catch (Throwable t) {
            file.close();
            throw t;
        }
    }

    /** A pickle is a program; reading one means running it. */
    private static void refusePickles(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names =
                    files.map(f -> String.valueOf(f.getFileName())).sorted().toList();
            if (names.stream().anyMatch(n -> n.endsWith(".safetensors") || n.endsWith(".safetensors.index.json")))
                return;
            for (String name : names) {
                if (PICKLES.stream().noneMatch(name::endsWith)) continue;
                throw DalangException.unsupported(
                        folder + ": the weights are in " + JsonValue.printable(name)
                                + ", a Python pickle, which can run any code and is not opened;"
                                + " get the model as .safetensors or .gguf",
                        "pickle");
            }
        } catch (IOException e) {
            throw JsonValue.storage(folder, "cannot be listed: " + e.getMessage(), e);
        }
    }

    private static void refuseUnreadable(Config config) {
        JsonValue quantization = config.get("quantization_config");
        if (quantization.isNull()) return;
        String method = quantization.get("quant_method").stringOrNull();
        String format = quantization.get("format").stringOrNull();
        boolean floats = "compressed-tensors".equals(method) && "float-quantized".equals(format);
        if (method == null || READABLE.contains(method) || floats) return;
        throw DalangException.unsupported(
                config.file() + ": the weights are quantised by " + JsonValue.printable(method)
                        + ", which is not read here; use the model's original weights or a GGUF file",
                "quant_method=" + JsonValue.printable(method));
    }

    /** Factors of the rotation, which a checkpoint keeps in its configuration and GGUF as tensors. */
    private static void addRotation(Config config, Map<String, Weight> weights) {
        RopeParameters rope = config.rope();
        String type = rope.type();
        if (type == null) return;
        switch (type) {
            case "llama3" -> weights.put("rope_freqs.weight", Weight.of(rope.llama3Factors(config.headDim())));
            case "longrope", "su" -> {
                int rotated = (int) (rope.partial(1) * config.headDim());
                weights.put("rope_factors_long.weight", Weight.of(rope.longRopeFactors("long_factor", rotated)));
                weights.put("rope_factors_short.weight", Weight.of(rope.longRopeFactors("short_factor", rotated)));
            }
            default -> {}
        }
    }

    private static void checkOutput(Config config, HfFamily family, Map<String, Weight> weights) {
        boolean own = Boolean.FALSE.equals(config.get("tie_word_embeddings").value());
        if (own && !family.tied() && !weights.containsKey("output.weight")) {
            throw DalangException.badModelFile(
                    config.file() + ": tie_word_embeddings is false, but tensor lm_head.weight is missing",
                    config.file(),
                    "lm_head.weight");
        }
    }

    private static Map<String, TensorInfo> describe(Map<String, Weight> weights) {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        long offset = 0;
        for (var e : weights.entrySet()) {
            Weight w = e.getValue();
            int rank = w.rank();
            long[] shape = new long[rank];
            for (int d = 0; d < rank; d++) shape[d] = w.dim(rank - 1 - d);
            if (rank > 0 && shape[0] % w.type().blockElements() != 0) throw w.misshapen("is no whole number of blocks");
            long bytes = w.type().bytesFor(Weight.product(shape));
            tensors.put(e.getKey(), new TensorInfo(e.getKey(), w.type(), shape, 0, offset, bytes));
            offset = Math.addExact(offset, bytes);
        }
        return tensors;
    }

    private static Metadata metadata(Path folder, Config config, HfFamily family, Map<String, TensorInfo> tensors) {
        Keys keys = new Keys(config, family.architecture());
        Path name = folder.toAbsolutePath().normalize().getFileName();
        keys.general("general.name", name == null ? "model" : name.toString());
        keys.common();
        family.keys().accept(config, keys);
        TensorInfo embeddings = tensors.get("token_embd.weight");
        if (embeddings != null) {
            // llama.cpp's numbers of a file's prevailing type.
            keys.general(
                    "general.file_type",
                    embeddings.type() == BlockType.F32 ? 0 : embeddings.type() == BlockType.F16 ? 1 : 32);
        }
        ChatTemplates.read(folder).forEach(keys::general);
        return keys.metadata();
    }

    public Path folder() {
        return folder;
    }

    @Override
    public String name() {
        return folder.toString();
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    /** All tensors by name, those of no layer first, then layer by layer; offsets count from the first one's start. */
    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** @throws DalangException (storage) if there is not enough memory to make the tensor */
    @Override
    public MemorySegment data(TensorInfo tensor) {
        Weight weight = weights.get(tensor.name());
        if (weight == null) throw new IllegalArgumentException("no tensor " + tensor.name());
        WeakReference<MemorySegment> known = made.get(tensor.name());
        MemorySegment bytes = known == null ? null : known.get();
        if (bytes != null) return bytes;
        try {
            bytes = weight.bytes();
        } catch (OutOfMemoryError e) {
            throw new DalangException(
                    new Failure.Storage(
                            folder + ": no memory for " + tensor.bytes() + " bytes of " + tensor.name()
                                    + "; give the JVM more (-XX:MaxDirectMemorySize), or quantise the model to a GGUF file",
                            folder.toString()),
                    e);
        }
        made.put(tensor.name(), new WeakReference<>(bytes));
        return bytes;
    }

    /** The text of {@code generation_config.json}, which holds what the makers recommend for sampling; null without. */
    public @Nullable String generationConfig() {
        Path path = folder.resolve("generation_config.json");
        if (!Files.isRegularFile(path)) return null;
        return new String(JsonValue.bytes(path), StandardCharsets.UTF_8);
    }

    /** Bytes of all files of weights. */
    public long fileBytes() {
        return file.fileBytes();
    }

    /** Unmaps the files. */
    @Override
    public void close() {
        file.close();
    }
}
