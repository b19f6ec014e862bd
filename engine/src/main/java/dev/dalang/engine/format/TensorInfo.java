package dev.dalang.engine.format;

import java.util.Arrays;

/**
 * Where a tensor lies in a model file, and what it is. Every number has been checked against the file.
 *
 * @param name unique in the model
 * @param type how its elements are stored
 * @param shape lengths, fastest-varying first: {@code shape[0]} is the length of a row; empty for a scalar
 * @param part index of the file that holds it, 0 unless the model is split
 * @param offset where its data starts, in bytes from the start of that file
 * @param bytes length of its data
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below, never handed out uncopied
public record TensorInfo(String name, BlockType type, long[] shape, int part, long offset, long bytes) {

    public TensorInfo {
        shape = shape.clone();
    }

    /** A copy of the lengths, fastest-varying first. */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Number of dimensions. */
    public int rank() {
        return shape.length;
    }

    /** Length of dimension {@code i}, 1 beyond the last one. */
    public long dim(int i) {
        return i < shape.length ? shape[i] : 1;
    }

    /** Elements in a row. */
    public long rowLength() {
        return dim(0);
    }

    /** Number of rows: the product of all lengths but the first. */
    public long rows() {
        long n = 1;
        for (int i = 1; i < shape.length; i++) n *= shape[i];
        return n;
    }

    /** Bytes of one row. */
    public long rowBytes() {
        return type.bytesFor(rowLength());
    }

    /** Number of elements: the product of all lengths. */
    public long elements() {
        return rowLength() * rows();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TensorInfo t
                && name.equals(t.name)
                && type == t.type
                && Arrays.equals(shape, t.shape)
                && part == t.part
                && offset == t.offset
                && bytes == t.bytes;
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Long.hashCode(offset);
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape) + " at " + offset;
    }
}
