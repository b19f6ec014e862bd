package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF model, open for reading: metadata and tensor table parsed and checked, weights mapped and not yet touched.
 *
 * <p>A model split over {@code NAME-00001-of-00003.gguf} and its like opens from any of its parts; the metadata is the
 * first part's, the tensors are all parts'. Segments from {@link #data} may be read by any thread until
 * {@link #close()}.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
public final class Gguf implements ModelSource {

    private static final Pattern PART_NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private final Path path;
    private final Arena arena;
    private final List<MemorySegment> parts;
    private final GgufHeader header;
    private final Map<String, TensorInfo> tensors;

    private Gguf(
            Path path, Arena arena, List<MemorySegment> parts, GgufHeader header, Map<String, TensorInfo> tensors) {
        this.path = path;
        this.arena = arena;
        this.parts = parts;
        this.header = header;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a model; of a split one any part, the others are looked for beside it.
     *
     * @throws DalangException (storage) if a file cannot be read, (bad model file) if one breaks the format
     */
    public static Gguf open(Path path) {
        return inArena(arena -> {
            MemorySegment file = ModelFile.map(path, arena);
            GgufHeader header = GgufHeader.parse(file, path.toString(), 0);
            int count = splitCount(header);
            if (count > 1) return open(siblings(path, count), arena);
            return assemble(List.of(path), List.of(file), List.of(header), arena);
        });
    }

    /** Opens a model from its parts in order, for stores that do not keep their names. */
    public static Gguf open(List<Path> paths) {
        if (paths.isEmpty()) throw new IllegalArgumentException("a model has at least one file");
        return inArena(arena -> open(paths, arena));
    }

    @SuppressWarnings("MustBeClosedChecker") // the model owns it from here on
    private static Gguf inArena(Function<Arena, Gguf> opener) {
        Arena arena = Arena.ofShared();
        try {
            return opener.apply(arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    private static Gguf open(List<Path> paths, Arena arena) {
        List<MemorySegment> files = new ArrayList<>();
        List<GgufHeader> headers = new ArrayList<>();
        for (Path path : paths) {
            MemorySegment file = ModelFile.map(path, arena);
            headers.add(GgufHeader.parse(file, path.toString(), files.size()));
            files.add(file);
        }
        return assemble(paths, files, headers, arena);
    }

    private static Gguf assemble(List<Path> paths, List<MemorySegment> files, List<GgufHeader> headers, Arena arena) {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (int part = 0; part < headers.size(); part++) {
            GgufHeader header = headers.get(part);
            checkPart(header, part, headers.size());
            for (TensorInfo t : header.tensors()) {
                TensorInfo other = tensors.putIfAbsent(t.name(), t);
                if (other == null) continue;
                throw bad(
                        header,
                        t.name(),
                        "tensor '" + t.name() + "' is also in "
                                + paths.get(other.part()).getFileName());
            }
        }
        GgufHeader first = headers.getFirst();
        long expected = first.metadata().integer("split.tensors.count", tensors.size());
        if (headers.size() > 1 && expected != tensors.size()) {
            throw bad(
                    first,
                    "split.tensors.count",
                    "split.tensors.count is " + expected + ", but the parts hold " + tensors.size() + " tensors");
        }
        return new Gguf(paths.getFirst(), arena, List.copyOf(files), first, tensors);
    }

    private static int splitCount(GgufHeader header) {
        return header.metadata().integerIn("split.count", 0, 99_999, 1);
    }

    private static void checkPart(GgufHeader header, int part, int parts) {
        int count = Math.max(splitCount(header), 1);
        if (count != parts) {
            throw bad(header, "split.count", "split.count is " + count + ", but the model has " + parts + " part(s)");
        }
        long number = header.metadata().integer("split.no", part);
        if (number != part) {
            throw bad(
                    header,
                    "split.no",
                    "split.no is " + number + ", but this is part " + (part + 1) + " of " + parts + ", whose number is "
                            + part);
        }
    }

    /** The files of a split model, from the name of one of them. */
    private static List<Path> siblings(Path path, int count) {
        Matcher m = PART_NAME.matcher(String.valueOf(path.getFileName()));
        if (!m.matches() || Integer.parseInt(m.group(3)) != count) {
            throw ModelFile.bad(
                    path.toString(),
                    "split.count",
                    "one of " + count + " parts of a split model, whose name must end in -00001-of-"
                            + "%05d.gguf for the others to be found".formatted(count));
        }
        List<Path> all = new ArrayList<>();
        List<Path> missing = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            Path part = path.resolveSibling("%s-%05d-of-%05d.gguf".formatted(m.group(1), i, count));
            (Files.exists(part) ? all : missing).add(part);
        }
        if (!missing.isEmpty()) {
            Path first = missing.getFirst();
            String others = missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more";
            throw ModelFile.storage(
                    first, "missing" + others + " of the " + count + " parts of this model; download it too", null);
        }
        return all;
    }

    private static DalangException bad(GgufHeader header, @Nullable String field, String problem) {
        return ModelFile.bad(String.valueOf(header.metadata().file()), field, problem);
    }

    /** The file opened, the first part of a split model. */
    public Path path() {
        return path;
    }

    @Override
    public String name() {
        return path.toString();
    }

    /** The format's version: 2 or 3. */
    public int version() {
        return header.version();
    }

    @Override
    public Metadata metadata() {
        return header.metadata();
    }

    /** All tensors by name, in file order. */
    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** The tensor of this name, or null. */
    public @Nullable TensorInfo tensor(String name) {
        return tensors.get(name);
    }

    /** The tensor's stored bytes, read-only, exactly {@link TensorInfo#bytes()} long; possibly unaligned. */
    @Override
    public MemorySegment data(TensorInfo tensor) {
        return parts.get(tensor.part()).asSlice(tensor.offset(), tensor.bytes());
    }

    /** Bytes of all parts together. */
    public long fileBytes() {
        long n = 0;
        for (MemorySegment part : parts) n += part.byteSize();
        return n;
    }

    /** Unmaps the file. Reading a segment of it afterwards throws {@link IllegalStateException}. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) arena.close();
    }
}
