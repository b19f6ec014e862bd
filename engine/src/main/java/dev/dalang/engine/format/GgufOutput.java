package dev.dalang.engine.format;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes the values of a GGUF header, the counterpart of {@link GgufCursor}. */
final class GgufOutput {

    private final OutputStream out;
    private final byte[] scratch = new byte[8];

    GgufOutput(OutputStream out) {
        this.out = out;
    }

    void u32(int v) throws IOException {
        number(v, 4);
    }

    void u64(long v) throws IOException {
        number(v, 8);
    }

    void string(String s) throws IOException {
        byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
        u64(utf8.length);
        out.write(utf8);
    }

    /** A value after its type. */
    void value(Metadata.Value v) throws IOException {
        u32(v.type().number());
        if (v.type() == Metadata.Type.ARRAY) array(v);
        else scalar(v.type(), v.value());
    }

    private void array(Metadata.Value v) throws IOException {
        Metadata.Type element = elementType(v);
        u32(element.number());
        switch (v.value()) {
            case Metadata.Value[] a -> {
                u64(a.length);
                for (Metadata.Value e : a) array(e);
            }
            case String[] a -> {
                u64(a.length);
                for (String e : a) string(e);
            }
            case boolean[] a -> {
                u64(a.length);
                for (boolean e : a) scalar(element, e);
            }
            case long[] a -> {
                u64(a.length);
                for (long e : a) scalar(element, e);
            }
            case double[] a -> {
                u64(a.length);
                for (double e : a) scalar(element, e);
            }
            default -> throw new IllegalArgumentException("no array: " + v);
        }
    }

    private void scalar(Metadata.Type type, Object v) throws IOException {
        switch (v) {
            case Boolean b -> number(b ? 1 : 0, 1);
            case String s -> string(s);
            case Long l -> number(l, type.bytes());
            case Double d when type == Metadata.Type.FLOAT32 -> number(Float.floatToRawIntBits(d.floatValue()), 4);
            case Double d -> number(Double.doubleToRawLongBits(d), 8);
            default -> throw new IllegalArgumentException("no scalar: " + v);
        }
    }

    private void number(long v, int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) scratch[i] = (byte) (v >> (8 * i));
        out.write(scratch, 0, bytes);
    }

    /** @throws IllegalArgumentException if the Java value is not of its declared type or does not fit it */
    static void check(String key, Metadata.Value v) {
        boolean sound = v.type() == Metadata.Type.ARRAY ? array(key, v) : fits(v.type(), v.value());
        if (!sound) throw new IllegalArgumentException(key + ": " + v.value() + " is not of type " + v.type());
    }

    private static boolean array(String key, Metadata.Value v) {
        Metadata.Type element = elementType(v);
        return switch (v.value()) {
            case Metadata.Value[] a -> {
                for (Metadata.Value e : a) check(key, e);
                yield element == Metadata.Type.ARRAY;
            }
            case String[] a -> element == Metadata.Type.STRING;
            case boolean[] a -> element == Metadata.Type.BOOL;
            case double[] a -> element == Metadata.Type.FLOAT32 || element == Metadata.Type.FLOAT64;
            case long[] a -> {
                for (long e : a) if (!fits(element, e)) yield false;
                yield true;
            }
            default -> false;
        };
    }

    private static boolean fits(Metadata.Type type, Object v) {
        return switch (type) {
            case STRING -> v instanceof String;
            case BOOL -> v instanceof Boolean;
            case FLOAT32, FLOAT64 -> v instanceof Double;
            case UINT64, INT64 -> v instanceof Long;
            case UINT8, UINT16, UINT32 -> v instanceof Long l && l >>> (8 * type.bytes()) == 0;
            case INT8, INT16, INT32 -> {
                int unused = 64 - 8 * type.bytes();
                yield v instanceof Long l && ((l << unused) >> unused) == l;
            }
            case ARRAY -> false;
        };
    }

    private static Metadata.Type elementType(Metadata.Value v) {
        Metadata.@Nullable Type element = v.element();
        if (element == null) throw new IllegalArgumentException("an array without element type: " + v);
        return element;
    }
}
