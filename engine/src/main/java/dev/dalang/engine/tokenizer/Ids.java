package dev.dalang.engine.tokenizer;

import java.util.Arrays;

/** A growing list of ids. */
final class Ids {
    private int[] ids = new int[32];
    private int size;

    void add(int id) {
        if (size == ids.length) ids = Arrays.copyOf(ids, 2 * size);
        ids[size++] = id;
    }

    int size() {
        return size;
    }

    int last() {
        return size == 0 ? -1 : ids[size - 1];
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
