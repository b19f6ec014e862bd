package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.assembler.Assembler;
import dev.dalang.engine.assembler.CpuFeature;
import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.assembler.Label;
import dev.dalang.engine.assembler.Mem;
import dev.dalang.engine.assembler.Vec;
import dev.dalang.engine.assembler.VecMem;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The vector instructions of a processor, as the kernels need them: with AVX-512 sixteen lanes, thirty-two registers
 * and VNNI; else, with AVX2, eight lanes, sixteen registers and the same results in more instructions.
 */
public final class Simd {

    /** How far ahead of the reading a few tokens' products ask for weights, in bytes. */
    static final int AHEAD = 6144;

    private static final int LINE = 64;
    private static final CpuFeature[] NEEDED = {CpuFeature.AVX2, CpuFeature.FMA, CpuFeature.F16C};

    private final Assembler a;
    private final boolean wide;
    private final boolean vnni;
    private final boolean readsAhead;

    /** Registers that {@link #dot} and {@link #multiplyAdd} may overwrite with AVX2, and a constant of 16-bit ones. */
    private final Vec spare;

    private final Vec ones;

    private final Map<List<Integer>, Label> constants = new LinkedHashMap<>();

    Simd(Assembler a, CpuFeatures cpu) {
        this.a = a;
        this.wide = wide(cpu);
        this.vnni = wide || cpu.has(CpuFeature.AVX_VNNI);
        this.readsAhead = cpu.readsAhead();
        this.spare = vec(wide ? 30 : 14);
        this.ones = vec(wide ? 31 : 15);
    }

    /** The instruction set that the kernels are written in, for a person. */
    public static String description(CpuFeatures cpu) {
        String products = cpu.has(CpuFeature.AMX_BF16) && wide(cpu) ? " and AMX" : "";
        if (wide(cpu)) return "AVX-512 VNNI" + products;
        return cpu.has(CpuFeature.AVX_VNNI) ? "AVX-VNNI" : "AVX2";
    }

    /** Whether this processor can run the kernels at all. */
    public static boolean supported(CpuFeatures cpu) {
        return cpu.hasAll(NEEDED);
    }

    /** What it lacks for them. */
    public static List<String> missing(CpuFeatures cpu) {
        return Arrays.stream(NEEDED)
                .filter(f -> !cpu.has(f))
                .map(CpuFeature::name)
                .toList();
    }

    public static boolean wide(CpuFeatures cpu) {
        return cpu.hasAll(CpuFeature.AVX512BW, CpuFeature.AVX512VL, CpuFeature.AVX512DQ, CpuFeature.AVX512_VNNI);
    }

    Assembler assembler() {
        return a;
    }

    boolean wide() {
        return wide;
    }

    /** 32-bit lanes of a register: rows that go through together. */
    int lanes() {
        return wide ? 16 : 8;
    }

    /** Bytes of a register. */
    int bytes() {
        return 4 * lanes();
    }

    /**
     * Whether a product of so many tokens asks for weights ahead of reading them, {@link #AHEAD} bytes: where the processor
     * does not do so by itself, or is too busy with products.
     */
    boolean asks(int tokens) {
        return tokens > 1 || !readsAhead;
    }

    /** Registers that kernels may use: the others are {@link #dot}'s. */
    int registers() {
        return wide ? 30 : 14;
    }

    Vec vec(int number) {
        return wide ? Vec.zmm(number) : Vec.ymm(number);
    }

    /** Sets up the constants of {@link #dot}. */
    void constants() {
        if (!vnni) broadcast(ones, 0x0001_0001);
    }

    /** Every lane {@code value}. */
    void broadcast(Vec d, int value) {
        a.vpbroadcastd(d, constant(value));
    }

    /** Every 128 bits the four {@code values}, the first one lowest. */
    void broadcast(Vec d, int v0, int v1, int v2, int v3) {
        if (wide) a.vbroadcasti32x4(d, constant(v0, v1, v2, v3));
        else a.vbroadcasti128(d, constant(v0, v1, v2, v3));
    }

    /** In memory, a register whose every 128 bits are the four {@code values}, the first one lowest. */
    Mem lines(int v0, int v1, int v2, int v3) {
        return constant(v0, v1, v2, v3, v0, v1, v2, v3, v0, v1, v2, v3, v0, v1, v2, v3);
    }

    /** In memory, a register whose every lane is {@code value}. */
    Mem lanesOf(int value) {
        return lines(value, value, value, value);
    }

    /** Words that the code reads; they come to lie behind it, at an address that a longer constant's load wants. */
    Mem constant(int... values) {
        return Mem.mem(constants.computeIfAbsent(
                List.of(Arrays.stream(values).boxed().toArray(Integer[]::new)), k -> a.label()));
    }

    /** The code so far as a kernel: with its return and its constants. */
    Assembler finish() {
        a.vzeroupper();
        a.ret();
        constants.forEach((values, label) -> {
            a.align(Math.min(LINE, 4 * Integer.highestOneBit(values.size())));
            a.bind(label);
            for (int v : values) a.data(new int[] {v});
        });
        return a;
    }

    void zero(Vec d) {
        // The shorter form clears the whole register as well.
        if (d.number() < 16) a.vpxor(d.x(), d.x(), d.x());
        else a.vpxord(d, d, d);
    }

    void load(Vec d, Mem m) {
        a.vmovups(d, m);
    }

    void move(Vec d, Vec s) {
        a.vmovaps(d, (VecMem) s);
    }

    void and(Vec d, Vec s, Vec mask) {
        if (wide) a.vpandd(d, s, mask);
        else a.vpand(d, s, mask);
    }

