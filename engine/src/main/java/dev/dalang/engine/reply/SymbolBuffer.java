package dev.dalang.engine.reply;

import java.util.Arrays;

/** A growing row of symbols. */
final class SymbolBuffer {

    private int[] symbols = new int[64];
    private int size;

    int size() {
        return size;
    }

    int get(int i) {
        return symbols[i];
    }

    void add(int symbol) {
        if (size == symbols.length) symbols = Arrays.copyOf(symbols, Math.multiplyExact(size, 2));
        symbols[size++] = symbol;
    }

    void clear() {
        size = 0;
    }

    void dropFirst(int n) {
        System.arraycopy(symbols, n, symbols, 0, size - n);
        size -= n;
    }

    boolean endsWith(int[] end) {
        return size >= end.length && Arrays.equals(symbols, size - end.length, size, end, 0, end.length);
    }

    int[] toArray() {
        return Arrays.copyOf(symbols, size);
    }
}
