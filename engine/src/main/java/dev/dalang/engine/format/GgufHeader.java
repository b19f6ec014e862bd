package dev.dalang.engine.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All of a GGUF file but its weights.
 *
 * <p>Layout, little-endian: magic {@code GGUF}, u32 version, u64 tensor count, u64 key count; keys; tensor infos;
 * padding to the alignment; data. A tensor's offset counts from the start of the data.
 *
 * @param dataOffset where the data section starts, in bytes
 */
record GgufHeader(int version, Metadata metadata, List<TensorInfo> tensors, int alignment, long dataOffset) {

    static final int MAGIC = 0x46554747;
    static final int DEFAULT_ALIGNMENT = 32;
    static final int MAX_DIMENSIONS = 4;
    static final String ALIGNMENT_KEY = "general.alignment";

    /** Of the specification; nobody's real keys come near. */
    private static final int MAX_KEY_BYTES = 65_535;

    /** Name length, dimension count, type and offset. */
    private static final int MIN_TENSOR_INFO_BYTES = 24;

    /** Name length, one letter, type and a value of one byte. */
    private static final int MIN_KEY_VALUE_BYTES = 14;

    /** @param part the file's index in a split model, for {@link TensorInfo#part()} */
    static GgufHeader parse(MemorySegment file, String name, int part) {
        GgufCursor in = new GgufCursor(file, name);
        int version = magicAndVersion(in, file);
        long tensorCount = in.count("tensor count", MIN_TENSOR_INFO_BYTES);
        long keyCount = in.count("key count", MIN_KEY_VALUE_BYTES);
        Metadata metadata = new Metadata(name, keyValues(in, keyCount));
        int alignment = alignment(in, metadata);
        List<TensorInfo> relative = tensorInfos(in, tensorCount, alignment, part);
        long dataOffset = roundUp(in.position(), alignment);
        List<TensorInfo> tensors = place(in, relative, dataOffset, file.byteSize());
        return new GgufHeader(version, metadata, tensors, alignment, dataOffset);
    }

    private static int magicAndVersion(GgufCursor in, MemorySegment file) {
        String other = file.byteSize() < 4 || in.u32("magic") != MAGIC ? ModelFile.guess(file) : "";
        if (other == null || !other.isEmpty()) {
            throw in.bad("magic", 0, "not a GGUF file" + (other == null ? "" : " but " + other));
        }
        int version = in.u32("version");
        if (version == Integer.reverseBytes(2) || version == Integer.reverseBytes(3)) {
            throw in.bad("version", 4, "a big-endian GGUF file; only little-endian ones can be read");
        }
        if (version == 1) throw in.bad("version", 4, "GGUF version 1 is no longer in use; get a newer conversion");
        if (version != 2 && version != 3) {
            throw in.bad(
                    "version",
                    4,
                    "GGUF version " + Integer.toUnsignedString(version) + " is unknown; versions 2 and 3 can be read");
        }
        return version;
    }

