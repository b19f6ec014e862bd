package dev.dalang.engine.tokenizer;

import java.util.Arrays;

/** A binary heap of (rank, position), smallest rank first and of equal ranks the leftmost. */
final class MergeQueue {
    private long[] heap = new long[64];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    void add(int rank, int position) {
        if (size == heap.length) heap = Arrays.copyOf(heap, 2 * size);
        long entry = (long) rank << 32 | position;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent] <= entry) break;
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = entry;
    }

    long remove() {
        long top = heap[0];
        long last = heap[--size];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) break;
            if (child + 1 < size && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= last) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return top;
    }

    static int rank(long entry) {
        return (int) (entry >>> 32);
    }

    static int position(long entry) {
        return (int) entry;
    }
}
