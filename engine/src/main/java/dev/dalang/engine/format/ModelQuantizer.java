package dev.dalang.engine.format;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Writes a model as a GGUF file of another {@link Quantization}, tensor by tensor, in memory for a few rows at a time. */
public final class ModelQuantizer {

    private static final long BATCH_ELEMENTS = 1 << 22;
    private static final long METADATA_BYTES = 32 << 20;

    /** Told before each tensor. */
    @FunctionalInterface
    public interface Progress {
        /** @param index from 0 */
        void at(int index, int count, TensorInfo tensor, BlockType to);
    }

    /** Adds something to the rows of some tensors on their way, in 32 bits, before they are stored. */
    public interface Change {
        /** No tensor is changed. */
        Change NONE = new Change() {
            @Override
            public boolean concerns(String tensor) {
                return false;
            }

            @Override
            public void apply(String tensor, int row, float[] values) {}
        };

        boolean concerns(String tensor);

        /** May be called for several rows at once. */
        void apply(String tensor, int row, float[] values);
    }

    private final ModelSource model;
    private final Map<String, BlockType> types;
    private final @Nullable Quantization quantization;
    private Change change = Change.NONE;
    private boolean requantize;

    public ModelQuantizer(ModelSource model, Quantization quantization) {
        this.model = model;
        this.quantization = quantization;
        this.types = quantization.types(model);
    }

    /** Keeps the type of every tensor: for {@link #changing}. */
    public ModelQuantizer(ModelSource model) {
        this.model = model;
        this.quantization = null;
        this.types = Map.of();
    }

    /**
     * Changes rows before they are stored; what is changed may be quantised already.
     *
     * @throws DalangException (unsupported) if a tensor to be changed is of a type that is only read here
     */
    public ModelQuantizer changing(Change value) {
        for (TensorInfo t : model.tensors().values()) {
            if (value.concerns(t.name()) && !type(t).canQuantize()) {
                throw DalangException.unsupported(
                        model.name() + ": " + t.name() + " is " + type(t)
                                + ", which is read here but not written; name another type for the result",
                        "type");
            }
        }
        change = value;
        requantize = true;
        return this;
    }

    /** Takes tensors too that are quantised already, and loses twice. */
    public ModelQuantizer allowRequantize() {
        requantize = true;
        return this;
    }

    /** Bytes of all tensors as they will be. */
    public long tensorBytes() {
        long sum = 0;
        for (TensorInfo t : model.tensors().values()) sum += bytes(t);
        return sum;
    }

    private long bytes(TensorInfo t) {
        return type(t).bytesFor(t.elements());
    }

    private BlockType type(TensorInfo t) {
        return types.getOrDefault(t.name(), t.type());
    }

    /**
     * Writes the file, which appears under its name when it is complete.
     *
     * @param metadata of the file; what is said there of its own type and parts is put right
     * @param threads that compute
     * @throws DalangException (storage) if it cannot be written or does not fit the disk, (invalid request) if tensors
     *     are quantised already
     * @throws CancellationException if {@code cancellation} came first; no file is left
     */
    public void write(Path target, Metadata metadata, int threads, Progress progress, Cancellation cancellation) {
        refuseQuantized();
        checkSpace(target);
        GgufWriter writer = new GgufWriter();
        metadata.asMap().forEach((key, value) -> {
            if (!key.startsWith("split.")) writer.put(key, value);
        });
        if (quantization != null) {
            writer.put("general.quantization_version", 2).put("general.file_type", quantization.fileType());
        }
        List<TensorInfo> all = new ArrayList<>(model.tensors().values());
        try (ForkJoinPool pool = new ForkJoinPool(threads)) {
            for (int i = 0; i < all.size(); i++) {
                TensorInfo t = all.get(i);
                BlockType to = type(t);
                int index = i;
                writer.tensor(t.name(), to, t.shape(), out -> {
                    progress.at(index, all.size(), t, to);
                    if (to == t.type() && !change.concerns(t.name()))
                        TensorData.of(model.data(t)).writeTo(out);
                    else convert(t, to, out, pool, cancellation);
                });
            }
            writer.write(target);
        }
    }

    /** A tensor that would be quantised a second time. */
    public Optional<TensorInfo> quantized() {
        return model.tensors().values().stream()
                .filter(t -> type(t) != t.type() && t.type().blockElements() != 1)
                .findFirst();
    }

    private void refuseQuantized() {
        if (requantize) return;
        quantized().ifPresent(t -> {
            throw DalangException.invalidRequest(
                    model.name() + ": " + t.name() + " is " + t.type()
                            + " already, and to quantise it again loses more than from the original;"
                            + " use an F16 or BF16 model, or allow it (--allow-requantize)",
                    "allow-requantize");
        });
    }

    private void checkSpace(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        try {
            if (folder == null || !Files.isDirectory(folder)) {
                throw ModelFile.storage(target, "cannot be written: its folder does not exist", null);
            }
            long free = Files.getFileStore(folder).getUsableSpace();
            long needed = tensorBytes() + METADATA_BYTES;
            if (needed > free) {
                throw ModelFile.storage(
                        target, "needs about " + needed + " bytes, but only " + free + " are free there", null);
            }
        } catch (IOException e) {
            throw ModelFile.storage(target, "cannot be written: " + e.getMessage(), e);
        }
    }

    private void convert(TensorInfo t, BlockType to, OutputStream out, ForkJoinPool pool, Cancellation cancellation)
            throws IOException {
        MemorySegment data = model.data(t);
        int length = Math.toIntExact(t.rowLength());
        long rows = t.rows();
        int batch = (int) Math.max(1, Math.min(rows, BATCH_ELEMENTS / Math.max(1, length)));
        byte[] buffer = new byte[Math.toIntExact(batch * to.bytesFor(length))];
        boolean changed = change.concerns(t.name());
        for (long first = 0; first < rows; first += batch) {
            if (cancellation.isCancelled()) throw new CancellationException("cancelled");
            long start = first;
            int count = (int) Math.min(batch, rows - first);
            pool.submit(() -> IntStream.range(0, count).parallel().forEach(i -> {
                        float[] row = new float[length];
                        t.type().dequantizer().dequantize(data, (start + i) * t.rowBytes(), row, 0, length);
                        if (changed) change.apply(t.name(), Math.toIntExact(start + i), row);
                        long at = i * to.bytesFor(length);
                        to.quantizer().quantize(row, 0, null, MemorySegment.ofArray(buffer), at, length);
                    }))
                    .join();
            out.write(buffer, 0, Math.toIntExact(count * to.bytesFor(length)));
        }
    }
}
