package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Gp.EAX;
import static dev.dalang.engine.assembler.Gp.EDI;
import static dev.dalang.engine.assembler.Gp.R10;
import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RAX;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Gp.RSP;
import static dev.dalang.engine.assembler.Mem.mem;
import static dev.dalang.engine.assembler.Vec.xmm;
import static dev.dalang.engine.assembler.Vec.ymm;
import static dev.dalang.engine.assembler.Vec.zmm;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Assembled kernels give what plain Java gives. */
class ExecutionTest extends ExecutedCode {

    private MemorySegment floats(int count) {
        MemorySegment s = arena.allocate(4L * count, 64);
        for (int i = 0; i < count; i++) s.setAtIndex(JAVA_FLOAT, i, random.nextInt(-8, 9));
        return s;
    }

    /** Products of small whole numbers: exact in any order. */
    private static float dot(MemorySegment x, MemorySegment y, int n) {
        float sum = 0;
        for (int i = 0; i < n; i++) sum += x.getAtIndex(JAVA_FLOAT, i) * y.getAtIndex(JAVA_FLOAT, i);
        return sum;
    }

    /** float dot(x = RDI, y = RSI, n = RDX): eight at a time, then one at a time. */
    @Test
    void dotProductWithAvx2() throws Throwable {
        require(CpuFeature.AVX2, CpuFeature.FMA);
        Label blocks = a.label();
        Label rest = a.label();
        Label single = a.label();
        Label done = a.label();
        a.vxorps(ymm(0), ymm(0), ymm(0));
        a.bind(blocks);
        a.cmp(RDX, 8);
        a.jcc(Cond.L, rest);
        a.vmovups(ymm(1), mem(RDI));
        a.vfmadd231ps(ymm(0), ymm(1), mem(RSI));
        a.add(RDI, 32);
        a.add(RSI, 32);
        a.sub(RDX, 8);
        a.jmp(blocks);
        a.bind(rest);
        a.vextractf128(xmm(1), ymm(0), 1);
        a.vaddps(xmm(0), xmm(0), xmm(1));
        a.vmovhlps(xmm(1), xmm(0), xmm(0));
        a.vaddps(xmm(0), xmm(0), xmm(1));
        a.vmovshdup(xmm(1), xmm(0));
        a.vaddss(xmm(0), xmm(0), xmm(1));
        a.bind(single);
        a.test(RDX, RDX);
        a.jcc(Cond.E, done);
        a.vmovss(xmm(1), mem(RDI, RDX, 4, -4));
        a.vfmadd231ss(xmm(0), xmm(1), mem(RSI, RDX, 4, -4));
        a.dec(RDX);
        a.jmp(single);
        a.bind(done);
        a.vzeroupper();
        a.ret();
        MethodHandle handle = load(returning(JAVA_FLOAT, ADDRESS, ADDRESS, JAVA_LONG));
        for (int n : new int[] {0, 1, 7, 8, 9, 64, 1003}) {
            MemorySegment x = floats(n);
            MemorySegment y = floats(n);
            assertThat((float) handle.invokeExact(x, y, (long) n))
                    .as("n = %d", n)
                    .isEqualTo(dot(x, y, n));
        }
    }

