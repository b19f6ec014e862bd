package dev.dalang.engine.assembler;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Memory: {@code base + index * scale + disp}, or a place in the code itself.
 *
 * @param base null when {@code label} is the base
 * @param index any register but RSP; null for none
 * @param scale 1, 2, 4 or 8
 * @param disp displacement in bytes
 * @param label data in the code (see {@link Assembler#data}), addressed relative to the instruction
 * @param isBroadcast one element is read and stands for all of the vector's
 * @param mask as a destination: which elements are written; null writes all
 */
public record Mem(
        @Nullable Gp base,
        @Nullable Gp index,
        int scale,
        int disp,
        @Nullable Label label,
        boolean isBroadcast,
        @Nullable Mask mask)
        implements VecMem, GpMem {

    public Mem {
        if ((base == null) == (label == null)) throw new IllegalArgumentException("one of base and label");
        if (base != null && !base.is64() || index != null && !index.is64()) {
            throw new IllegalArgumentException("addresses have 64 bits");
        }
        if (index == Gp.RSP) throw new IllegalArgumentException("rsp cannot be an index");
        if (index != null && label != null) throw new IllegalArgumentException("no index beside a label");
        if (Integer.bitCount(scale) != 1 || scale < 1 || scale > 8) {
            throw new IllegalArgumentException("no scale " + scale);
        }
        if (mask == Mask.K0) throw new IllegalArgumentException("k0 cannot mask: it stands for no mask");
    }

    public static Mem mem(Gp base) {
        return mem(base, 0);
    }

    public static Mem mem(Gp base, int disp) {
        return new Mem(base, null, 1, disp, null, false, null);
    }

    public static Mem mem(Gp base, Gp index, int scale) {
        return mem(base, index, scale, 0);
    }

    public static Mem mem(Gp base, Gp index, int scale, int disp) {
        return new Mem(base, index, scale, disp, null, false, null);
    }

    public static Mem mem(Label label) {
        return mem(label, 0);
    }

    public static Mem mem(Label label, int disp) {
        return new Mem(null, null, 1, disp, label, false, null);
    }

    /** The same, {@code bytes} further. */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, Math.addExact(disp, bytes), label, isBroadcast, mask);
    }

    /** As a source: the one element there stands for all of the vector's, {1toN}. */
    public Mem broadcast() {
        return new Mem(base, index, scale, disp, label, true, mask);
    }

    /** As a destination: elements whose bit is clear are not written, nor can they fault. */
    public Mem merge(Mask k) {
        return new Mem(base, index, scale, disp, label, isBroadcast, k);
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder("[").append(base == null ? "rip" : base.toString());
        if (index != null) s.append('+').append(index).append('*').append(scale);
        if (disp != 0 || label != null) {
            s.append(String.format(Locale.ROOT, disp < 0 ? "-0x%x" : "+0x%x", Math.abs((long) disp)));
        }
        return s.append(']').append(mask == null ? "" : "{" + mask + "}").toString();
    }
}
