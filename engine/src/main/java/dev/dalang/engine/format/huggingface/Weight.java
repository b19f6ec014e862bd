package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Safetensors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A tensor on its way from a checkpoint to the form that GGUF gives it: known by type and shape at once, made only when
 * its bytes are asked for. What needs no change stays in the mapped file.
 */
final class Weight {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHUNK = 1 << 12;
    private static final long ALIGNMENT = 64;

    private final String label;
    private final BlockType type;
    private final long[] shape;
    private final Supplier<MemorySegment> bytes;

    private Weight(String label, BlockType type, long[] shape, Supplier<MemorySegment> bytes) {
        this.label = label;
        this.type = type;
        this.shape = shape;
        this.bytes = bytes;
    }

    /** A tensor as it lies in the file; double precision is rounded to single. */
    static Weight of(Safetensors file, Safetensors.Tensor tensor) {
        return switch (tensor.dtype()) {
            case F32 -> stored(file, tensor, BlockType.F32);
            case F16 -> stored(file, tensor, BlockType.F16);
            case BF16 -> stored(file, tensor, BlockType.BF16);
            case F64 -> stored(file, tensor, BlockType.F64).as(BlockType.F32);
            // Every 8-bit float is a BF16.
            case F8_E4M3, F8_E5M2 ->
                made(label(file, tensor), BlockType.BF16, tensor.shape(), dst -> decode8(file, tensor, dst));
            default ->
                throw DalangException.unsupported(
                        label(file, tensor) + " is of type " + tensor.dtype()
                                + ", which is no type of weights that is known here",
                        "dtype=" + tensor.dtype());
        };
    }

    /** A tensor of a checkpoint, for messages. */
    private static String label(Safetensors file, Safetensors.Tensor tensor) {
        return file.path() + ": tensor " + JsonValue.printable(tensor.name());
    }

    private static Weight stored(Safetensors file, Safetensors.Tensor tensor, BlockType type) {
        return new Weight(label(file, tensor), type, tensor.shape(), () -> file.data(tensor));
    }

    /** Numbers that no file holds as a tensor. */
    static Weight of(float[] values) {
        MemorySegment bytes = Arena.ofAuto().allocate(4L * values.length, ALIGNMENT);
        BlockType.F32.quantizer().quantize(values, 0, null, bytes, 0, values.length);
        return new Weight("", BlockType.F32, new long[] {values.length}, () -> bytes);
    }

    private static Weight made(String label, BlockType type, long[] shape, Fill fill) {
        return new Weight(label, type, shape, () -> {
            MemorySegment dst = Arena.ofAuto()
                    .allocate(Math.max(1, type.bytesFor(product(shape))), ALIGNMENT)
                    .asSlice(0, type.bytesFor(product(shape)));
            fill.into(dst);
            return dst;
        });
    }

    /** Writes all bytes of a tensor. */
    private interface Fill {
        void into(MemorySegment dst);
    }

    BlockType type() {
        return type;
    }

    /** Lengths, slowest-varying first. */
    long[] shape() {
        return shape.clone();
    }

    int rank() {
        return shape.length;
    }

    long dim(int i) {
        return shape[i];
    }

    MemorySegment bytes() {
        return bytes.get();
    }

    /** The same bytes under another shape of as many elements. */
    Weight reshaped(long... to) {
        if (product(to) != product(shape)) throw misshapen("cannot be taken as " + Arrays.toString(to));
        return new Weight(label, type, to, bytes);
    }

    /**
     * Other slices along a dimension: slice {@code i} of the result is slice {@code from(i)} of this.
     *
     * @param count slices of the result
     */
    Weight gather(int dimension, long count, LongUnaryOperator from) {
        long[] to = shape.clone();
        to[dimension] = count;
        long unit = type.bytesFor(product(Arrays.copyOfRange(shape, dimension + 1, shape.length)));
        long outer = product(Arrays.copyOf(shape, dimension));
        long length = shape[dimension];
        return made(label, type, to, dst -> {
            MemorySegment src = bytes();
            for (long o = 0; o < outer; o++) {
                for (long i = 0; i < count; i++) {
                    MemorySegment.copy(
                            src, (o * length + from.applyAsLong(i)) * unit, dst, (o * count + i) * unit, unit);
                }
            }
        });
    }

