package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
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
        return packed.weights(group) + bytes(column);
    }

    /** Address of the odd parts that go with the words. */
    long odd(int group, int column) {
        if (packed == null) return 0;
        return packed.odd(group) + packed.layout().oddBytes(column);
    }

    /** As {@link #words}, decoding them where they are yet to be. */
    long decoded(int group, int column, int columns, Scratch scratch) {
        return packed == null ? DecodedProducts.decode(w, group, column, columns, scratch) : words(group, column);
    }

    /** Bytes of so many columns' words of a group, to be read from memory. */
    int bytes(int columns) {
        if (packed == null) return 0;
        Interleaving layout = packed.layout();
        return Math.toIntExact(layout.words() > 0 ? layout.wordBytes(columns) : layout.oddBytes(columns));
    }

    /** Bytes from one group's words to the next. */
    long groupBytes() {
        return packed == null ? 0 : packed.weightsStep();
    }
}
