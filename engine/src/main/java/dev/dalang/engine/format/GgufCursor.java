package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the values of a GGUF header one after another, each checked against what is left of the file before it is read
 * or room is made for it.
 */
final class GgufCursor {

    /** Real headers have less than 20 MB; a larger one would be copied to the heap for no good. */
    private static final long MAX_HEADER_BYTES = 256L << 20;

    /** Of all arrays together, as an element of one byte takes eight on the heap. Real models have up to 2 million. */
    private static final long MAX_ARRAY_ELEMENTS = 1L << 26;

    /** Arrays within arrays. The format sets no limit, known writers use one level. */
    private static final int MAX_ARRAY_DEPTH = 8;

    /** What is taken from the file at a time: until the JIT has seen the code, each access to mapped memory is slow. */
    private static final int WINDOW_BYTES = 64 << 10;

    private static final Metadata.Type[] TYPES = Metadata.Type.values();

    private final MemorySegment file;
    private final String name;
    private final long limit;
    private long position;
    private long arrayElements;

    /** The file's bytes from {@link #windowAt} on. */
    private byte[] window = new byte[0];

    private long windowAt;

    GgufCursor(MemorySegment file, String name) {
        this.file = file;
        this.name = name;
        this.limit = Math.min(file.byteSize(), MAX_HEADER_BYTES);
    }

    /** Bytes read so far. */
    long position() {
        return position;
    }

    /** What to throw for a value at offset {@code at}. */
    DalangException bad(String field, long at, String problem) {
        return ModelFile.bad(name, field, problem + " (at byte " + at + ")");
    }

    int u32(String field) {
        int at = inWindow(advance(4, field), 4);
        return LittleEndian.u32(window, at);
    }

    long u64(String field) {
        int at = inWindow(advance(8, field), 8);
        return LittleEndian.u64(window, at);
    }

    /** A number of things that take at least {@code leastBytes} each, which must still fit the file. */
    long count(String field, int leastBytes) {
        long at = position;
        long n = u64(field);
        if (Long.compareUnsigned(n, (limit - position) / leastBytes) > 0) {
            throw bad(
                    field,
                    at,
                    field + ": a length of " + Long.toUnsignedString(n)
                            + " is more than the rest of the file can hold");
        }
        return n;
    }

