package dev.dalang.engine.kernel;

import java.util.Objects;

/**
 * A matrix of floats, or a part of one, inside a {@link Floats}; or the same seen from its other side.
 *
 * @param data where the floats are
 * @param from the index of element (0, 0)
 * @param rows of this view
 * @param columns of this view
 * @param stride how far one line in memory is from the next: element (i, j) is at {@code from + i·stride + j}, or when
 *     transposed at {@code from + j·stride + i}
 * @param transposed whether a column of this view is a line in memory, rather than a row
 */
public record FloatMatrix(Floats data, int from, int rows, int columns, int stride, boolean transposed) {

    /** @throws IndexOutOfBoundsException if it reaches beyond the floats */
    public FloatMatrix {
        int lines = transposed ? columns : rows;
        int width = transposed ? rows : columns;
        if (rows < 0 || columns < 0 || lines > 1 && stride < width) {
            throw new IllegalArgumentException(rows + "x" + columns + ", stride " + stride);
        }
        long size = lines == 0 || width == 0 ? 0 : (lines - 1L) * stride + width;
        Objects.checkFromIndexSize((long) from, size, (long) data.length());
    }

    /** {@code [rows][columns]} from the start of the floats on, without gaps. */
    public static FloatMatrix of(Floats data, int rows, int columns) {
        return new FloatMatrix(data, 0, rows, columns, columns, false);
    }

    /** The same floats with rows and columns changed over; nothing is copied. */
    public FloatMatrix transpose() {
        return new FloatMatrix(data, from, columns, rows, stride, !transposed);
    }

    /** Rows {@code first .. first+count-1}. */
    public FloatMatrix rows(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows);
        return new FloatMatrix(data, count == 0 ? from : index(first, 0), count, columns, stride, transposed);
    }

    /** Columns {@code first .. first+count-1}. */
    public FloatMatrix columns(int first, int count) {
        Objects.checkFromIndexSize(first, count, columns);
        return new FloatMatrix(data, count == 0 ? from : index(0, first), rows, count, stride, transposed);
    }

    /** Whether the rows lie one after the other without gaps. */
    boolean dense() {
        return !transposed && (rows < 2 || stride == columns);
    }

    /** Where an element is in the floats. */
    int index(int row, int column) {
        return transposed ? from + column * stride + row : from + row * stride + column;
    }

    /** The address of an element, for kernels. */
    long address(int row, int column) {
        return data.address(index(row, column));
    }

    float get(int row, int column) {
        return data.get(index(row, column));
    }

    void set(int row, int column, float value) {
        data.set(index(row, column), value);
    }

    /** Sets all to zero. */
    void clear() {
        for (int i = 0; i < rows; i++) for (int j = 0; j < columns; j++) set(i, j, 0);
    }

    /** @throws IllegalArgumentException unless {@code out} can take {@code a·b} */
    static void check(FloatMatrix a, FloatMatrix b, FloatMatrix out) {
        if (a.columns != b.rows || a.rows != out.rows || b.columns != out.columns || out.transposed) {
            throw new IllegalArgumentException("%dx%d times %dx%d into %s%dx%d"
                    .formatted(
                            a.rows,
                            a.columns,
                            b.rows,
                            b.columns,
                            out.transposed ? "transposed " : "",
                            out.rows,
                            out.columns));
        }
    }
}
