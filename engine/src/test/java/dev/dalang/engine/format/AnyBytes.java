package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What must hold for any bytes at all: a model file's header is either sound, and then every tensor lies inside the file, or
 * refused with a {@link DalangException} of one line.
 */
final class AnyBytes {

    private AnyBytes() {}

    static void gguf(byte[] bytes) {
        try {
            MemorySegment file = MemorySegment.ofArray(bytes);
            GgufHeader header = GgufHeader.parse(file, "any.gguf", 0);
            for (TensorInfo t : header.tensors()) touch(file, t.offset(), t.bytes());
        } catch (DalangException refused) {
            checkMessage(refused);
        }
    }

    static void safetensors(byte[] bytes) {
        try {
            MemorySegment file = MemorySegment.ofArray(bytes);
            SafetensorsHeader header = SafetensorsHeader.parse(file, "any.safetensors", 0);
            for (Safetensors.Tensor t : header.tensors()) touch(file, t.offset(), t.bytes());
        } catch (DalangException refused) {
            checkMessage(refused);
        }
    }

    /** Sound files to start from. */
    static Stream<byte[]> ggufSeeds() {
        GgufWriter small = new GgufWriter().put("general.architecture", "llama").tensor("t", new float[4], 2, 2);
        GgufWriter varied = new GgufWriter()
                .put(GgufHeader.ALIGNMENT_KEY, 8)
                .put("on", true)
                .put("rate", 0.5f)
                .put("tokens", new String[] {"a", "", "Ġthe"})
                .put("types", new int[] {1, -1})
                .put("nested", new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.ARRAY, new Metadata.Value[] {
                    new Metadata.Value(Metadata.Type.ARRAY, Metadata.Type.UINT8, new long[] {1, 2})
                }))
                .tensor("a", BlockType.Q4_0, new long[] {32, 2}, TensorData.of(MemorySegment.ofArray(new byte[36])))
                .tensor("b", BlockType.F16, new long[] {3}, TensorData.of(MemorySegment.ofArray(new byte[6])));
        return Stream.of(bytes(small::write), bytes(varied::write));
    }

    static Stream<byte[]> safetensorsSeeds() {
        SafetensorsWriter writer = new SafetensorsWriter()
                .put("format", "pt")
                .tensor("a", Dtype.F32, new long[] {2, 1}, TensorData.of(new float[2]))
                .tensor("b", Dtype.BOOL, new long[] {}, TensorData.of(MemorySegment.ofArray(new byte[1])));
        String unordered = "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
                + "\"a\":{\"shape\":[1],\"x\":[{}],\"data_offsets\":[0,1],\"dtype\":\"I8\"}}";
        byte[] second = new byte[8 + unordered.length() + 2];
        second[0] = (byte) unordered.length();
        System.arraycopy(unordered.getBytes(StandardCharsets.US_ASCII), 0, second, 8, unordered.length());
        return Stream.of(bytes(writer::write), second);
    }

    private static byte[] bytes(Consumer<Path> writer) {
        try {
            Path file = Files.createTempFile("dalang", ".seed");
            writer.accept(file);
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void touch(MemorySegment file, long offset, long bytes) {
        MemorySegment data = file.asSlice(offset, bytes);
        if (bytes > 0) data.get(ValueLayout.JAVA_BYTE, bytes - 1);
    }

    private static void checkMessage(DalangException refused) {
        String message = refused.getMessage();
        if (message == null || message.isBlank() || message.contains("\n")) throw new AssertionError(message);
    }
}
