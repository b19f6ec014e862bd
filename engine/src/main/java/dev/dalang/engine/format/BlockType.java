package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the numbers of a tensor are stored: a row of elements is a run of equal blocks, each of {@link #blockElements()}
 * elements in {@link #blockBytes()} bytes.
 *
 * <p>One row a type: adding a type touches this table and the one class that holds its code. Numbers are those of GGUF
 * files (ggml's {@code enum ggml_type}).
 */
public enum BlockType {
    F32(0, 4, PlainNumbers::f32, PlainNumbers::toF32),
    F16(1, 2, PlainNumbers::f16, PlainNumbers::toF16),
    Q4_0(2, 32, 18, LinearBlocks::q40, LinearBlocks::encodeQ40),
    Q4_1(3, 32, 20, LinearBlocks::q41, LinearBlocks::encodeQ41),
    Q5_0(6, 32, 22, LinearBlocks::q50, LinearBlocks::encodeQ50),
    Q5_1(7, 32, 24, LinearBlocks::q51, LinearBlocks::encodeQ51),
    Q8_0(8, 32, 34, LinearBlocks::q80, LinearBlocks::encodeQ80),
    Q8_1(9, 32, 36, LinearBlocks::q81, null),
    Q2_K(10, 256, 84, KBlocks::q2, KBlocks::encodeQ2),
    Q3_K(11, 256, 110, KBlocks::q3, KBlocks::encodeQ3),
    Q4_K(12, 256, 144, KBlocks::q4, KBlocks::encodeQ4),
    Q5_K(13, 256, 176, KBlocks::q5, KBlocks::encodeQ5),
    Q6_K(14, 256, 210, KBlocks::q6, KBlocks::encodeQ6),
    Q8_K(15, 256, 292, KBlocks::q8, null),
    IQ2_XXS(16, 256, 66, CodebookBlocks::iq2Xxs, null),
    IQ2_XS(17, 256, 74, CodebookBlocks::iq2Xs, null),
    IQ3_XXS(18, 256, 98, CodebookBlocks::iq3Xxs, null),
    IQ1_S(19, 256, 50, CodebookBlocks::iq1S, null),
    IQ4_NL(20, 32, 18, CodebookBlocks::iq4Nl, CodebookBlocks::encodeIq4Nl),
    IQ3_S(21, 256, 110, CodebookBlocks::iq3S, null),
    IQ2_S(22, 256, 82, CodebookBlocks::iq2S, null),
    IQ4_XS(23, 256, 136, CodebookBlocks::iq4Xs, CodebookBlocks::encodeIq4Xs),
    I8(24, 1, PlainNumbers::i8, null),
    I16(25, 2, PlainNumbers::i16, null),
    I32(26, 4, PlainNumbers::i32, null),
    I64(27, 8, PlainNumbers::i64, null),
    F64(28, 8, PlainNumbers::f64, null),
    IQ1_M(29, 256, 56, CodebookBlocks::iq1M, null),
    BF16(30, 2, PlainNumbers::bf16, PlainNumbers::toBf16),
    TQ1_0(34, 256, 54, LinearBlocks::tq1, LinearBlocks::encodeTq1),
    TQ2_0(35, 256, 66, LinearBlocks::tq2, LinearBlocks::encodeTq2),
    MXFP4(39, 32, 17, CodebookBlocks::mxfp4, CodebookBlocks::encodeMxfp4),
    NVFP4(40, 64, 36, CodebookBlocks::nvfp4, null),
    Q1_0(41, 128, 18, LinearBlocks::q1, null),
    Q2_0(42, 64, 18, LinearBlocks::q2, null);

    /** Numbers that older files carry and that no longer have a meaning, with the names they had. */
    private static final Map<Integer, String> REMOVED = Map.of(
            4, "Q4_2",
            5, "Q4_3",
            31, "Q4_0_4_4",
            32, "Q4_0_4_8",
            33, "Q4_0_8_8",
            36, "IQ4_NL_4_4",
            37, "IQ4_NL_4_8",
            38, "IQ4_NL_8_8");

    private static final Map<Integer, BlockType> BY_NUMBER = new HashMap<>();
    private static final Map<String, BlockType> BY_NAME = new HashMap<>();

    static {
        for (BlockType t : values()) {
            BY_NUMBER.put(t.number, t);
            BY_NAME.put(t.name(), t);
        }
    }

    private final int number;
    private final int blockElements;
    private final int blockBytes;

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final Dequantizer dequantizer;

    @SuppressWarnings("ImmutableEnumChecker")
    private final @Nullable Quantizer quantizer;

    /** A type of blocks. */
    BlockType(
            int number,
            int blockElements,
            int blockBytes,
            Dequantizer.Block decoder,
            Quantizer.@Nullable Block encoder) {
        this.number = number;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.dequantizer = Dequantizer.ofBlocks(blockElements, blockBytes, decoder);
        this.quantizer = encoder == null ? null : Quantizer.ofBlocks(blockElements, blockBytes, encoder);
    }

    /** A type of single numbers. */
    BlockType(int number, int bytes, Dequantizer dequantizer, @Nullable Quantizer quantizer) {
        this.number = number;
        this.blockElements = 1;
        this.blockBytes = bytes;
        this.dequantizer = dequantizer;
        this.quantizer = quantizer;
    }

    /** The type's number in GGUF files. */
    public int number() {
        return number;
    }

    /** Elements in one block; a row's length is a multiple of it. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Decodes this type to floats: exact, plain and slow, the measure of the fast kernels. */
    public Dequantizer dequantizer() {
        return dequantizer;
    }

    /** Whether {@link #quantizer} has something to give. */
    public boolean canQuantize() {
        return quantizer != null;
    }

    /**
     * Encodes floats to this type.
     *
     * @throws DalangException (unsupported) if there is no encoder for it: see {@link #canQuantize}
     */
    public Quantizer quantizer() {
        if (quantizer == null) {
            throw DalangException.unsupported("there is no encoder for " + name() + "; it can only be read", name());
        }
        return quantizer;
    }

    /**
     * Bytes that {@code elements} elements take.
     *
     * @throws IllegalArgumentException if {@code elements} is negative or not a multiple of {@link #blockElements()}
     * @throws ArithmeticException if the bytes do not fit a {@code long}
     */
    public long bytesFor(long elements) {
        if (elements < 0 || elements % blockElements != 0) {
            throw new IllegalArgumentException(
                    elements + " elements are not a whole number of " + name() + " blocks of " + blockElements);
        }
        return Math.multiplyExact(elements / blockElements, blockBytes);
    }

    /** The type with this number, or null: see {@link #removedName}. */
    public static @Nullable BlockType ofNumber(int number) {
        return BY_NUMBER.get(number);
    }

    /** The name that a number had before its type was removed from the format, or null. */
    public static @Nullable String removedName(int number) {
        return REMOVED.get(number);
    }

    /**
     * The type of this name in any case ({@code q4_k}, {@code Q4_K}).
     *
     * @throws DalangException (invalid request) if there is none
     */
    public static BlockType ofName(String name) {
        BlockType t = BY_NAME.get(name.toUpperCase(Locale.ROOT));
        if (t == null) throw DalangException.invalidRequest("no block type is called '" + name + "'", "type");
        return t;
    }
}
