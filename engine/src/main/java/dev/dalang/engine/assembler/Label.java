package dev.dalang.engine.assembler;

/** A place in the code, known once it is bound; jumps and addresses may name it before. */
public final class Label {

    private int position = -1;

    void bind(int at) {
        if (position >= 0) throw new IllegalStateException("a label is bound twice, at " + position + " and " + at);
        position = at;
    }

    /** Bytes from the start of the code. */
    int position() {
        if (position < 0) throw new IllegalStateException("a label is used but never bound");
        return position;
    }
}