    /** A string that names something, so that it must be sound UTF-8 and of sensible length. */
    String name(String field, int maxBytes) {
        long at = position;
        long length = count(field, 1);
        if (length > maxBytes) {
            throw bad(field, at, "the " + field + " has " + length + " bytes, over the limit of " + maxBytes);
        }
        byte[] bytes = bytes((int) length);
        String s = new String(bytes, StandardCharsets.UTF_8);
        if (!Arrays.equals(s.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw bad(field, at, "the " + field + " is not UTF-8");
        }
        return s;
    }

    /** Type and value of a key. */
    Metadata.Value value(String key) {
        Metadata.Type type = type(key);
        if (type == Metadata.Type.ARRAY) return array(key, 1);
        Object value = switch (type) {
            case BOOL -> bool(key);
            case STRING -> string(key);
            case FLOAT32, FLOAT64 -> real(type, advance(type.bytes(), key));
            default -> integer(type, advance(type.bytes(), key));
        };
        return new Metadata.Value(type, null, value);
    }

    private Metadata.Type type(String key) {
        long at = position;
        int number = u32(key);
        if (number < 0 || number >= TYPES.length) {
            throw bad(key, at, key + " has unknown value type " + Integer.toUnsignedString(number));
        }
        return TYPES[number];
    }

    private Metadata.Value array(String key, int depth) {
        long at = position;
        if (depth > MAX_ARRAY_DEPTH) {
            throw bad(key, at, key + " nests arrays deeper than the limit of " + MAX_ARRAY_DEPTH);
        }
        Metadata.Type element = type(key);
        long countAt = position;
        long count = count(key, element.bytes());
        arrayElements += count;
        if (arrayElements > MAX_ARRAY_ELEMENTS) {
            throw bad(key, countAt, key + " takes the arrays over the limit of " + MAX_ARRAY_ELEMENTS + " elements");
        }
        int n = (int) count;
        Object values = switch (element) {
            case ARRAY -> {
                Metadata.Value[] a = new Metadata.Value[n];
                for (int i = 0; i < n; i++) a[i] = array(key, depth + 1);
                yield a;
            }
            case STRING -> {
                String[] a = new String[n];
                for (int i = 0; i < n; i++) a[i] = string(key);
                yield a;
            }
            case BOOL -> {
                boolean[] a = new boolean[n];
                for (int i = 0; i < n; i++) a[i] = bool(key);
                yield a;
            }
            case FLOAT32, FLOAT64 -> {
                double[] a = new double[n];
                int width = element.bytes();
                long from = advance((long) n * width, key);
                for (int i = 0; i < n; i++) a[i] = real(element, from + (long) i * width);
                yield a;
            }
            default -> {
                long[] a = new long[n];
                int width = element.bytes();
                long from = advance((long) n * width, key);
                for (int i = 0; i < n; i++) a[i] = integer(element, from + (long) i * width);
                yield a;
            }
        };
        return new Metadata.Value(Metadata.Type.ARRAY, element, values);
    }

    private long integer(Metadata.Type type, long at) {
        int i = inWindow(at, type.bytes());
        return switch (type) {
            case UINT8 -> LittleEndian.u8(window, i);
            case INT8 -> window[i];
            case UINT16 -> LittleEndian.u16(window, i);
            case INT16 -> (short) LittleEndian.u16(window, i);
            case UINT32 -> Integer.toUnsignedLong(LittleEndian.u32(window, i));
            case INT32 -> LittleEndian.u32(window, i);
            case UINT64, INT64 -> LittleEndian.u64(window, i);
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw new IllegalArgumentException(type.toString());
        };
    }

    private double real(Metadata.Type type, long at) {
        int i = inWindow(at, type.bytes());
        return type == Metadata.Type.FLOAT32
                ? LittleEndian.f32(window, i)
                : Double.longBitsToDouble(LittleEndian.u64(window, i));
    }

    private boolean bool(String key) {
        long at = advance(1, key);
        int i = inWindow(at, 1);
        byte b = window[i];
        if (b != 0 && b != 1) throw bad(key, at, key + " holds the boolean " + b + ", neither 0 nor 1");
        return b == 1;
    }

    /** A value's text; what is not UTF-8 becomes U+FFFD, as real vocabularies cut characters in pieces. */
    private String string(String key) {
        int length = (int) count(key, 1);
        if (length > WINDOW_BYTES) return new String(bytes(length), StandardCharsets.UTF_8);
        int at = inWindow(position, length);
        position += length;
        return new String(window, at, length, StandardCharsets.UTF_8);
    }

    private byte[] bytes(int length) {
        byte[] b = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, position, b, 0, length);
        position += length;
        return b;
    }

    /**
     * Where in the window the {@code bytes} bytes at {@code at} lie, which the file has and a window can hold; it may be a new
     * window.
     */
    private int inWindow(long at, int bytes) {
        if (at < windowAt || at + bytes > windowAt + window.length) {
            window = new byte[(int) Math.min(WINDOW_BYTES, limit - at)];
            windowAt = at;
            MemorySegment.copy(file, ValueLayout.JAVA_BYTE, at, window, 0, window.length);
        }
        return (int) (at - windowAt);
    }

    /** Where the next {@code bytes} bytes start; they are all there. */
    private long advance(long bytes, String field) {
        if (bytes > limit - position) {
            String why = limit < file.byteSize()
                    ? "the header is over the limit of " + limit + " bytes"
                    : "the file ends inside it: it is cut off or damaged";
            throw bad(field, position, field + ": " + why);
        }
        long at = position;
        position += bytes;
        return at;
    }
}
