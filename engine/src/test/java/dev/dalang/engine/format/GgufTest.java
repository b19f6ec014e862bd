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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GgufTest {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @TempDir
    Path folder;

    /** The reader takes the header in windows of 64 KiB. */
    @Test
    void readsWhatLiesAcrossTheBordersOfWindows() {
        int[] lengths = {0, 3, 65_500, 65_535, 65_536, 65_537, 7, 65_529, 200_000, 1, 131_072, 40_000, 40_000};
        GgufBytes b = GgufBytes.header(3, 0, 2 * lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            b.key("text" + i, Metadata.Type.STRING)
                    .text(("é" + i).repeat(lengths[i]).substring(0, lengths[i]));
            b.key("ints" + i, Metadata.Type.ARRAY)
                    .u32(Metadata.Type.UINT64.number())
                    .u64(3)
                    .u64(i)
                    .u64(-1)
                    .u64(lengths[i]);
        }
        try (Gguf g = Gguf.open(b.write(folder.resolve("m.gguf")))) {
            for (int i = 0; i < lengths.length; i++) {
                String text = ("é" + i).repeat(lengths[i]).substring(0, lengths[i]);
                assertThat(g.metadata().string("text" + i)).isEqualTo(text);
                assertThat(g.metadata().integers("ints" + i)).containsExactly(i, -1, lengths[i]);
            }
        }
    }

    @Test
    void readsEveryValueType() {
        GgufBytes b = GgufBytes.header(3, 0, 15);
        b.key("u8", Metadata.Type.UINT8).u8(200);
        b.key("i8", Metadata.Type.INT8).u8(-5);
        b.key("u16", Metadata.Type.UINT16).u16(65_000);
        b.key("i16", Metadata.Type.INT16).u16(-300);
        b.key("u32", Metadata.Type.UINT32).u32(-1);
        b.key("i32", Metadata.Type.INT32).u32(-1);
        b.key("f32", Metadata.Type.FLOAT32).f32(1.5f);
        b.key("yes", Metadata.Type.BOOL).u8(1);
        b.key("text", Metadata.Type.STRING).text("Grüße 🌍");
        b.key("u64", Metadata.Type.UINT64).u64(-1);
        b.key("i64", Metadata.Type.INT64).u64(Long.MIN_VALUE);
        b.key("f64", Metadata.Type.FLOAT64).u64(Double.doubleToLongBits(Math.PI));
        b.key("strings", Metadata.Type.ARRAY)
                .u32(Metadata.Type.STRING.number())
                .u64(2)
                .text("a")
                .text("");
        b.key("ints", Metadata.Type.ARRAY)
                .u32(Metadata.Type.INT16.number())
                .u64(2)
                .u16(7)
                .u16(-7);
        b.key("nested", Metadata.Type.ARRAY).u32(Metadata.Type.ARRAY.number()).u64(2);
        b.u32(Metadata.Type.FLOAT32.number()).u64(1).f32(0.25f);
        b.u32(Metadata.Type.BOOL.number()).u64(0);
        try (Gguf g = Gguf.open(b.write(folder.resolve("m.gguf")))) {
            Metadata m = g.metadata();
            assertThat(m.integer("u8")).isEqualTo(200);
            assertThat(m.integer("i8")).isEqualTo(-5);
            assertThat(m.integer("u16")).isEqualTo(65_000);
            assertThat(m.integer("i16")).isEqualTo(-300);
            assertThat(m.integer("u32")).isEqualTo(0xffff_ffffL);
            assertThat(m.integer("i32")).isEqualTo(-1);
            assertThat(m.real("f32")).isEqualTo(1.5);
            assertThat(m.bool("yes", false)).isTrue();
            assertThat(m.string("text")).isEqualTo("Grüße 🌍");
            assertThatThrownBy(() -> m.integer("u64")).hasMessageContaining("below 2^63");
            assertThat(m.integer("i64")).isEqualTo(Long.MIN_VALUE);
            assertThat(m.real("f64")).isEqualTo(Math.PI);
            assertThat(m.strings("strings")).containsExactly("a", "");
            assertThat(m.integers("ints")).containsExactly(7, -7);
            Metadata.Value[] nested = (Metadata.Value[]) m.asMap().get("nested").value();
            assertThat((double[]) nested[0].value()).containsExactly(0.25);
            assertThat((boolean[]) nested[1].value()).isEmpty();
            assertThat(m.keys()).startsWith("u8", "i8").endsWith("nested");
        }
    }

    @Test
    void givesTheExactBytesOfATensor() {
        try (Gguf g = Gguf.open(twoTensors(2).write(folder.resolve("m.gguf")))) {
            assertThat(g.version()).isEqualTo(2);
            assertThat(g.tensors().keySet()).containsExactly("a", "b");
            TensorInfo b = g.tensors().get("b");
            assertThat(b.shape()).containsExactly(2, 3);
            assertThat(b.rowLength()).isEqualTo(2);
            assertThat(b.rows()).isEqualTo(3);
            assertThat(b.elements()).isEqualTo(6);
            assertThat(b.bytes()).isEqualTo(24);
            MemorySegment data = g.data(b);
            assertThat(data.byteSize()).isEqualTo(24);
            assertThat(data.isReadOnly()).isTrue();
            for (int i = 0; i < 6; i++) assertThat(data.getAtIndex(FLOAT, i)).isEqualTo(i);
            assertThat(g.tensor("c")).isNull();
        }
    }

    @Test
    void readsAVocabularyOfAQuarterMillionTokens() {
        int n = 262_144;
        GgufBytes b = GgufBytes.header(3, 0, 1);
        b.key("tokens", Metadata.Type.ARRAY).u32(Metadata.Type.STRING.number()).u64(n);
        for (int i = 0; i < n; i++) b.text("token" + i);
        try (Gguf g = Gguf.open(b.write(folder.resolve("m.gguf")))) {
            assertThat(g.metadata().strings("tokens")).hasSize(n).endsWith("token262143");
        }
    }

    @Test
    void readsBeyondFourGibibytes() throws IOException {
        long rows = (4L << 30) / 4096 + 5;
        GgufBytes b = GgufBytes.header(3, 2, 0);
        b.tensor("big", BlockType.F32, 0, 1024, rows);
        b.tensor("after", BlockType.F32, rows * 4096, 1).pad(32);
        Path file = b.write(folder.resolve("sparse.gguf"));
        try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long end = b.size() + rows * 4096;
            writeFloat(c, 3f, end - 4);
            writeFloat(c, 4f, end);
        } catch (IOException e) {
            Assumptions.abort("no room for a sparse file of 4 GiB: " + e.getMessage());
        }
        try (Gguf g = Gguf.open(file)) {
            MemorySegment big = g.data(g.tensors().get("big"));
            assertThat(big.getAtIndex(FLOAT, rows * 1024 - 1)).isEqualTo(3f);
            assertThat(g.data(g.tensors().get("after")).get(FLOAT, 0)).isEqualTo(4f);
            assertThat(g.fileBytes()).isGreaterThan(4L << 30);
        }
    }

    @Test
    void joinsTheFilesOfASplitModelFromAnyOfThem() {
        for (int i = 0; i < 3; i++) part(i, 3).write(folder.resolve("m-0000" + (i + 1) + "-of-00003.gguf"));
        for (int i = 1; i <= 3; i++) {
            try (Gguf g = Gguf.open(folder.resolve("m-0000" + i + "-of-00003.gguf"))) {
                assertThat(g.tensors().keySet()).containsExactly("t0", "t1", "t2");
                assertThat(g.data(g.tensors().get("t2")).get(FLOAT, 0)).isEqualTo(2f);
                assertThat(g.path().getFileName()).hasToString("m-00001-of-00003.gguf");
            }
        }
    }

    @Test
    void joinsASplitModelFromAListOfFiles() {
        List<Path> parts =
                List.of(part(0, 2).write(folder.resolve("x")), part(1, 2).write(folder.resolve("y")));
        try (Gguf g = Gguf.open(parts)) {
            assertThat(g.data(g.tensors().get("t1")).get(FLOAT, 0)).isEqualTo(1f);
        }
        assertThatThrownBy(() -> Gguf.open(parts.reversed())).hasMessageContaining("split.no is 1, but this is part 1");
        assertThatThrownBy(() -> Gguf.open(parts.subList(0, 1)))
                .hasMessageContaining("split.count is 2, but the model has 1 part");
    }

    @Test
    void namesTheMissingPart() {
        part(0, 3).write(folder.resolve("m-00001-of-00003.gguf"));
        part(2, 3).write(folder.resolve("m-00003-of-00003.gguf"));
        assertThatThrownBy(() -> Gguf.open(folder.resolve("m-00001-of-00003.gguf")))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Storage.class))
                .hasMessageContaining("m-00002-of-00003.gguf: missing");
    }

    @Test
    void refusesPartsThatDoNotBelongTogether() {
        part(0, 2).write(folder.resolve("m-00001-of-00002.gguf"));
        part(0, 2).write(folder.resolve("m-00002-of-00002.gguf"));
        assertThatThrownBy(() -> Gguf.open(folder.resolve("m-00001-of-00002.gguf")))
                .hasMessageContaining("m-00002-of-00002.gguf: split.no is 0, but this is part 2 of 2");
        assertThatThrownBy(() -> Gguf.open(part(0, 2).write(folder.resolve("renamed.gguf"))))
                .hasMessageContaining("one of 2 parts");
    }

    @ParameterizedTest
    @CsvSource({
        "'<!DOCTYPE html><p>404', a web page",
        "'version https://git-lfs.github.com/spec/v1', a Git LFS pointer",
        "'PK\u0003\u0004', a zip archive",
        "'lmgg', older than GGUF",
        "'{\"a\":1}', a JSON text",
        "'\u0000\u0000\u0000\u0000\u0000', zero bytes",
        "'\u0010\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":{}}', a safetensors file",
        "'abcdefg', not a GGUF file",
    })
    void saysWhatAFileIsInstead(String content, String words) throws IOException {
        Path file = Files.writeString(folder.resolve("m.gguf"), content);
        assertRefused(file, words);
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        assertStorage(folder.resolve("none.gguf"), "no such file");
        assertStorage(folder, "is a folder");
        assertRefused(Files.createFile(folder.resolve("empty.gguf")), "the file is empty");
        Path locked = Files.createFile(
                folder.resolve("locked.gguf"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
        Assumptions.assumeFalse(Files.isReadable(locked), "this user may read every file");
        assertStorage(locked, "may not be read");
    }

    @Test
    void namesBigEndianFiles() {
        assertRefused(GgufBytes.header(0x03000000, 0, 0).write(folder.resolve("m.gguf")), "big-endian");
    }

    @ParameterizedTest
    @CsvSource({"4, Q4_2", "5, Q4_3", "31, Q4_0_4_4", "33, Q4_0_8_8", "38, IQ4_NL_8_8", "99, unknown type 99"})
    void refusesRemovedAndUnknownTypesByName(int number, String words) {
        GgufBytes b =
                GgufBytes.header(3, 1, 0).text("t").u32(1).u64(32).u32(number).u64(0);
        assertRefused(b.write(folder.resolve("m.gguf")), words);
    }

    @Test
    void refusesEveryCutOffFile() throws IOException {
        byte[] whole = twoTensors(3).bytes();
        for (int n = 0; n < whole.length; n++) {
            Path file = folder.resolve("cut.gguf");
            Files.write(file, Arrays.copyOf(whole, n));
            assertRefused(file, "cut.gguf: ");
        }
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void judgesHostileFiles(HostileFiles.Case c) {
        switch (c.level()) {
            case "structure" -> assertRefused(c.path(), c.path().getFileName() + ": ");
            case "valid" -> openAndTouch(c.path());
            default -> {
                try {
                    openAndTouch(c.path());
                } catch (DalangException e) {
                    assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class);
                }
            }
        }
    }

    static Stream<HostileFiles.Case> hostile() {
        return HostileFiles.of("gguf");
    }

    @Test
    void opensTheGoldenModels() throws IOException {
        try (var files = Files.list(Shared.require("golden/models"))) {
            assertThat(files.filter(f -> f.toString().endsWith(".gguf")))
                    .isNotEmpty()
                    .allSatisfy(GgufTest::openAndTouch);
        }
    }

    private static void openAndTouch(Path file) {
        try (Gguf g = Gguf.open(file)) {
            for (TensorInfo t : g.tensors().values()) {
                MemorySegment data = g.data(t);
                assertThat(data.byteSize()).isEqualTo(t.type().bytesFor(t.elements()));
                if (t.bytes() > 0) data.get(ValueLayout.JAVA_BYTE, t.bytes() - 1);
            }
        }
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> Gguf.open(file).close())
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.BadModelFile.class))
                .hasMessageContaining(words)
                .message()
                .doesNotContain("\n");
    }

    private static void assertStorage(Path file, String words) {
        assertThatThrownBy(() -> Gguf.open(file).close())
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Storage.class))
                .hasMessageContaining(words);
    }

    private static GgufBytes twoTensors(int version) {
        GgufBytes b = GgufBytes.header(version, 2, 1);
        b.key("general.name", Metadata.Type.STRING).text("two");
        b.tensor("a", BlockType.F16, 0, 3);
        b.tensor("b", BlockType.F32, 32, 2, 3).pad(32);
        b.u16(1).u16(2).u16(3).pad(32);
        for (int i = 0; i < 6; i++) b.f32(i);
        return b;
    }

    /** Part {@code i} of {@code n}, with one tensor {@code t<i>} of one element {@code i}. */
    private static GgufBytes part(int i, int n) {
        GgufBytes b = GgufBytes.header(3, 1, 3);
        b.key("split.no", Metadata.Type.UINT16).u16(i);
        b.key("split.count", Metadata.Type.UINT16).u16(n);
        b.key("split.tensors.count", Metadata.Type.INT32).u32(n);
        return b.tensor("t" + i, BlockType.F32, 0, 1).pad(32).f32(i).pad(32);
    }

    private static void writeFloat(FileChannel c, float v, long at) throws IOException {
        c.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, v), at);
    }
}
