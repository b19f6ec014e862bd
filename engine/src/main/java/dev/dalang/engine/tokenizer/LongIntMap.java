package dev.dalang.engine.tokenizer;

import java.util.Arrays;

/** A hash map from long to non-negative int with open addressing; -1 stands for absent. */
final class LongIntMap {

    static final int ABSENT = -1;

    private long[] keys;
    private int[] values;
    private int size;

    LongIntMap(int expected) {
        int capacity = Integer.highestOneBit(Math.max(8, Math.min(expected, 1 << 28))) * 4;
        keys = new long[capacity];
        values = new int[capacity];
        Arrays.fill(values, ABSENT);
    }

    int size() {
        return size;
    }

    int get(long key) {
        int slot = slot(key);
        while (values[slot] != ABSENT) {
            if (keys[slot] == key) return values[slot];
            slot = (slot + 1) & (keys.length - 1);
        }
        return ABSENT;
    }

    void put(long key, int value) {
        if (2 * size >= keys.length) grow();
        int slot = slot(key);
        while (values[slot] != ABSENT && keys[slot] != key) slot = (slot + 1) & (keys.length - 1);
        if (values[slot] == ABSENT) size++;
        keys[slot] = key;
        values[slot] = value;
    }

    private int slot(long key) {
        long h = key * 0x9E3779B97F4A7C15L;
        h ^= h >>> 32;
        return (int) ((h * 0xD6E8FEB86659FD93L) >>> 33) & (keys.length - 1);
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new int[keys.length];
        Arrays.fill(values, ABSENT);
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != ABSENT) put(oldKeys[i], oldValues[i]);
        }
    }
}
