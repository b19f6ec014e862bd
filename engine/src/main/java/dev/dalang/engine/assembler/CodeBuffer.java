package dev.dalang.engine.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes in the making, and the distances in them that wait for a label. */
final class CodeBuffer {

    /** Four bytes at {@code at} that will hold the distance from {@code from} to the label plus {@code disp}. */
    private record Fixup(int at, int from, Label to, int disp) {}

    private final List<Fixup> fixups = new ArrayList<>();
    private byte[] bytes = new byte[512];
    private int size;

    int size() {
        return size;
    }

    void put8(int value) {
        if (size == bytes.length) bytes = Arrays.copyOf(bytes, size * 2);
        bytes[size++] = (byte) value;
    }

    void put(int... values) {
        for (int value : values) put8(value);
    }

    void put32(int value) {
        for (int shift = 0; shift < 32; shift += 8) put8(value >> shift);
    }

    void put64(long value) {
        put32((int) value);
        put32((int) (value >> 32));
    }

    /** A distance in four bytes, counted from the instruction's end, {@code trailing} bytes behind them. */
    void putDistance(Label to, int disp, int trailing) {
        fixups.add(new Fixup(size, size + 4 + trailing, to, disp));
        put32(0);
    }

    /** The finished code; fails when a label in it was never bound. */
    byte[] finish() {
        byte[] code = Arrays.copyOf(bytes, size);
        for (Fixup f : fixups) {
            int distance = f.to.position() + f.disp - f.from;
            for (int i = 0; i < 4; i++) code[f.at + i] = (byte) (distance >> 8 * i);
        }
        return code;
    }
}
