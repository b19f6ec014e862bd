package dev.dalang.engine.format;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The element types of safetensors files, by their names in the file. */
public enum Dtype {
    BOOL(1, PlainNumbers::u8),
    U8(1, PlainNumbers::u8),
    I8(1, PlainNumbers::i8),
    U16(2, PlainNumbers::u16),
    I16(2, PlainNumbers::i16),
    U32(4, PlainNumbers::u32),
    I32(4, PlainNumbers::i32),
    U64(8, PlainNumbers::u64),
    I64(8, PlainNumbers::i64),
    F8_E4M3(1, PlainNumbers::f8e4m3),
    F8_E5M2(1, PlainNumbers::f8e5m2),
    F16(2, PlainNumbers::f16),
    BF16(2, PlainNumbers::bf16),
    F32(4, PlainNumbers::f32),
    F64(8, PlainNumbers::f64);

    private static final Map<String, Dtype> BY_NAME = new HashMap<>();

    static {
        for (Dtype t : values()) BY_NAME.put(t.name(), t);
    }

    private final int bytes;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final Dequantizer reader;

    Dtype(int bytes, Dequantizer reader) {
        this.bytes = bytes;
        this.reader = reader;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Reads elements as floats, rounded where a float cannot hold them. */
    public Dequantizer reader() {
        return reader;
    }

    /** The type of exactly this name, or null. */
    static @Nullable Dtype ofName(String name) {
        return BY_NAME.get(name);
    }
}
