package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A model in safetensors files, open for reading: headers parsed and checked, weights mapped and not yet touched. Segments
 * from {@link #data} may be read by any thread until {@link #close()}.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">Format</a>
 */
public final class Safetensors implements AutoCloseable {

    private static final String INDEX_NAME = "model.safetensors.index.json";
    private static final long MAX_INDEX_BYTES = 100_000_000;

    /**
     * Where a tensor lies, and what it is.
     *
     * @param shape lengths, slowest-varying first as in the file (the reverse of {@link TensorInfo}); empty for a scalar
     * @param part index of the file that holds it
     * @param offset where its data starts, in bytes from the start of that file; of any alignment
     * @param bytes length of its data
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below, never handed out uncopied
    public record Tensor(String name, Dtype dtype, long[] shape, int part, long offset, long bytes) {

        public Tensor {
            shape = shape.clone();
        }

        /** A copy of the lengths, slowest-varying first. */
        @Override
        public long[] shape() {
            return shape.clone();
        }

        public int rank() {
            return shape.length;
        }

        /** Length of dimension {@code i}. */
        public long dim(int i) {
            return shape[i];
        }

        public long elements() {
            return bytes / dtype.bytes();
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Tensor t
                    && name.equals(t.name)
                    && dtype == t.dtype
                    && Arrays.equals(shape, t.shape)
                    && part == t.part
                    && offset == t.offset
                    && bytes == t.bytes;
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Long.hashCode(offset);
        }

        @Override
        public String toString() {
            return name + " " + dtype + Arrays.toString(shape) + " at " + offset;
        }
    }

    private final Path path;
    private final Arena arena;
    private final List<MemorySegment> parts = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    private Safetensors(Path path, Arena arena) {
        this.path = path;
        this.arena = arena;
    }

    /**
     * Opens a {@code .safetensors} file, an index ({@code model.safetensors.index.json}) with the shards beside it, or a
     * folder that holds one of them.
     *
     * @throws DalangException (storage) if a file cannot be read, (bad model file) if one breaks the format
     */
    public static Safetensors open(Path path) {
        Path file = Files.isDirectory(path) ? inFolder(path) : path;
        return inArena(arena -> {
            Safetensors model = new Safetensors(file, arena);
            if (file.toString().endsWith(".json")) model.addShards();
            else for (Tensor t : model.add(file)) model.tensors.put(t.name(), t);
            return model;
        });
    }

    private static Path inFolder(Path folder) {
        Path index = folder.resolve(INDEX_NAME);
        if (Files.exists(index)) return index;
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found =
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList();
            if (found.size() == 1) return found.getFirst();
            Path usual = folder.resolve("model.safetensors");
            if (found.contains(usual)) return usual;
            String problem = found.isEmpty()
                    ? "holds no .safetensors file"
                    : "holds " + found.size() + " .safetensors files and no " + INDEX_NAME;
            throw ModelFile.storage(folder, problem, null);
        } catch (IOException e) {
            throw ModelFile.storage(folder, "cannot be listed: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the model owns it from here on
    private static Safetensors inArena(Function<Arena, Safetensors> opener) {
        Arena arena = Arena.ofShared();
        try {
            return opener.apply(arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /** Maps one file and returns its tensors. */
    private List<Tensor> add(Path file) {
        MemorySegment segment = ModelFile.map(file, arena);
        SafetensorsHeader header = SafetensorsHeader.parse(segment, file.toString(), parts.size());
        parts.add(segment);
        header.metadata().forEach(metadata::putIfAbsent);
        return header.tensors();
    }

    /** Maps the shards that the index names, and keeps the tensors that it names. */
    private void addShards() {
        Map<String, String> shardOf = new LinkedHashMap<>();
        MemorySegment index = ModelFile.map(path, arena);
        if (index.byteSize() > MAX_INDEX_BYTES) throw bad(null, "the index has over " + MAX_INDEX_BYTES + " bytes");
        StrictJson.read(index.toArray(ValueLayout.JAVA_BYTE), path.toString(), "the index", json -> {
            StrictJson.members(json, key -> {
                if (key.equals("weight_map")) weightMap(json, shardOf);
                else json.skipChildren();
            });
        });
        if (shardOf.isEmpty()) throw bad("weight_map", "the index names no tensors in a weight_map");
        Map<String, Map<String, Tensor>> shards = new HashMap<>();
        shardOf.forEach((tensor, shard) -> {
            Tensor found = shards.computeIfAbsent(shard, this::shard).get(tensor);
            if (found == null)
                throw bad(tensor, "tensor '" + tensor + "' is not in " + shard + ", where the index has it");
            tensors.put(tensor, found);
        });
    }

    private Map<String, Tensor> shard(String name) {
        Map<String, Tensor> byName = new HashMap<>();
        for (Tensor t : add(path.resolveSibling(name))) byName.put(t.name(), t);
        return byName;
    }

    private void weightMap(JsonParser json, Map<String, String> shardOf) {
        if (json.currentToken() != JsonToken.START_OBJECT) throw bad("weight_map", "weight_map is not an object");
        StrictJson.members(json, tensor -> {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw bad(tensor, "weight_map has no file name for '" + tensor + "'");
            }
            String shard = json.getString();
            if (!isPlainName(shard)) {
                throw bad(
                        tensor,
                        "weight_map has '" + shard + "' for '" + tensor + "', not a .safetensors file beside it");
            }
            shardOf.put(tensor, shard);
        });
    }

    /** A name that cannot lead out of the folder on any system. */
    private static boolean isPlainName(String name) {
        return name.endsWith(".safetensors")
                && name.length() <= 255
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }

    private DalangException bad(@Nullable String field, String problem) {
        return ModelFile.bad(path.toString(), field, problem);
    }

    /** The file opened: the only one or the index. */
    public Path path() {
        return path;
    }

    /** The free-form strings of {@code __metadata__}, of all files; the first one's where they differ. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** All tensors by name, in the order of the header or the index. */
    public Map<String, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** The tensor of this name, or null. */
    public @Nullable Tensor tensor(String name) {
        return tensors.get(name);
    }

    /** The tensor's stored bytes, read-only, exactly {@link Tensor#bytes()} long; possibly unaligned. */
    public MemorySegment data(Tensor tensor) {
        return parts.get(tensor.part()).asSlice(tensor.offset(), tensor.bytes());
    }

    /** Bytes of all files together, the index not counted. */
    public long fileBytes() {
        long n = 0;
        for (MemorySegment part : parts) n += part.byteSize();
        return n;
    }

    /** Unmaps the files. Reading a segment of them afterwards throws {@link IllegalStateException}. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) arena.close();
    }
}
