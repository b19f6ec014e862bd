package dev.dalang.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.testing.HostileFiles;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    record Content(Dtype dtype, long[] shape, byte[] bytes) {}

    @Property(tries = 150)
    void readingGivesWhatWasWritten(
            @ForAll("contents") Map<String, Content> contents, @ForAll("texts") Map<String, String> metadata)
            throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        metadata.forEach(writer::put);
        contents.forEach(
                (name, c) -> writer.tensor(name, c.dtype, c.shape, TensorData.of(MemorySegment.ofArray(c.bytes))));
        Path file = Files.createTempFile("dalang", ".safetensors");
        try {
            writer.write(file);
            try (Safetensors s = Safetensors.open(file)) {
                assertThat(s.metadata()).isEqualTo(metadata);
                assertThat(s.tensors().keySet()).containsExactlyElementsOf(contents.keySet());
                contents.forEach((name, c) -> {
                    Safetensors.Tensor t = s.tensors().get(name);
                    assertThat(t.dtype()).isEqualTo(c.dtype);
                    assertThat(t.shape()).isEqualTo(c.shape);
                    assertThat(s.data(t).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(c.bytes);
                });
            }
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<Map<String, Content>> contents() {
        Arbitrary<Content> content = Combinators.combine(
                        Arbitraries.of(Dtype.class),
                        Arbitraries.longs().between(0, 4).array(long[].class).ofMaxSize(5),
                        Arbitraries.longs())
                .as((dtype, shape, seed) -> {
                    byte[] bytes = new byte[(int) LongStream.of(shape).reduce(dtype.bytes(), (a, b) -> a * b)];
                    new Random(seed).nextBytes(bytes);
                    return new Content(dtype, shape, bytes);
                });
        return Arbitraries.maps(text().filter(n -> !n.equals("__metadata__")), content)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<Map<String, String>> texts() {
        return Arbitraries.maps(text(), text()).ofMaxSize(4);
    }

    /** Half a surrogate pair has no UTF-8. */
    private static Arbitrary<String> text() {
        return Arbitraries.strings()
                .ofMaxLength(30)
                .filter(s -> s.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff));
    }

    @Test
    void readsEveryElementType() {
        assertThat(floats(Dtype.BOOL, 0, 1)).containsExactly(0f, 1f);
        assertThat(floats(Dtype.U8, 255)).containsExactly(255f);
        assertThat(floats(Dtype.I8, 255)).containsExactly(-1f);
        assertThat(floats(Dtype.U16, 0xff, 0xff)).containsExactly(65535f);
        assertThat(floats(Dtype.I16, 0xff, 0xff)).containsExactly(-1f);
        assertThat(floats(Dtype.U32, 0, 0, 0, 0x80)).containsExactly(0x1p31f);
        assertThat(floats(Dtype.I32, 0, 0, 0, 0x80)).containsExactly(-0x1p31f);
        assertThat(floats(Dtype.U64, 0, 0, 0, 0, 0, 0, 0, 0x80)).containsExactly(0x1p63f);
        assertThat(floats(Dtype.I64, 0, 0, 0, 0, 0, 0, 0, 0x80)).containsExactly(-0x1p63f);
        assertThat(floats(Dtype.F16, 0, 0xbc)).containsExactly(-1f);
        assertThat(floats(Dtype.BF16, 0x80, 0xbf)).containsExactly(-1f);
        assertThat(floats(Dtype.F32, 0, 0, 0x80, 0xbf)).containsExactly(-1f);
        assertThat(floats(Dtype.F64, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf)).containsExactly(-1f);
        // Extremes from the FP8 paper, arXiv:2209.05433, table 1.
        assertThat(floats(Dtype.F8_E4M3, 0x7e, 0x08, 0x07, 0x01, 0x80, 0xb8))
                .containsExactly(448f, 0x1p-6f, 0.875f * 0x1p-6f, 0x1p-9f, -0f, -1f);
        assertThat(floats(Dtype.F8_E4M3, 0x7f, 0xff)).containsExactly(Float.NaN, Float.NaN);
        assertThat(floats(Dtype.F8_E5M2, 0x7b, 0x04, 0x03, 0x01, 0xbc))
                .containsExactly(57344f, 0x1p-14f, 0.75f * 0x1p-14f, 0x1p-16f, -1f);
        assertThat(floats(Dtype.F8_E5M2, 0x7c, 0xfc)).containsExactly(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void judgesHostileFiles(HostileFiles.Case c) {
        if (c.level().equals("valid")) openAndTouch(c.path());
        else assertRefused(c.path(), c.path().getFileName() + ": ");
    }

    static Stream<HostileFiles.Case> hostile() {
        return Stream.concat(HostileFiles.of("safetensors"), HostileFiles.of("safetensors-index"));
    }

    @Test
    void opensShardsOverTheirIndex() throws IOException {
        new SafetensorsWriter()
                .tensor("a", Dtype.F32, new long[] {2}, TensorData.of(new float[] {1, 2}))
                .write(in("s1"));
        new SafetensorsWriter()
                .tensor("b", Dtype.F32, new long[] {1}, TensorData.of(new float[] {3}))
                .tensor("unlisted", Dtype.F32, new long[] {1}, TensorData.of(new float[] {4}))
                .write(in("s2"));
        index("{\"metadata\":{\"total_size\":12},\"weight_map\":{\"b\":\"s2.safetensors\",\"a\":\"s1.safetensors\"}}");
        try (Safetensors s = Safetensors.open(folder)) {
            assertThat(s.path().getFileName()).hasToString("model.safetensors.index.json");
            assertThat(s.tensors().keySet()).containsExactly("b", "a");
            assertThat(s.data(s.tensors().get("b")).get(LittleEndian.FLOAT, 0)).isEqualTo(3f);
            assertThat(s.data(s.tensors().get("a")).get(LittleEndian.FLOAT, 4)).isEqualTo(2f);
            assertThat(s.fileBytes()).isEqualTo(Files.size(in("s1")) + Files.size(in("s2")));
        }
        Files.delete(in("s2"));
        assertStorage(folder, "s2.safetensors: no such file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"../x.safetensors", "a/b.safetensors", "/x.safetensors", "C:x.safetensors", "..", "x.bin", "''"})
    void staysInTheFolderOfTheIndex(String shard) throws IOException {
        index("{\"weight_map\":{\"a\":\"" + shard + "\"}}");
        assertRefused(folder, "not a .safetensors file beside it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|is not a JSON object",
                "{}|names no tensors",
                "{\"weight_map\":{}}|names no tensors",
                "{\"weight_map\":{\"a\":1}}|no file name for 'a'",
                "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"y.safetensors\"}}|is not sound JSON",
                "{\"weight_map\":|is not sound JSON",
            })
    void refusesBrokenIndexes(String text, String words) throws IOException {
        index(text);
        assertRefused(folder, words);
    }

    @Test
    void findsTheFileOfAFolder() throws IOException {
        assertStorage(folder, "holds no .safetensors file");
        new SafetensorsWriter().write(in("adapter"));
        Safetensors.open(folder).close();
        new SafetensorsWriter().write(in("other"));
        assertStorage(folder, "holds 2 .safetensors files and no model.safetensors.index.json");
        new SafetensorsWriter().write(in("model"));
        Safetensors.open(folder).close();
    }

    @Test
    void namesFilesOfOtherKinds() throws IOException {
        Path file = in("m");
        new GgufWriter().tensor("t", new float[8], 8).write(file);
        assertRefused(file, "not a safetensors file but a GGUF model");
        Files.writeString(file, "<!DOCTYPE html><html><body>404");
        assertRefused(file, "not a safetensors file but a web page");
        assertStorage(in("none"), "no such file");
    }

    @Test
    void refusesNestingWithoutEnd() throws IOException {
        String header = "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"other\":" + "[".repeat(90) + "]".repeat(90) + "}}";
        ByteBuffer file = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
        Path path = folder.resolve("deep.safetensors");
        Files.write(path, file.array());
        assertRefused(path, "is not sound JSON");
    }

    @Test
    void keepsMessagesOnOneLine() throws IOException {
        byte[] header = "{\"a\\nb\":1}".getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(in("m"), b.putLong(header.length).put(header).array());
        assertRefused(in("m"), "is not an object");
    }

    @Test
    void refusesEveryCutOffFile() throws IOException {
        Path file = in("m");
        new SafetensorsWriter()
                .tensor("a", Dtype.F32, new long[] {2}, TensorData.of(new float[] {1, 2}))
                .write(file);
        byte[] whole = Files.readAllBytes(file);
        for (int n = 0; n < whole.length; n++) {
            Files.write(file, Arrays.copyOf(whole, n));
            assertRefused(file, "m.safetensors: ");
        }
    }

    @Test
    void opensTheTrainedModel() throws IOException {
        try (Stream<Path> files = Files.walk(Shared.require("external/models/stories260K"))) {
            List<Path> found =
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList();
            assertThat(found).isNotEmpty().allSatisfy(SafetensorsTest::openAndTouch);
        }
    }

    private Path in(String name) {
        return folder.resolve(name + ".safetensors");
    }

    private void index(String text) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), text);
    }

    private static float[] floats(Dtype dtype, int... bytes) {
        byte[] b = new byte[bytes.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) bytes[i];
        float[] out = new float[b.length / dtype.bytes()];
        dtype.reader().dequantize(MemorySegment.ofArray(b), 0, out, 0, out.length);
        return out;
    }

    private static void openAndTouch(Path file) {
        try (Safetensors s = Safetensors.open(file)) {
            for (Safetensors.Tensor t : s.tensors().values()) {
                MemorySegment data = s.data(t);
                assertThat(data.byteSize()).isEqualTo(t.elements() * t.dtype().bytes());
                if (t.bytes() > 0) data.get(ValueLayout.JAVA_BYTE, t.bytes() - 1);
            }
        }
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> Safetensors.open(file).close())
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class))
                .hasMessageContaining(words)
                .message()
                .doesNotContain("\n");
    }

    private static void assertStorage(Path file, String words) {
        assertThatThrownBy(() -> Safetensors.open(file).close())
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Storage.class))
                .hasMessageContaining(words);
    }
}
