package dev.dalang.engine.sample;

import java.util.Arrays;

/** The last accepted tokens, at most {@code window} of them; a window of -1 remembers all. */
final class TokenHistory {

    private static final int FIRST_CAPACITY = 64;

    private final int window;
    private int[] ring;
    private int next;
    private int size;

    TokenHistory(int window) {
        this.window = window;
        this.ring = new int[window < 0 ? FIRST_CAPACITY : window];
    }

    TokenHistory(TokenHistory other) {
        window = other.window;
        ring = other.ring.clone();
        next = other.next;
        size = other.size;
    }

    int size() {
        return size;
    }

    /** The {@code i}-th token from the end; 0 is the newest. */
    int back(int i) {
        int at = next - 1 - i;
        return ring[at < 0 ? at + ring.length : at];
    }

    /** Adds a token. Returns the one that fell out of the window, or -1. */
    int add(int token) {
        if (window == 0) return -1;
        if (window < 0 && size == ring.length) {
            // Full and unbounded: until now nothing has wrapped, so the order is that of the array.
            ring = Arrays.copyOf(ring, Math.multiplyExact(size, 2));
            next = size;
        }
        int fallen = -1;
        if (size == ring.length) {
            fallen = ring[next];
        } else {
            size++;
        }
        ring[next] = token;
        next = next + 1 == ring.length ? 0 : next + 1;
        return fallen;
    }

    void clear() {
        next = 0;
        size = 0;
    }
}
