package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A weight matrix {@code [rows][columns]} of blocks, row-major, as it lies in the model file. {@code y = W·x} takes
 * {@code x} of length {@code columns} to {@code y} of length {@code rows}.
 */
public final class Matrix {

    private final BlockType type;
    private final int rows;
    private final int columns;
    private final long rowBytes;
    private final MemorySegment data;
    private final long address;

    /**
     * @param data native memory with exactly {@code rows * columns} elements of {@code type}
     * @throws IllegalArgumentException if a row is not whole blocks or the data is of another size
     */
    public Matrix(BlockType type, int rows, int columns, MemorySegment data) {
        if (columns % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    columns + " columns are not whole blocks of " + type.blockElements() + " (" + type + ")");
        }
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.rowBytes = (long) (columns / type.blockElements()) * type.blockBytes();
        if (data.byteSize() != rowBytes * rows || !data.isNative()) {
            throw new IllegalArgumentException(
                    "expected " + rowBytes * rows + " bytes of native memory, got " + data.byteSize());
        }
        this.data = data;
        this.address = data.address();
    }

    public BlockType type() {
        return type;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    public long bytes() {
        return rowBytes * rows;
    }

    /** Rows {@code from .. from+count} as a matrix of its own over the same memory. */
    public Matrix rows(int from, int count) {
        Objects.checkFromIndexSize(from, count, rows);
        return new Matrix(type, count, columns, data.asSlice(from * rowBytes, count * rowBytes));
    }

    MemorySegment data() {
        return data;
    }

    long rowBytes() {
        return rowBytes;
    }

    /** The address of a row's first block, for kernels. */
    long rowAddress(int row) {
        return address + rowBytes * Objects.checkIndex(row, rows);
    }
}
