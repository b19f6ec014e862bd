package dev.dalang.engine.format;

import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** Rows of floats as the reference implementation has quantised and restored them, in each block type. */
final class GoldenQuants {

    static final int ROWS = 8;
    static final int COLUMNS = 512;
    static final int ELEMENTS = ROWS * COLUMNS;

    private GoldenQuants() {}

    /** Every type that has golden rows. */
    static Stream<BlockType> types() {
        try (Stream<Path> files = Files.list(Shared.require("golden/quants"))) {
            return files
                    .map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".q.bin"))
                    .map(f -> BlockType.ofName(f.substring(0, f.length() - ".q.bin".length())))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the rows were before. */
    static float[] source() {
        return floats("src.f32.bin");
    }

    static MemorySegment quantized(BlockType type) {
        return MemorySegment.ofArray(bytes(fileName(type) + ".q.bin"));
    }

    static float[] dequantized(BlockType type) {
        return floats(fileName(type) + ".deq.f32.bin");
    }

    private static String fileName(BlockType type) {
        return type.name().toLowerCase(Locale.ROOT).replace("_k", "_K");
    }

    private static float[] floats(String file) {
        float[] f = new float[ELEMENTS];
        MemorySegment.copy(MemorySegment.ofArray(bytes(file)), LittleEndian.FLOAT, 0, f, 0, ELEMENTS);
        return f;
    }

    private static byte[] bytes(String file) {
        try {
            return Files.readAllBytes(Shared.require("golden/quants").resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
