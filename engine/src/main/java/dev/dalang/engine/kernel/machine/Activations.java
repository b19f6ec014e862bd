package dev.dalang.engine.kernel.machine;

/**
 * Activations as the integer kernels read them: 32 numbers of 8 bits with a scale of their own, and beside them what
 * the kernels would otherwise compute again for each group of rows. A block is one cache line:
 *
 * <pre>
 *  0  int8[32]  q, with x ≈ dx·q
 * 32  float     dx = max|x| / 127
 * 36  float     dx·Σq
 * 40  int32     -8·Σq      start value of a sum over weights stored with an offset of 8
 * 44  int32     -128·Σq    the same for an offset of 128
 * 48  int32     -32·Σq of the first 16 numbers
 * 52  int32     -32·Σq of the last 16
 * 56  float     dx·Σq of the first 16
 * 60  float     dx·Σq of the last 16
 * </pre>
 *
 * The blocks of up to {@link #TILE} tokens that go through a kernel together alternate, so that one pointer reaches
 * them all: {@code [block][token]}.
 */
public final class Activations {

    /** Elements of a block. */
    public static final int ELEMENTS = 32;

    /** Bytes of a block. */
    public static final int BYTES = 64;

    /** Tokens that one pass over the weights serves at most. */
    public static final int TILE = 12;

    static final int SCALE = 32;
    static final int SUM = 36;
    static final int MINUS_8 = 40;
    static final int MINUS_128 = 44;
    static final int MINUS_32_FIRST = 48;
    static final int MINUS_32_LAST = 52;
    static final int SUM_FIRST = 56;
    static final int SUM_LAST = 60;

    private Activations() {}
}
