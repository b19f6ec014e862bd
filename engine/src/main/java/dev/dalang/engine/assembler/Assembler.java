package dev.dalang.engine.assembler;

/**
 * Writes x86-64 machine code, one instruction a call, each method named after the mnemonic with operands in Intel order
 * (destination first). {@link MachineCode} makes it run.
 *
 * <pre>
 * Assembler a = new Assembler();
 * Label loop = a.label();
 * a.vpxor(xmm(0), xmm(0), xmm(0));
 * a.bind(loop);
 * a.vmovups(zmm(1), mem(RDI));
 * a.vfmadd231ps(zmm(0), zmm(1), mem(RSI, 64).broadcast()); // one float for all sixteen lanes
 * a.vmovdqu8(zmm(2).zero(K1), mem(RDI, RCX, 4)); // only bytes whose bit in k1 is set
 * a.dec(RDX);
 * a.jcc(Cond.NE, loop);
 * a.ret();
 * </pre>
 *
 * <p>Vector instructions take the VEX encoding (AVX, AVX2) when the instruction has one and its operands fit: no
 * register above 15, no 512 bits, no mask, no broadcast. So code for AVX2 is made with the same methods. What no
 * encoding can say is refused with an {@link IllegalArgumentException}; whether the processor knows an instruction is
 * for the caller to ask {@link CpuFeatures}. Not for use by several threads.
 */
public final class Assembler
        implements GeneralInstructions,
                MoveInstructions,
                FloatInstructions,
                ConvertInstructions,
                IntegerInstructions,
                BitInstructions,
                ShuffleInstructions,
                MaskInstructions,
                TileInstructions {

    /** No operations of one to nine bytes, as the manual recommends them (NOP in volume 2). */
    private static final int[][] NOPS = {
        {0x90},
        {0x66, 0x90},
        {0x0F, 0x1F, 0x00},
        {0x0F, 0x1F, 0x40, 0x00},
        {0x0F, 0x1F, 0x44, 0x00, 0x00},
        {0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00},
        {0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00},
        {0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
        {0x66, 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
    };

    private final CodeBuffer out = new CodeBuffer();
    private final Encoder encoder = new Encoder(out);

    @Override
    public Encoder encoder() {
        return encoder;
    }

    /** A new place, bound nowhere yet. */
    public Label label() {
        return new Label();
    }

    /** The place where the next instruction will lie. */
    public Label here() {
        Label label = new Label();
        bind(label);
        return label;
    }

    /** Puts the label where the next instruction will lie. */
    public void bind(Label label) {
        label.bind(out.size());
    }

    /** No operations up to the next multiple of {@code bytes}, a power of two up to 4,096. */
    public void align(int bytes) {
        if (Integer.bitCount(bytes) != 1 || bytes > 4096) throw new IllegalArgumentException("no alignment " + bytes);
        int gap = -out.size() & bytes - 1;
        while (gap > 0) {
            int[] nop = NOPS[Math.min(gap, NOPS.length) - 1];
            out.put(nop);
            gap -= nop.length;
        }
    }

    /** Bytes as they are: constants that code addresses through a label. They must not be run into. */
    public void data(byte... bytes) {
        for (byte b : bytes) out.put8(b);
    }

    /** Floats as data. */
    public void data(float... values) {
        for (float value : values) out.put32(Float.floatToRawIntBits(value));
    }

    /** Integers as data. */
    public void data(int... values) {
        for (int value : values) out.put32(value);
    }

    /** Bytes so far. */
    public int size() {
        return out.size();
    }

    /** The code; fails with {@link IllegalStateException} when a label in it was never bound. */
    public byte[] toBytes() {
        return out.finish();
    }
}