    void and(Vec d, Vec mask, Mem m) {
        if (wide) a.vpandd(d, mask, m);
        else a.vpand(d, mask, m);
    }

    /** {@code d |= s & mask}; {@code s} may be overwritten. */
    void orMasked(Vec d, Vec s, Mem mask) {
        if (wide) {
            a.vpternlogd(d, s, mask, 0xF8);
        } else {
            a.vpand(s, s, mask);
            a.vpor(d, d, s);
        }
    }

    void or(Vec d, Vec s, Vec t) {
        if (wide) a.vpord(d, s, t);
        else a.vpor(d, s, t);
    }

    void xor(Vec d, Vec s, Mem m) {
        if (wide) a.vpxord(d, s, m);
        else a.vpxor(d, s, m);
    }

    void shiftRight(Vec d, Vec s, int bits) {
        if (bits > 0) a.vpsrld(d, s, bits);
        else if (bits < 0) a.vpslld(d, s, -bits);
        else if (!d.equals(s)) move(d, s);
    }

    /** Of memory; negative {@code bits} shift left. */
    void shiftRight(Vec d, Mem m, int bits) {
        if (!wide || bits == 0) {
            load(d, m);
            shiftRight(d, d, bits);
        } else if (bits > 0) {
            a.vpsrld(d, m, bits);
        } else {
            a.vpslld(d, m, -bits);
        }
    }

    /** {@code d = d & mask | s & ~mask}. */
    void select(Vec d, Vec mask, Vec s) {
        if (wide) {
            a.vpternlogd(d, mask, s, 0xE2);
        } else {
            and(d, d, mask);
            a.vpandn(spare, mask, s);
            or(d, d, spare);
        }
    }

    /** {@code d = -d} for floats. */
    void negate(Vec d) {
        if (wide) a.vpxord(d, d, lanesOf(0x80000000));
        else a.vpxor(d, d, lanesOf(0x80000000));
    }

    /** {@code d += Σ u·x} over the four bytes of each lane: unsigned weights, and activations alike in all lanes. */
    void dot(Vec d, Vec u, Mem x) {
        if (wide) {
            a.vpdpbusd(d, u, x.broadcast());
            return;
        }
        a.vpbroadcastd(spare, x);
        if (vnni) {
            a.vpdpbusdVex(d, u, spare);
            return;
        }
        // Two products fit 16 bits as long as a weight is at most 128.
        a.vpmaddubsw(spare, u, spare);
        addPairs(d);
    }

    /**
     * A word's share of {@code d = Σ u·x} in sums of 16 bits, two a lane, which {@link #pairs} adds: an instruction less
     * than {@link #dot}, without VNNI, where all of them fit.
     */
    void dotWords(Vec d, Vec u, Mem x, boolean first) {
        a.vpbroadcastd(spare, x);
        if (first) {
            a.vpmaddubsw(d, u, spare);
        } else {
            a.vpmaddubsw(spare, u, spare);
            a.vpaddw(d, d, spare);
        }
    }

    /** Two sums of 16 bits in each lane to one of 32. */
    void pairs(Vec d) {
        a.vpmaddwd(d, d, ones);
    }

    /** Whether {@link #dot} takes weights above 128; else {@link #dotSigned} is there for them. */
    boolean dotsAllBytes() {
        return vnni;
    }

    /** {@code d += Σ w·x} for signed weights; without VNNI. */
    void dotSigned(Vec d, Vec w, Mem x, Vec other) {
        // The weight's sign goes to the activation, and its size, at most 128, is the unsigned factor.
        a.vpbroadcastd(spare, x);
        a.vpsignb(spare, spare, w);
        a.vpabsb(other, w);
        a.vpmaddubsw(spare, other, spare);
        addPairs(d);
    }

    private void addPairs(Vec d) {
        a.vpmaddwd(spare, spare, ones);
        a.vpaddd(d, d, spare);
    }

    /** {@code d = s · x}, with one number in memory. */
    void multiply(Vec d, Vec s, Mem x) {
        if (wide) {
            a.vmulps(d, s, x.broadcast());
        } else {
            a.vbroadcastss(spare, x);
            a.vmulps(d, s, spare);
        }
    }

    /** {@code d += s · x}, with one number in memory. */
    void multiplyAdd(Vec d, Vec s, Mem x) {
        if (wide) {
            a.vfmadd231ps(d, s, x.broadcast());
        } else {
            a.vbroadcastss(spare, x);
            a.vfmadd231ps(d, s, spare);
        }
    }

    /** Halves that lie side by side in memory, one a lane, as floats. */
    void halves(Vec d, Mem m) {
        a.vcvtph2ps(d, m);
    }

    /** The lower half of each lane as a float; {@code s} is overwritten. */
    void lowHalves(Vec d, Vec s) {
        if (wide) {
            a.vpmovdw(s.y(), s);
            a.vcvtph2ps(d, s.y());
        } else {
            a.vpslld(s, s, 16);
            a.vpsrld(s, s, 16);
            packWords(s);
            a.vcvtph2ps(d, s.x());
        }
    }

    /** The upper half of each lane as a float; {@code s} is overwritten. */
    void highHalves(Vec d, Vec s) {
        a.vpsrld(s, s, 16);
        if (wide) {
            a.vpmovdw(s.y(), s);
            a.vcvtph2ps(d, s.y());
        } else {
            packWords(s);
            a.vcvtph2ps(d, s.x());
        }
    }

    /** Eight lanes below 65,536 as eight words in the lower half. */
    private void packWords(Vec s) {
        a.vpackusdw(s, s, s);
        a.vpermq(s, s, 0b11_01_10_00);
    }
}
