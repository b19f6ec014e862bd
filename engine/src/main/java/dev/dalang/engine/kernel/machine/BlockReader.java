package dev.dalang.engine.kernel.machine;

import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.format.BlockType;
import java.util.function.IntFunction;

/**
 * Writes the code that reads one type of block, a lane a row: its weights as bytes, four to a lane, and their scales. The
 * bytes are unsigned, unless weights of eight bits meet a processor without VNNI ({@link #signed}). A block is cut into runs of 16 or 32 elements with a scale of their own:
 *
 * <pre>
 * w = scale · (byte - offset) + minimum
 * </pre>
 *
 * While a block is read, {@code rsi} points at its words and {@code rdx} at its odd part (see {@link Interleaving}).
 */
abstract class BlockReader {

    final Simd simd;
    final Assembler a;
    private final Interleaving layout;

    /** The first of the registers that a reader may keep things in; the one before it is the kernel's working register. */
    private final int firstRegister;

    BlockReader(Simd simd, BlockType type, int firstRegister) {
        this.simd = simd;
        this.a = simd.assembler();
        this.layout = new Interleaving(type);
        this.firstRegister = firstRegister;
    }

    /** Registers that this reader keeps for itself. */
    abstract int registers();

    /** The i-th of its registers. */
    final Vec own(int i) {
        return simd.vec(firstRegister + i);
    }

    /** Word {@code i} of the block, as the file counts them. */
    final Mem word(int i) {
        return mem(RSI, 4 * Interleaving.ROWS * layout.place(i));
    }

    /** The block's odd part. */
    final Mem odd() {
        return mem(RDX);
    }

    /** Elements of a run: 16 or 32. */
    abstract int runElements();

    /** What is taken off an unsigned byte to get a weight: 0, 4, 8, 16, 32 or 128; 0 for signed bytes. */
    abstract int offset();

    /** The largest unsigned byte; 255 for weights of eight bits, whose bytes may be {@link #signed}. */
    abstract int largest();

    /** How many words' products with activations a sum of 16 bits takes: two products of two bytes a word. */
    final int wordsThatFit() {
        return Short.MAX_VALUE / (2 * Byte.MAX_VALUE * largest());
    }

    /** Whether those of a whole run are summed so. */
    final boolean sumsRunInWords() {
        return !simd.dotsAllBytes() && !signed() && wordsThatFit() >= runElements() / 4;
    }

    /** Adds to a token's integer sum what it did not {@link #start} with; {@code spare} is overwritten. */
    final void finish(int run, Vec sum, Vec spare, IntFunction<Mem> field) {
        if (offset() == 0) return;
        start(run, spare, field);
        a.vpaddd(sum, sum, spare);
    }

    /** Whether bytes are signed: where products of two bytes of eight bits have no sum of their own. */
    final boolean signed() {
        return largest() == 255 && !simd.dotsAllBytes();
    }

    /** Whether runs have a minimum. */
    boolean hasMinimum() {
        return false;
    }

    /** Code before the first block: constants. */
    void constants() {}

    /** Code at the start of a block. */
    void block() {}

    /** The scale of a run; {@code spare} may be overwritten. */
    abstract void scale(int run, Vec d, Vec spare);

    /** The minimum of a run; {@code spare} may be overwritten. */
    void minimum(int run, Vec d, Vec spare) {
        throw new UnsupportedOperationException();
    }

    /** Elements {@code 4i .. 4i+3} of a run as bytes; {@code spare} may be overwritten. */
    abstract void weights(int run, int i, Vec d, Vec spare);

    /** Word {@code i} of eight of a run whose 4-bit elements lie in four words, the first half of them below. */
    final void nibbles(int i, int firstWord, Vec d, Vec mask) {
        if (i < 4) {
            simd.and(d, mask, word(firstWord + i));
        } else {
            simd.shiftRight(d, word(firstWord + i - 4), 4);
            simd.and(d, d, mask);
        }
    }

    /** Byte {@code i} of each lane as a float. */
    final void byteAsFloat(Vec d, Vec s, int i) {
        if (i < 3) a.vpslld(d, s, 24 - 8 * i);
        a.vpsrld(d, i < 3 ? d : s, 24);
        a.vcvtdq2ps(d, d);
    }

    /** Byte {@code i}, signed, of each lane in memory as a float. */
    final void signedByteAsFloat(Vec d, Mem m, int i) {
        simd.shiftRight(d, m, 8 * i - 24);
        a.vpsrad(d, d, 24);
        a.vcvtdq2ps(d, d);
    }

    /** Four bits, the {@code i}-th from below, of each lane in memory as a float. */
    final void nibbleAsFloat(Vec d, Mem m, int i) {
        simd.shiftRight(d, m, 4 * i - 28);
        a.vpsrld(d, d, 28);
        a.vcvtdq2ps(d, d);
    }

    /**
     * What a token's integer sum of a run begins with: the offset of the weights' bytes, taken off all at once.
     *
     * @param field the place of a field of the token's {@link Activations}
     */
    final void start(int run, Vec sum, IntFunction<Mem> field) {
        int half = run % 2 == 0 ? Activations.MINUS_32_FIRST : Activations.MINUS_32_LAST;
        switch (offset()) {
            case 0 -> simd.zero(sum);
            case 8 -> a.vpbroadcastd(sum, field.apply(Activations.MINUS_8));
            case 16 -> {
                a.vpbroadcastd(sum, field.apply(Activations.MINUS_8));
                a.vpaddd(sum, sum, sum);
            }
            case 128 -> a.vpbroadcastd(sum, field.apply(Activations.MINUS_128));
            case 32 -> a.vpbroadcastd(sum, field.apply(half));
            case 4 -> {
                a.vpbroadcastd(sum, field.apply(half));
                a.vpsrad(sum, sum, 3);
            }
            default -> throw new IllegalStateException("offset " + offset());
        }
    }

    /** The field of {@link Activations} that a run's minimum is multiplied with. */
    final int sumField(int run) {
        if (runElements() == Activations.ELEMENTS) return Activations.SUM;
        return run % 2 == 0 ? Activations.SUM_FIRST : Activations.SUM_LAST;
    }

    /** A register that is free before the runs of a block begin. */
    final Vec scratch() {
        return simd.vec(firstRegister - 1);
    }

    final Interleaving layout() {
        return layout;
    }
}
