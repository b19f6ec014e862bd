package dev.dalang.engine.assembler;

import org.jspecify.annotations.Nullable;

/**
 * A vector register, and as a destination the mask that says which elements are written.
 *
 * @param number 0 to 31; those from 16 exist with AVX-512 only
 * @param bits 128, 256 or 512
 * @param mask elements whose bit is clear are left alone, or cleared when {@code zeroing}; null writes all
 */
public record Vec(int number, int bits, @Nullable Mask mask, boolean zeroing) implements VecMem, Operand.Register {

    public Vec {
        if (number < 0 || number > 31) throw new IllegalArgumentException("no vector register " + number);
        if (bits != 128 && bits != 256 && bits != 512) throw new IllegalArgumentException("no vectors of " + bits);
        if (mask == Mask.K0) throw new IllegalArgumentException("k0 cannot mask: it stands for no mask");
        if (zeroing && mask == null) throw new IllegalArgumentException("zeroing without a mask");
    }

    public static Vec xmm(int number) {
        return new Vec(number, 128, null, false);
    }

    public static Vec ymm(int number) {
        return new Vec(number, 256, null, false);
    }

    public static Vec zmm(int number) {
        return new Vec(number, 512, null, false);
    }

    /** The same register's lower 128 bits. */
    public Vec x() {
        return xmm(number);
    }

    /** The same register's lower 256 bits. */
    public Vec y() {
        return ymm(number);
    }

    /** The same register's whole 512 bits. */
    public Vec z() {
        return zmm(number);
    }

    /** As a destination: elements whose bit is clear keep what they had. */
    public Vec merge(Mask k) {
        return new Vec(number, bits, k, false);
    }

    /** As a destination: elements whose bit is clear become zero. */
    public Vec zero(Mask k) {
        return new Vec(number, bits, k, true);
    }

    @Override
    public String toString() {
        String name = (bits == 512 ? "zmm" : bits == 256 ? "ymm" : "xmm") + number;
        return name + (mask == null ? "" : "{" + mask + "}") + (zeroing ? "{z}" : "");
    }
}