    /** A run of slices along a dimension. */
    Weight slice(int dimension, long first, long count) {
        if (first + count > shape[dimension]) throw misshapen("is too short for its parts");
        if (product(Arrays.copyOf(shape, dimension)) != 1) return gather(dimension, count, i -> first + i);
        long[] to = shape.clone();
        to[dimension] = count;
        long unit = type.bytesFor(product(Arrays.copyOfRange(shape, dimension + 1, shape.length)));
        return new Weight(label, type, to, () -> bytes().asSlice(first * unit, count * unit));
    }

    /** The first or second half along a dimension. */
    Weight half(int dimension, int which) {
        long length = even(dimension);
        return slice(dimension, which * (length / 2), length / 2);
    }

    /** Every other slice along a dimension, from the first or the second on. */
    Weight everyOther(int dimension, int which) {
        return gather(dimension, even(dimension) / 2, i -> 2 * i + which);
    }

    private long even(int dimension) {
        if (dimension >= rank() || shape[dimension] % 2 != 0) throw misshapen("cannot be split in two");
        return shape[dimension];
    }

    /**
     * Rows of each head from halves (element i turns with i + n/2, as in Hugging Face's implementation) to neighbours
     * (2i with 2i + 1, as in GGUF's).
     */
    Weight pairs(long heads) {
        long length = rank() == 0 ? 1 : shape[0];
        if (length % (2 * heads) != 0) throw misshapen("cannot be split over " + heads + " heads");
        long head = length / heads;
        return gather(0, length, row -> {
            long within = row % head;
            return row - within + within % 2 * (head / 2) + within / 2;
        });
    }

    /** Of two or more tensors of one type and shape, the tensor that has them as slices of a new first dimension. */
    static Weight stack(List<Weight> parts) {
        Weight first = parts.getFirst();
        for (Weight part : parts) {
            if (part.type != first.type || !Arrays.equals(part.shape, first.shape)) {
                throw part.misshapen("is not of the type and shape of " + first.label);
            }
        }
        long[] to = new long[first.rank() + 1];
        to[0] = parts.size();
        System.arraycopy(first.shape, 0, to, 1, first.rank());
        List<Weight> all = new ArrayList<>(parts);
        return made(first.label, first.type, to, dst -> {
            long size = dst.byteSize() / all.size();
            IntStream.range(0, all.size())
                    .parallel()
                    .forEach(
                            i -> dst.asSlice(i * size, size).copyFrom(all.get(i).bytes()));
        });
    }

    /** The last two dimensions exchanged. */
    Weight transposed() {
        if (rank() < 2) throw misshapen("is no matrix");
        int unit = type.blockBytes();
        long rows = shape[rank() - 2];
        long columns = shape[rank() - 1];
        long[] to = shape.clone();
        to[rank() - 2] = columns;
        to[rank() - 1] = rows;
        return made(label, type, to, dst -> {
            MemorySegment src = bytes();
            long outer = product(shape) / Math.max(1, rows * columns);
            for (long m = 0; m < outer * columns; m++) {
                long at = m / columns * rows * columns + m % columns;
                for (long r = 0; r < rows; r++) {
                    MemorySegment.copy(src, (at + r * columns) * unit, dst, (m * rows + r) * unit, unit);
                }
            }
        });
    }

    /** The same numbers as another type. */
    Weight as(BlockType to) {
        return to == type ? this : mapped(to, (values, at, n) -> {});
    }

    /** All elements with {@code term} added, in single precision. */
    Weight plus(float term) {
        return mapped(BlockType.F32, (values, at, n) -> {
            for (int i = 0; i < n; i++) values[i] += term;
        });
    }