    private static Map<String, Metadata.Value> keyValues(GgufCursor in, long count) {
        Map<String, Metadata.Value> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            long at = in.position();
            String key = in.name("name of key " + i, MAX_KEY_BYTES);
            if (key.isEmpty()) throw in.bad("key " + i, at, "the name of key " + i + " is empty");
            Metadata.Value value = in.value(key);
            if (values.putIfAbsent(key, value) != null) throw in.bad(key, at, "key " + key + " appears twice");
        }
        return values;
    }

    private static int alignment(GgufCursor in, Metadata metadata) {
        long alignment = metadata.integer(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
            throw in.bad(
                    ALIGNMENT_KEY,
                    in.position(),
                    ALIGNMENT_KEY + " is " + Long.toUnsignedString(alignment) + ", not a power of two up to 2^30");
        }
        return (int) alignment;
    }

    /** The tensor table as it stands: offsets still count from the data section. */
    private static List<TensorInfo> tensorInfos(GgufCursor in, long count, int alignment, int part) {
        List<TensorInfo> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < count; i++) {
            long at = in.position();
            String name = in.name("name of tensor " + i, MAX_KEY_BYTES);
            if (!names.add(name)) throw in.bad(name, at, "tensor '" + name + "' appears twice");
            tensors.add(tensorInfo(in, name, alignment, part));
        }
        return tensors;
    }

    private static TensorInfo tensorInfo(GgufCursor in, String name, int alignment, int part) {
        String field = "tensor '" + name + "'";
        long at = in.position();
        int rank = in.u32(field);
        if (rank < 0 || rank > MAX_DIMENSIONS) {
            throw in.bad(
                    name,
                    at,
                    field + " has " + Integer.toUnsignedString(rank) + " dimensions, over the limit of "
                            + MAX_DIMENSIONS);
        }
        long[] shape = new long[rank];
        at = in.position();
        for (int d = 0; d < rank; d++) shape[d] = in.u64(field);
        long typeAt = in.position();
        BlockType type = blockType(in, name, in.u32(field), typeAt);
        long bytes = bytes(in, name, shape, type, at);
        at = in.position();
        long offset = in.u64(field);
        if (offset < 0 || offset % alignment != 0) {
            throw in.bad(
                    name,
                    at,
                    field + " starts at " + Long.toUnsignedString(offset) + ", not a multiple of the alignment "
                            + alignment);
        }
        return new TensorInfo(name, type, shape, part, offset, bytes);
    }

    private static BlockType blockType(GgufCursor in, String name, int number, long at) {
        BlockType type = BlockType.ofNumber(number);
        if (type != null) return type;
        String removed = BlockType.removedName(number);
        String problem = removed != null
                ? "type " + removed + " (" + number + "), which was removed from the format; get a newer conversion"
                : "unknown type " + number + ": the file is damaged or newer than this program";
        throw in.bad(name, at, "tensor '" + name + "' has " + problem);
    }

    private static long bytes(GgufCursor in, String name, long[] shape, BlockType type, long at) {
        String field = "tensor '" + name + "'";
        long elements = 1;
        try {
            for (long length : shape) {
                if (length < 0) {
                    throw in.bad(name, at, field + " has a length of " + Long.toUnsignedString(length));
                }
                elements = Math.multiplyExact(elements, length);
            }
            long row = shape.length == 0 ? 1 : shape[0];
            if (row % type.blockElements() != 0) {
                throw in.bad(
                        name,
                        at,
                        field + " has rows of " + row + " elements, not a multiple of " + type.blockElements()
                                + ", the block of " + type);
            }
            return type.bytesFor(elements);
        } catch (ArithmeticException e) {
            throw in.bad(name, at, field + " has more elements than any file can hold");
        }
    }

    /** Offsets counted from the start of the file, in file order, each tensor inside the file and none over another. */
    private static List<TensorInfo> place(GgufCursor in, List<TensorInfo> relative, long dataOffset, long fileBytes) {
        List<TensorInfo> tensors = new ArrayList<>(relative.size());
        for (TensorInfo t : relative) {
            long room = fileBytes - dataOffset;
            if (t.offset() > room || t.bytes() > room - t.offset()) {
                throw in.bad(
                        t.name(),
                        dataOffset + t.offset(),
                        "tensor '" + t.name() + "' of " + t.bytes() + " bytes reaches past the end of the file ("
                                + fileBytes + " bytes): the file is cut off or damaged");
            }
            tensors.add(new TensorInfo(t.name(), t.type(), t.shape(), t.part(), dataOffset + t.offset(), t.bytes()));
        }
        List<TensorInfo> byOffset = new ArrayList<>(tensors);
        byOffset.removeIf(t -> t.bytes() == 0);
        byOffset.sort(Comparator.comparingLong(TensorInfo::offset));
        @Nullable TensorInfo before = null;
        for (TensorInfo t : byOffset) {
            if (before != null && before.offset() + before.bytes() > t.offset()) {
                throw in.bad(
                        t.name(), t.offset(), "tensors '" + before.name() + "' and '" + t.name() + "' share bytes");
            }
            before = t;
        }
        return List.copyOf(tensors);
    }

    static long roundUp(long n, long alignment) {
        return (n + alignment - 1) / alignment * alignment;
    }
}
