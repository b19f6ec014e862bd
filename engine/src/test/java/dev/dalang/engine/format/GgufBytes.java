package dev.dalang.engine.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds GGUF files byte by byte, also such as no writer would write. */
final class GgufBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static GgufBytes header(int version, long tensors, long keys) {
        return new GgufBytes().u32(GgufHeader.MAGIC).u32(version).u64(tensors).u64(keys);
    }

    GgufBytes u8(int v) {
        out.write(v);
        return this;
    }

    GgufBytes u16(int v) {
        return raw(buffer(2).putShort((short) v));
    }

    GgufBytes u32(int v) {
        return raw(buffer(4).putInt(v));
    }

    GgufBytes u64(long v) {
        return raw(buffer(8).putLong(v));
    }

    GgufBytes f32(float v) {
        return raw(buffer(4).putFloat(v));
    }

    GgufBytes text(String s) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        u64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes key(String name, Metadata.Type type) {
        return text(name).u32(type.number());
    }

    GgufBytes tensor(String name, BlockType type, long offset, long... shape) {
        text(name).u32(shape.length);
        for (long n : shape) u64(n);
        return u32(type.number()).u64(offset);
    }

    GgufBytes pad(int alignment) {
        while (out.size() % alignment != 0) out.write(0);
        return this;
    }

    int size() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GgufBytes raw(ByteBuffer b) {
        out.writeBytes(b.array());
        return this;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
