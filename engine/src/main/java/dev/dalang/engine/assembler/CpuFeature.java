package dev.dalang.engine.assembler;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a processor may be able to do, in the names and the words that Linux prints in {@code /proc/cpuinfo}.
 *
 * <p>Where a feature is announced: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID. A
 * feature counts only when all that it builds on is there, as no compiler or program expects it otherwise.
 */
public enum CpuFeature {
    SSE4_1(1, 0, Register.ECX, 19),
    SSE4_2(1, 0, Register.ECX, 20, SSE4_1),
    POPCNT(1, 0, Register.ECX, 23),
    BMI2(7, 0, Register.EBX, 8),
    /** Needs the system to save the upper halves of YMM registers. */
    AVX(1, 0, Register.ECX, 28, SSE4_2),
    F16C(1, 0, Register.ECX, 29, AVX),
    FMA(1, 0, Register.ECX, 12, AVX),
    AVX2(7, 0, Register.EBX, 5, AVX),
    AVX_VNNI(7, 1, Register.EAX, 4, AVX2),
    /** Needs the system to save ZMM and mask registers. Here it stands on AVX2, FMA and F16C, as on all processors. */
    AVX512F(7, 0, Register.EBX, 16, AVX2, FMA, F16C),
    AVX512DQ(7, 0, Register.EBX, 17, AVX512F),
    AVX512CD(7, 0, Register.EBX, 28, AVX512F),
    AVX512BW(7, 0, Register.EBX, 30, AVX512F),
    AVX512VL(7, 0, Register.EBX, 31, AVX512F),
    AVX512VBMI(7, 0, Register.ECX, 1, AVX512BW),
    AVX512_VBMI2(7, 0, Register.ECX, 6, AVX512BW),
    AVX512_VNNI(7, 0, Register.ECX, 11, AVX512BW),
    AVX512_BITALG(7, 0, Register.ECX, 12, AVX512BW),
    AVX512_VPOPCNTDQ(7, 0, Register.ECX, 14, AVX512F),
    AVX512_BF16(7, 1, Register.EAX, 5, AVX512BW),
    AVX512_FP16(7, 0, Register.EDX, 23, AVX512BW, AVX512VL),
    /** Needs the system to save tiles, and to let this process use them. */
    AMX_TILE(7, 0, Register.EDX, 24),
    AMX_INT8(7, 0, Register.EDX, 25, AMX_TILE),
    AMX_BF16(7, 0, Register.EDX, 22, AMX_TILE),
    AMX_FP16(7, 1, Register.EAX, 21, AMX_TILE);

    /** Where CPUID leaves its answer; the order is that of {@link Cpuid}. */
    enum Register {
        EAX,
        EBX,
        ECX,
        EDX
    }

    final int leaf;
    final int subleaf;
    final Register register;
    final int bit;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<CpuFeature> needs;

    CpuFeature(int leaf, int subleaf, Register register, int bit, CpuFeature... needs) {
        this.leaf = leaf;
        this.subleaf = subleaf;
        this.register = register;
        this.bit = bit;
        this.needs = List.of(needs);
    }

    /** What it builds on, one step down. */
    public List<CpuFeature> needs() {
        return needs;
    }

    /** The name as Linux prints it, for example {@code avx512_vnni}. */
    public String linuxName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** By the name as Linux prints it. */
    public static Optional<CpuFeature> named(String linuxName) {
        return Arrays.stream(values())
                .filter(f -> f.linuxName().equals(linuxName))
                .findFirst();
    }
}
