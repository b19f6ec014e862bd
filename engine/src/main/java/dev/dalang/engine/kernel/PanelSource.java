package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.machine.FloatDotKernel;
import dev.dalang.engine.kernel.machine.Interleaving;
import org.jspecify.annotations.Nullable;

/**
 * Where the panels of a matrix come from: its packed blocks or, for a type that no machine code reads, floats that are
 * decoded when they are wanted.
 */
record PanelSource(Matrix w, @Nullable PackedMatrix packed) {

    int groups() {
        return Interleaving.groups(w.rows());
    }

    /** The type that machine code reads. */
    BlockType type() {
        return packed == null ? BlockType.F32 : w.type();
    }

    /** Address of a group's words from that column on, the first of a block; 0 if they are yet to be decoded. */
    long words(int group, int column) {
        if (packed == null) return 0;
        Interleaving layout = Interleaving.of(w.type());
        long first = column / layout.blockElements();
        if (FloatDotKernel.supports(w.type())) {
            return packed.address(group) + first * layout.blockBytes() * Interleaving.ROWS;
        }
        return packed.address(group) + packed.oddRegion() + first * layout.words() * 4 * Interleaving.ROWS;
    }

    /** Address of the odd parts that go with the words. */
    long odd(int group, int column) {
        if (packed == null) return 0;
        Interleaving layout = Interleaving.of(w.type());
        long first = column / layout.blockElements();
        return packed.address(group) + first * layout.oddBytes() * Interleaving.ROWS;
    }

    /** As {@link #words}, decoding them where they are yet to be. */
    long decoded(int group, int column, int columns, Scratch scratch) {
        return packed == null ? DecodedProducts.decode(w, group, column, columns, scratch) : words(group, column);
    }

    /** Bytes of so many columns' words of a group, to be read from memory. */
    int bytes(int columns) {
        if (packed == null) return 0;
        Interleaving layout = Interleaving.of(w.type());
        int bytes = layout.words() > 0 ? 4 * layout.words() : layout.blockBytes();
        return columns / layout.blockElements() * bytes * Interleaving.ROWS;
    }

    /** Bytes from one group to the next. */
    long groupBytes() {
        return packed == null ? 0 : packed.groupBytes();
    }
}