    /** Multiplied block by block: {@code scales[r / height][c / width]} goes with element {@code [r][c]}. */
    Weight scaled(float[] scales, long height, long width) {
        long columns = rank() < 2 ? 1 : shape[rank() - 1];
        long across = (columns + width - 1) / width;
        return mapped(BlockType.BF16, (values, at, n) -> {
            for (int i = 0; i < n; i++) {
                long r = (at + i) / columns;
                long c = (at + i) % columns;
                values[i] *= scales[(int) (r / height * across + c / width)];
            }
        });
    }

    /** Changes a run of numbers in place. */
    private interface Change {
        void change(float[] values, long at, int count);
    }

    private Weight mapped(BlockType to, Change change) {
        return made(label, to, shape, dst -> {
            MemorySegment src = bytes();
            long elements = product(shape);
            long chunks = (elements + CHUNK - 1) / CHUNK;
            IntStream.range(0, Math.toIntExact(chunks)).parallel().forEach(chunk -> {
                float[] values = new float[CHUNK];
                long at = (long) chunk * CHUNK;
                int n = (int) Math.min(CHUNK, elements - at);
                type.dequantizer().dequantize(src, type.bytesFor(at), values, 0, n);
                change.change(values, at, n);
                to.quantizer().quantize(values, 0, null, dst, to.bytesFor(at), n);
            });
        });
    }

    private static void decode8(Safetensors file, Safetensors.Tensor tensor, MemorySegment dst) {
        MemorySegment src = file.data(tensor);
        short[] table = new short[256];
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) all[i] = (byte) i;
        float[] values = new float[256];
        tensor.dtype().reader().dequantize(MemorySegment.ofArray(all), 0, values, 0, 256);
        for (int i = 0; i < 256; i++) table[i] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
        for (long i = 0; i < src.byteSize(); i++) {
            dst.set(SHORT, 2 * i, table[src.get(ValueLayout.JAVA_BYTE, i) & 0xff]);
        }
    }

    /**
     * MXFP4 as gpt-oss has it: {@code blocks} {@code [..., blocks][16]} with element 2j in the low half of byte j and
     * 2j+1 in the high one, {@code scales} {@code [..., blocks]}; in GGUF the halves of byte j are elements j and j+16,
     * behind the scale.
     */
    static Weight mxfp4(Safetensors file, Safetensors.Tensor blocks, Safetensors.Tensor scales) {
        long[] b = blocks.shape();
        long[] s = scales.shape();
        boolean fits = blocks.dtype() == Dtype.U8
                && scales.dtype() == Dtype.U8
                && b.length == s.length + 1
                && s.length >= 2
                && b[b.length - 1] == 16
                && Arrays.equals(Arrays.copyOf(b, s.length), s);
        if (!fits) {
            throw DalangException.badModelFile(
                    label(file, blocks) + " and its scales are no MXFP4 blocks",
                    file.path().toString(),
                    blocks.name());
        }
        long[] to = s.clone();
        to[to.length - 1] = Math.multiplyExact(to[to.length - 1], 32L);
        return made(label(file, blocks), BlockType.MXFP4, to, dst -> {
            MemorySegment from = file.data(blocks);
            MemorySegment exponents = file.data(scales);
            byte[] in = new byte[16];
            byte[] out = new byte[17];
            for (long i = 0; i < exponents.byteSize(); i++) {
                MemorySegment.copy(from, ValueLayout.JAVA_BYTE, 16 * i, in, 0, 16);
                out[0] = exponents.get(ValueLayout.JAVA_BYTE, i);
                for (int j = 0; j < 16; j++) {
                    int low = in[j / 2] >>> 4 * (j % 2) & 15;
                    int high = in[8 + j / 2] >>> 4 * (j % 2) & 15;
                    out[1 + j] = (byte) (low | high << 4);
                }
                MemorySegment.copy(out, 0, dst, ValueLayout.JAVA_BYTE, 17 * i, 17);
            }
        });
    }

    DalangException misshapen(String what) {
        return DalangException.badModelFile(label + " of shape " + Arrays.toString(shape) + " " + what, null, null);
    }

    static long product(long[] lengths) {
        long n = 1;
        for (long length : lengths) n = Math.multiplyExact(n, length);
        return n;
    }
}
