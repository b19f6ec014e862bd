package dev.dalang.engine.assembler;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns instructions into bytes, by shape: which operand goes into which field of the encoding. The shapes are named as
 * in the manual's operand encoding: R is ModRM.reg, M is ModRM.r/m, V is VEX.vvvv, I is an immediate byte.
 */
public final class Encoder {

    private static final int NO_IMMEDIATE = -1;

    private final CodeBuffer out;

    Encoder(CodeBuffer out) {
        this.out = out;
    }

    CodeBuffer out() {
        return out;
    }

    // General registers.

    /**
     * A legacy instruction with a ModRM byte.
     *
     * @param prefix a byte before REX, or 0
     * @param opcode one byte, or two with 0F above, or three with 0F38 above
     * @param reg a register's number or the opcode's extension
     * @param trailing bytes of immediate that the caller puts after it
     */
    void legacy(int prefix, boolean w, int opcode, int reg, Operand rm, int trailing) {
        legacy(prefix, w, false, opcode, reg, rm, trailing);
    }

    /** The same on a byte register: {@code rex} makes SPL, BPL, SIL and DIL out of what would be AH, CH, DH, BH. */
    void legacy(int prefix, boolean w, boolean rex, int opcode, int reg, Operand rm, int trailing) {
        if (rm instanceof Mem m) plain(m);
        if (prefix != 0) out.put8(prefix);
        int bits = (w ? 8 : 0) | reg >> 3 << 2 | indexBit(rm) << 1 | baseBit(rm);
        if (rex || bits != 0) out.put8(0x40 | bits);
        if (opcode > 0xFFFF) out.put8(opcode >> 16);
        if (opcode > 0xFF) out.put8(opcode >> 8);
        out.put8(opcode);
        modRm(reg, rm, 1, trailing);
    }

    /** VEX on general registers, masks and tiles. */
    void vex(Op op, boolean w, boolean l, int reg, int vvvv, Operand rm, int trailing) {
        if (rm instanceof Mem m) plain(m);
        if (rm instanceof Gp g && g.is64() != w) throw new IllegalArgumentException("no form with " + g);
        vexPrefix(op, w, l, reg, vvvv, rm);
        out.put8(op.opcode());
        modRm(reg, rm, 1, trailing);
    }

    // Vectors.

    void rvm(Op op, Vec d, Vec a, VecMem b) {
        rvmi(op, d, a, b, NO_IMMEDIATE);
    }

    void rvmi(Op op, Vec d, Vec a, VecMem b, int imm) {
        same(d, a);
        vector(op, d.bits(), d.number(), a.number(), b, d.mask(), d.zeroing(), imm);
    }

    void rm(Op op, Vec d, VecMem b) {
        rmi(op, d, b, NO_IMMEDIATE);
    }

    void rmi(Op op, Vec d, VecMem b, int imm) {
        vector(op, d.bits(), d.number(), 0, b, d.mask(), d.zeroing(), imm);
    }

    void mr(Op op, VecMem d, Vec s) {
        mri(op, d, s, NO_IMMEDIATE);
    }

    void mri(Op op, VecMem d, Vec s, int imm) {
        source(s);
        switch (d) {
            case Vec v ->
                vector(
                        op,
                        s.bits(),
                        s.number(),
                        0,
                        new Vec(v.number(), v.bits(), null, false),
                        v.mask(),
                        v.zeroing(),
                        imm);
            case Mem m -> {
                if (m.isBroadcast()) throw new IllegalArgumentException("a store cannot broadcast: " + m);
                Mem plain = new Mem(m.base(), m.index(), m.scale(), m.disp(), m.label(), false, null);
                vector(op, s.bits(), s.number(), 0, plain, m.mask(), false, imm);
            }
        }
    }

    /** A register of twice the width becomes one of half (or 128 bits), as in conversions to narrower floats. */
    void narrow(Op op, Vec d, Vec s) {
        source(s);
        if (d.bits() != Math.max(128, s.bits() / 2)) throw mismatch(d, s);
        vector(op, s.bits(), d.number(), 0, s, d.mask(), d.zeroing(), NO_IMMEDIATE);
    }

    /** Shifts by an immediate: the opcode's extension is where the destination would be. From memory in EVEX alone. */
    void vmi(Op op, int extension, Vec d, VecMem s, int imm) {
        Op o = s instanceof Mem ? op.evexOnly() : op;
        vector(o, d.bits(), extension, d.number(), s, d.mask(), d.zeroing(), imm);
    }