    /** The same sixteen at a time, the end under a mask that must keep loads off what lies behind. */
    @Test
    void dotProductWithAvx512AndMask() throws Throwable {
        require(CpuFeature.AVX512F, CpuFeature.BMI2);
        Label blocks = a.label();
        Label rest = a.label();
        Label done = a.label();
        a.vpxord(zmm(16), zmm(16), zmm(16));
        a.bind(blocks);
        a.cmp(RDX, 16);
        a.jcc(Cond.L, rest);
        a.vmovups(zmm(31), mem(RDI));
        a.vfmadd231ps(zmm(16), zmm(31), mem(RSI));
        a.add(RDI, 64);
        a.add(RSI, 64);
        a.sub(RDX, 16);
        a.jmp(blocks);
        a.bind(rest);
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, RDX);
        a.kmovw(Mask.K1, EAX);
        a.vmovups(zmm(1).zero(Mask.K1), mem(RDI));
        a.vmovups(zmm(2).zero(Mask.K1), mem(RSI));
        a.vfmadd231ps(zmm(16), zmm(1), zmm(2));
        a.vextractf64x4(ymm(0), zmm(16), 1);
        a.vaddps(ymm(0), ymm(0), ymm(16));
        a.vextractf32x4(xmm(1), ymm(0), 1);
        a.vaddps(xmm(0), xmm(0), xmm(1));
        a.vshufps(xmm(1), xmm(0), xmm(0), 0b01_00_11_10);
        a.vaddps(xmm(0), xmm(0), xmm(1));
        a.vmovshdup(xmm(1), xmm(0));
        a.vaddss(xmm(0), xmm(0), xmm(1));
        a.bind(done);
        a.vzeroupper();
        a.ret();
        MethodHandle handle = load(returning(JAVA_FLOAT, ADDRESS, ADDRESS, JAVA_LONG));
        for (int n : new int[] {0, 1, 15, 16, 17, 1003}) {
            MemorySegment x = floats(n);
            MemorySegment y = floats(n);
            assertThat((float) handle.invokeExact(x, y, (long) n))
                    .as("n = %d", n)
                    .isEqualTo(dot(x, y, n));
        }
    }

    /** Bytes copied under a mask: 64 at most, and not one more. */
    @Test
    void maskedStoreWritesNothingElse() throws Throwable {
        require(CpuFeature.AVX512BW, CpuFeature.BMI2);
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, RDX);
        a.kmovq(Mask.K7, RAX);
        a.vmovdqu8(zmm(20).zero(Mask.K7), mem(RSI));
        a.vmovdqu8(mem(RDI).merge(Mask.K7), zmm(20));
        a.vzeroupper();
        a.ret();
        MethodHandle copy = load(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_LONG));
        for (int n = 0; n <= 64; n++) {
            MemorySegment from = bytes(64);
            MemorySegment to = bytes(64);
            byte[] expected = to.toArray(JAVA_BYTE);
            System.arraycopy(from.toArray(JAVA_BYTE), 0, expected, 0, n);
            copy.invokeExact(to, from, (long) n);
            assertThat(to.toArray(JAVA_BYTE)).isEqualTo(expected);
        }
    }

    @Test
    void comparisonsMakeMasks() throws Throwable {
        require(CpuFeature.AVX512F);
        a.vmovdqu32(zmm(1), mem(RDI));
        a.vpcmpd(Mask.K2, zmm(1), mem(RSI).broadcast(), 1); // signed less
        a.vpcmpud(Mask.K3, zmm(1), mem(RSI).broadcast(), 5); // unsigned not less
        a.kmovw(EAX, Mask.K2);
        a.kmovw(Gp.ECX, Mask.K3);
        a.shl(RCX, 16);
        a.or(RAX, RCX);
        a.ret();
        MethodHandle compare = load(returning(JAVA_LONG, ADDRESS, ADDRESS));
        int[] values = random.ints(16).toArray();
        values[3] = Integer.MIN_VALUE;
        for (int bound : new int[] {0, 17, -5, Integer.MAX_VALUE, values[7]}) {
            long expected = 0;
            for (int i = 0; i < 16; i++) {
                if (values[i] < bound) expected |= 1L << i;
                if (Integer.compareUnsigned(values[i], bound) >= 0) expected |= 1L << 16 + i;
            }
            long got = (long)
                    compare.invokeExact(arena.allocateFrom(JAVA_INT, values), arena.allocateFrom(JAVA_INT, bound));
            assertThat(got).isEqualTo(expected);
        }
    }

    private static int bytesDot(MemorySegment unsigned, MemorySegment signed, int at) {
        return IntStream.range(4 * at, 4 * at + 4)
                .map(i -> (unsigned.get(JAVA_BYTE, i) & 0xFF) * signed.get(JAVA_BYTE, i))
                .sum();
    }

    @Test
    void dotProductsOfBytes() throws Throwable {
        require(CpuFeature.AVX512_VNNI);
        a.vmovdqu32(zmm(0), mem(RDX));
        a.vmovdqu32(zmm(1), mem(RDI));
        a.vpdpbusd(zmm(0), zmm(1), mem(RSI));
        a.vmovdqu32(mem(RDX), zmm(0));
        a.vzeroupper();
        a.ret();
        checkBytesDot(16);
    }

    @Test
    void dotProductsOfBytesInTheShorterEncoding() throws Throwable {
        require(CpuFeature.AVX_VNNI);
        a.vmovdqu(ymm(0), mem(RDX));
        a.vmovdqu(ymm(1), mem(RDI));
        a.vpdpbusdVex(ymm(0), ymm(1), mem(RSI));
        a.vmovdqu(mem(RDX), ymm(0));
        a.vzeroupper();
        a.ret();
        checkBytesDot(8);
    }

    private void checkBytesDot(int lanes) throws Throwable {
        MethodHandle handle = load(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
        MemorySegment x = bytes(4 * lanes);
        MemorySegment y = bytes(4 * lanes);
        MemorySegment sum =
                arena.allocateFrom(JAVA_INT, random.ints(lanes, -1000, 1000).toArray());
        int[] expected = sum.toArray(JAVA_INT);
        for (int i = 0; i < lanes; i++) expected[i] += bytesDot(x, y, i);
        handle.invokeExact(x, y, sum);
        assertThat(sum.toArray(JAVA_INT)).isEqualTo(expected);
    }

    /** A look-up table in the code: sixteen signed bytes by nibble, as formats with a codebook need it. */
    @Test
    void constantsInTheCode() throws Throwable {
        require(CpuFeature.AVX2);
        byte[] table = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
        Label data = a.label();
        Label second = a.label();
        a.vbroadcasti128(ymm(1), mem(data));
        a.vmovdqu(ymm(0), mem(RDI));
        a.vpbroadcastd(ymm(2), mem(second));
        a.vpand(ymm(0), ymm(0), ymm(2));
        a.vpshufb(ymm(0), ymm(1), ymm(0));
        a.vmovdqu(mem(RSI), ymm(0));
        a.vpalignr(ymm(0), ymm(0), mem(second), 0); // an immediate behind the address
        a.vmovdqu(mem(RSI, 32), ymm(0));
        a.vzeroupper();
        a.ret();
        a.align(16);
        a.bind(data);
        a.data(table);
        a.bind(second);
        a.data(0x0F0F0F0F, 0x0F0F0F0F, 0, 0, 0x04030201, 0x08070605, 0, 0);
        MethodHandle handle = load(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        MemorySegment in = bytes(32);
        MemorySegment out = arena.allocate(64, 32);
        handle.invokeExact(in, out);
        byte[] expected = new byte[64];
        for (int i = 0; i < 32; i++) expected[i] = table[in.get(JAVA_BYTE, i) & 15];
        for (int i = 0; i < 8; i++) {
            expected[32 + i] = 0x0F;
            expected[48 + i] = (byte) (i + 1);
        }
        assertThat(out.toArray(JAVA_BYTE)).isEqualTo(expected);
    }

    /** Eight arguments, the last two on the stack, and registers that the caller expects back. */
    @Test
    void callingConvention() throws Throwable {
        Gp[] kept = {Gp.RBX, Gp.RBP, Gp.R12, Gp.R13, Gp.R14, Gp.R15};
        for (Gp r : kept) a.push(r);
        a.mov(R10, mem(RSP, 8 * kept.length + 8));
        a.mov(RAX, mem(RSP, 8 * kept.length + 16));
        Gp[] arguments = {RDI, RSI, RDX, RCX, R8, R9, R10, RAX};
        a.xor(Gp.RBX, Gp.RBX);
        for (Gp r : arguments) {
            a.imul(Gp.RBX, Gp.RBX, 10);
            a.add(Gp.RBX, r);
        }
        a.mov(RAX, Gp.RBX);
        for (Gp r : kept) a.mov(r, 0x5555_5555_5555_5555L);
        for (int i = kept.length - 1; i >= 0; i--) a.pop(kept[i]);
        a.ret();
        MemoryLayout l = JAVA_LONG;
        MethodHandle digits = load(returning(JAVA_LONG, l, l, l, l, l, l, l, l));
        long sum = 0;
        for (int i = 0; i < 100_000; i++) { // enough to run in compiled code, which keeps things in registers
            sum += (long) digits.invokeExact(1L, 2L, 3L, 4L, 5L, 6L, 7L, (long) (i & 7));
        }
        assertThat(sum).isEqualTo(100_000L * 12_345_670L + 100_000L * 7 / 2);
    }

    @Test
    void severalFunctionsInOnePage() throws Throwable {
        Label triple = a.here();
        a.lea(RAX, mem(RDI, RDI, 2));
        a.ret();
        a.align(16);
        Label sixfold = a.here();
        a.call(triple);
        a.add(RAX, RAX);
        a.ret();
        MachineCode code = MachineCode.load(a, arena);
        FunctionDescriptor type = returning(JAVA_LONG, JAVA_LONG);
        assertThat((long) code.function(triple, type).invokeExact(7L)).isEqualTo(21);
        assertThat((long) code.function(sixfold, type).invokeExact(7L)).isEqualTo(42);
    }

    /** Conversions to narrower floats and back, against the JDK's own. */
    @Test
    void halfPrecision() throws Throwable {
        require(CpuFeature.F16C);
        a.vmovups(ymm(0), mem(RDI));
        a.vcvtps2ph(mem(RSI), ymm(0), 0);
        a.vcvtph2ps(ymm(1), mem(RSI));
        a.vmovups(mem(RDX), ymm(1));
        a.vzeroupper();
        a.ret();
        MethodHandle convert = load(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
        float[] values = {0f, -1f, 65504f, 1e-7f, 0.1f, 3.14159f, -123.456f, Float.POSITIVE_INFINITY};
        MemorySegment halves = arena.allocate(16, 16);
        MemorySegment back = arena.allocate(32, 32);
        convert.invokeExact(arena.allocateFrom(JAVA_FLOAT, values), halves, back);
        for (int i = 0; i < 8; i++) {
            short half = Float.floatToFloat16(values[i]);
            assertThat(halves.getAtIndex(JAVA_SHORT, i)).isEqualTo(half);
            assertThat(back.getAtIndex(JAVA_FLOAT, i)).isEqualTo(Float.float16ToFloat(half));
        }
    }

    @Test
    void smallIntegers() throws Throwable {
        Label zero = a.label();
        a.movzx8(EAX, EDI); // DIL, not BH
        a.movsx16(Gp.RCX, Gp.ESI);
        a.test(EAX, EAX);
        a.jcc(Cond.E, zero);
        a.sub(RAX, RCX);
        a.bind(zero);
        a.neg(RAX);
        a.ret();
        MethodHandle handle = load(returning(JAVA_LONG, JAVA_INT, JAVA_INT));
        assertThat((long) handle.invokeExact(0x1234_5605, 0x0001_FFFE)).isEqualTo(-7);
        assertThat((long) handle.invokeExact(0x1234_5600, 9)).isZero();
    }
}
