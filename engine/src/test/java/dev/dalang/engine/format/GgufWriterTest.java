package dev.dalang.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {

    record Tensor(BlockType type, long[] shape, byte[] bytes) {}

    @Property(tries = 200)
    void readingGivesWhatWasWritten(
            @ForAll("metadata") Map<String, Metadata.Value> metadata,
            @ForAll("tensors") Map<String, Tensor> tensors,
            @ForAll("alignments") int alignment) {
        GgufWriter writer = new GgufWriter().put(GgufHeader.ALIGNMENT_KEY, alignment);
        metadata.forEach(writer::put);
        tensors.forEach(
                (name, t) -> writer.tensor(name, t.type, t.shape, TensorData.of(MemorySegment.ofArray(t.bytes))));
        Path file = temporary();
        try {
            writer.write(file);
            try (Gguf g = Gguf.open(file)) {
                assertThat(g.version()).isEqualTo(3);
                assertThat(g.metadata().integer(GgufHeader.ALIGNMENT_KEY)).isEqualTo(alignment);
                metadata.forEach((key, value) -> assertThat(g.metadata().get(key))
                        .usingRecursiveComparison()
                        .isEqualTo(value));
                assertThat(g.metadata().keys()).hasSize(metadata.size() + 1);
                assertThat(g.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
                tensors.forEach((name, t) -> {
                    TensorInfo info = g.tensors().get(name);
                    assertThat(info.type()).isEqualTo(t.type);
                    assertThat(info.shape()).isEqualTo(t.shape);
                    assertThat(info.offset() % alignment).isZero();
                    assertThat(g.data(info).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(t.bytes);
                });
                assertThat(g.fileBytes() % alignment).isZero();
            }
        } finally {
            delete(file);
        }
    }

    @Provide
    Arbitrary<Map<String, Metadata.Value>> metadata() {
        Arbitrary<String> keys = Arbitraries.strings().ofMinLength(1).ofMaxLength(40);
        return Arbitraries.maps(keys.filter(GgufWriterTest::encodable), Arbitraries.oneOf(scalar(), array(2)))
                .ofMaxSize(8)
                .filter(m -> !m.containsKey(GgufHeader.ALIGNMENT_KEY));
    }

    @Provide
    Arbitrary<Map<String, Tensor>> tensors() {
        Arbitrary<Tensor> tensor = Combinators.combine(
                        Arbitraries.of(BlockType.class),
                        Arbitraries.longs().between(0, 3).array(long[].class).ofMaxSize(4),
                        Arbitraries.longs())
                .as((type, lengths, seed) -> {
                    long[] shape = lengths.clone();
                    if (shape.length == 0 && type.blockElements() > 1) shape = new long[] {1};
                    if (shape.length > 0) shape[0] *= type.blockElements();
                    byte[] bytes =
                            new byte[(int) type.bytesFor(LongStream.of(shape).reduce(1, (a, b) -> a * b))];
                    new Random(seed).nextBytes(bytes);
                    return new Tensor(type, shape, bytes);
                });
        return Arbitraries.maps(Arbitraries.strings().ofMaxLength(20).filter(GgufWriterTest::encodable), tensor)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<Integer> alignments() {
        return Arbitraries.of(1, 8, 32, 64, 4096);
    }

    private static Arbitrary<Metadata.Value> scalar() {
        return Arbitraries.oneOf(
                Arbitraries.strings().filter(GgufWriterTest::encodable).map(s -> scalar(Metadata.Type.STRING, s)),
                Arbitraries.of(true, false).map(b -> scalar(Metadata.Type.BOOL, b)),
                Arbitraries.doubles().map(d -> scalar(Metadata.Type.FLOAT64, d)),
                Arbitraries.floats().map(f -> scalar(Metadata.Type.FLOAT32, (double) f)),
                integerType().flatMap(t -> integer(t).map(l -> scalar(t, l))));
    }

    private static Arbitrary<Metadata.Value> array(int depth) {
        Arbitrary<Metadata.Value> flat = Arbitraries.oneOf(
                Arbitraries.strings()
                        .filter(GgufWriterTest::encodable)
                        .array(String[].class)
                        .ofMaxSize(5)
                        .map(a -> array(Metadata.Type.STRING, a)),
                Arbitraries.of(true, false).array(boolean[].class).ofMaxSize(5).map(a -> array(Metadata.Type.BOOL, a)),
                Arbitraries.floats()
                        .list()
                        .ofMaxSize(5)
                        .map(a -> array(
                                Metadata.Type.FLOAT32,
                                a.stream().mapToDouble(f -> f).toArray())),
                integerType()
                        .flatMap(
                                t -> integer(t).array(long[].class).ofMaxSize(5).map(a -> array(t, a))));
        if (depth == 0) return flat;
        return Arbitraries.oneOf(
                flat,
                array(depth - 1).array(Metadata.Value[].class).ofMaxSize(3).map(a -> array(Metadata.Type.ARRAY, a)));
    }

    private static Metadata.Value scalar(Metadata.Type type, Object value) {
        return new Metadata.Value(type, null, value);
    }

    private static Metadata.Value array(Metadata.Type element, Object values) {
        return new Metadata.Value(Metadata.Type.ARRAY, element, values);
    }

    private static Arbitrary<Metadata.Type> integerType() {
        return Arbitraries.of(
                Metadata.Type.UINT8,
                Metadata.Type.INT8,
                Metadata.Type.UINT16,
                Metadata.Type.INT16,
                Metadata.Type.UINT32,
                Metadata.Type.INT32,
                Metadata.Type.UINT64,
                Metadata.Type.INT64);
    }

    private static Arbitrary<Long> integer(Metadata.Type type) {
        long half = 1L << (8 * type.bytes() - 1);
        return switch (type) {
            case UINT8, UINT16, UINT32 -> Arbitraries.longs().between(0, 2 * half - 1);
            case INT8, INT16, INT32 -> Arbitraries.longs().between(-half, half - 1);
            default -> Arbitraries.longs();
        };
    }

    /** Half a surrogate pair has no UTF-8. */
    private static boolean encodable(String s) {
        return s.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
    }

    @Test
    void copiesTheGoldenModelsByteForByte() throws IOException {
        try (var files = Files.list(Shared.require("golden/models"))) {
            List<Path> models = files.filter(f -> f.toString().matches(".*/tiny(-qwen2|q-llama).*gguf"))
                    .toList();
            assertThat(models).isNotEmpty();
            for (Path model : models) {
                try (Gguf g = Gguf.open(model)) {
                    GgufWriter writer = new GgufWriter().putAll(g.metadata());
                    for (TensorInfo t : g.tensors().values()) {
                        writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(g.data(t)));
                    }
                    Path copy = folder.resolve("copy.gguf");
                    writer.write(copy);
                    assertThat(Files.mismatch(model, copy)).as(model.toString()).isEqualTo(-1);
                }
            }
        }
    }

    @TempDir
    Path folder;

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        Path file = Files.writeString(folder.resolve("m.gguf"), "before");
        GgufWriter writer = new GgufWriter().tensor("t", BlockType.F32, new long[] {2}, out -> {
            throw new IOException("disk full");
        });
        assertThatThrownBy(() -> writer.write(file))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Storage.class))
                .hasMessageContaining("disk full");
        GgufWriter tooShort = new GgufWriter().tensor("t", new float[1], 2);
        assertThatThrownBy(() -> tooShort.write(file)).hasMessageContaining("takes 8 bytes, but 4 were written");
        assertThatThrownBy(() -> new GgufWriter().write(folder.resolve("none/m.gguf")))
                .hasMessageContaining("folder does not exist");
        assertThat(file).hasContent("before");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void refusesWhatNoFileCanHold() {
        GgufWriter w = new GgufWriter().tensor("t", new float[2], 2);
        assertThatThrownBy(() -> w.tensor("t", new float[2], 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> w.tensor("u", new float[1], 1, 1, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> w.tensor("v", BlockType.Q4_0, new long[] {16, 2}, out -> {}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> w.put("", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> w.put("k", scalar(Metadata.Type.UINT8, 256L))).hasMessageContaining("UINT8");
        assertThatThrownBy(() -> w.put("k", scalar(Metadata.Type.INT8, -129L))).hasMessageContaining("INT8");
        assertThatThrownBy(() -> w.put("k", scalar(Metadata.Type.STRING, 1L))).hasMessageContaining("STRING");
        assertThatThrownBy(() -> w.put("k", -1)).hasMessageContaining("UINT32");
    }

    @Test
    void writesLongTensors() {
        float[] values = new float[100_003];
        IntStream.range(0, values.length).forEach(i -> values[i] = i);
        Path file = folder.resolve("m.gguf");
        new GgufWriter().tensor("t", values, values.length).write(file);
        try (Gguf g = Gguf.open(file)) {
            assertThat(g.data(g.tensors().get("t")).toArray(LittleEndian.FLOAT)).isEqualTo(values);
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("dalang", ".gguf");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