    /** A comparison to a mask. */
    void compare(Op op, Mask d, Vec a, VecMem b, int imm) {
        source(a);
        vector(op, a.bits(), d.number(), a.number(), b, null, false, imm);
    }

    void compare(Op op, Mask d, Vec a, VecMem b) {
        compare(op, d, a, b, NO_IMMEDIATE);
    }

    /** A VEX instruction with a fourth register, in the immediate's upper half. */
    void rvmr(Op op, Vec d, Vec a, VecMem b, Vec c) {
        same(d, a);
        same(d, c);
        if (c.number() > 15) throw new IllegalArgumentException("no form with " + c);
        vector(op, d.bits(), d.number(), a.number(), b, d.mask(), d.zeroing(), c.number() << 4);
    }

    /** From a general register or memory to a vector. */
    void rg(Op op, Vec d, GpMem s) {
        sized(op, s);
        vector(op, d.bits(), d.number(), 0, s, d.mask(), d.zeroing(), NO_IMMEDIATE);
    }

    /** From a vector to a general register or memory. */
    void gr(Op op, GpMem d, Vec s) {
        gri(op, d, s, NO_IMMEDIATE);
    }

    void gri(Op op, GpMem d, Vec s, int imm) {
        sized(op, d);
        source(s);
        vector(op, s.bits(), s.number(), 0, d, null, false, imm);
    }

    /** A vector with something put into it from a general register or memory. */
    void rvg(Op op, Vec d, Vec a, GpMem b) {
        rvgi(op, d, a, b, NO_IMMEDIATE);
    }

    void rvgi(Op op, Vec d, Vec a, GpMem b, int imm) {
        same(d, a);
        sized(op, b);
        vector(op, d.bits(), d.number(), a.number(), b, d.mask(), d.zeroing(), imm);
    }

    /** From a vector to a general register or a mask, in ModRM.reg. */
    void fromVector(Op op, Operand.Register d, Vec s) {
        if (d instanceof Gp g) sized(op, g);
        source(s);
        vector(op, s.bits(), d.number(), 0, s, null, false, NO_IMMEDIATE);
    }

    /** Between a vector register (ModRM.reg) and a mask. */
    void fromMask(Op op, Vec d, Mask s) {
        vector(op, d.bits(), d.number(), 0, s, d.mask(), d.zeroing(), NO_IMMEDIATE);
    }

    private void vector(Op op, int bits, int reg, int vvvv, Operand rm, @Nullable Mask mask, boolean zeroing, int imm) {
        if (bits < op.minBits() || bits > op.maxBits()) {
            throw new IllegalArgumentException("no form for vectors of " + bits + " bits");
        }
        if (mask != null && !op.masks()) throw new IllegalArgumentException("no form with a mask: " + mask);
        boolean broadcast = false;
        switch (rm) {
            case Vec v -> {
                source(v);
                if (v.bits() != Math.max(128, 8 * op.tuple().bytes(bits))) {
                    throw new IllegalArgumentException("no form for " + v + " with vectors of " + bits + " bits");
                }
            }
            case Mem m -> {
                broadcast = m.isBroadcast();
                if (m.mask() != null) throw new IllegalArgumentException("only a destination has a mask: " + m);
                if (broadcast && !op.tuple().broadcasts())
                    throw new IllegalArgumentException("no broadcast here: " + m);
            }
            case Gp _, Mask _, Tile _ -> {}
        }
        boolean high = reg > 15 || vvvv > 15 || rm instanceof Vec v && v.number() > 15;
        boolean evex = !op.vex() || high || bits == 512 || mask != null || broadcast;
        if (evex && !op.evex()) throw new IllegalArgumentException("no AVX-512 form, and AVX cannot say this");
        if (imm < NO_IMMEDIATE || imm > 255) throw new IllegalArgumentException("not a byte: " + imm);
        int trailing = imm == NO_IMMEDIATE ? 0 : 1;
        if (evex) {
            evexPrefix(op, bits, reg, vvvv, rm, mask, zeroing, broadcast);
            out.put8(op.opcode());
            int unit = broadcast
                    ? (op.tuple() == Op.Tuple.FULL && op.w() != Op.W.W0 ? 8 : 4)
                    : op.tuple().bytes(bits);
            modRm(reg, rm, unit, trailing);
        } else {
            vexPrefix(op, op.w() == Op.W.W1, bits == 256, reg, vvvv, rm);
            out.put8(op.opcode());
            modRm(reg, rm, 1, trailing);
        }
        if (trailing != 0) out.put8(imm);
    }

    // Prefixes and addresses.

    private void vexPrefix(Op op, boolean w, boolean l, int reg, int vvvv, Operand rm) {
        int r = ~reg >> 3 & 1;
        int x = ~indexBit(rm) & 1;
        int b = ~baseBit(rm) & 1;
        int last = (~vvvv & 15) << 3 | (l ? 4 : 0) | op.prefix().ordinal();
        if (x == 1 && b == 1 && !w && op.map() == Op.OpMap.M0F) {
            out.put(0xC5, r << 7 | last);
        } else {
            out.put(0xC4, r << 7 | x << 6 | b << 5 | op.map().ordinal() + 1, (w ? 0x80 : 0) | last);
        }
    }

    private void evexPrefix(
            Op op, int bits, int reg, int vvvv, Operand rm, @Nullable Mask mask, boolean zeroing, boolean broadcast) {
        int r = ~reg >> 3 & 1;
        int x = rm instanceof Vec v ? ~v.number() >> 4 & 1 : ~indexBit(rm) & 1;
        int b = ~baseBit(rm) & 1;
        int r2 = ~reg >> 4 & 1;
        int w = op.w() == Op.W.W0 ? 0 : 1;
        int ll = bits / 256;
        int v2 = ~vvvv >> 4 & 1;
        out.put(
                0x62,
                r << 7 | x << 6 | b << 5 | r2 << 4 | op.map().ordinal() + 1,
                w << 7 | (~vvvv & 15) << 3 | 4 | op.prefix().ordinal(),
                (zeroing ? 0x80 : 0) | ll << 5 | (broadcast ? 0x10 : 0) | v2 << 3 | (mask == null ? 0 : mask.number()));
    }

    /**
     * ModRM, SIB and displacement.
     *
     * @param unit a displacement that is a multiple of this many bytes, within 128 of them, takes one byte
     * @param trailing bytes of immediate that follow
     */
    private void modRm(int reg, Operand rm, int unit, int trailing) {
        int field = (reg & 7) << 3;
        switch (rm) {
            case Operand.Register r -> out.put8(0xC0 | field | r.number() & 7);
            case Mem m -> {
                Gp base = m.base();
                Label label = m.label();
                if (base == null || label != null) {
                    out.put8(field | 5);
                    out.putDistance(Objects.requireNonNull(label), m.disp(), trailing);
                } else {
                    based(field, m, base, unit);
                }
            }
        }
    }

    private void based(int field, Mem m, Gp base, int unit) {
        int disp = m.disp();
        int low = base.number() & 7;
        boolean small = disp % unit == 0 && disp / unit >= -128 && disp / unit <= 127;
        int mod = disp == 0 && low != 5 ? 0 : small ? 0x40 : 0x80; // RBP and R13 have no form without displacement
        Gp index = m.index();
        if (index == null && low != 4) {
            out.put8(mod | field | low);
        } else {
            int i = index == null ? 4 : index.number() & 7;
            out.put(mod | field | 4, Integer.numberOfTrailingZeros(m.scale()) << 6 | i << 3 | low);
        }
        if (mod == 0x40) out.put8(disp / unit);
        if (mod == 0x80) out.put32(disp);
    }

    private static int baseBit(Operand rm) {
        return switch (rm) {
            case Operand.Register r -> r.number() >> 3 & 1;
            case Mem m -> m.base() == null ? 0 : m.base().number() >> 3;
        };
    }

    private static int indexBit(Operand rm) {
        return rm instanceof Mem m && m.index() != null ? m.index().number() >> 3 : 0;
    }

    // Checks.

    private static void plain(Mem m) {
        if (m.isBroadcast() || m.mask() != null) {
            throw new IllegalArgumentException("neither mask nor broadcast outside AVX-512: " + m);
        }
    }

    private static void source(Vec v) {
        if (v.mask() != null) throw new IllegalArgumentException("only a destination has a mask: " + v);
    }

    private static void sized(Op op, GpMem m) {
        if (m instanceof Gp g && g.is64() != (op.w() != Op.W.W0)) {
            throw new IllegalArgumentException(
                    "no form with " + g + "; there is one with " + (g.is64() ? g.r32() : g.r64()));
        }
    }

    private static void same(Vec d, Vec a) {
        source(a);
        if (d.bits() != a.bits()) throw mismatch(d, a);
    }

    private static IllegalArgumentException mismatch(Vec d, Vec a) {
        return new IllegalArgumentException("widths do not fit: " + d + ", " + a);
    }
}
