package dev.dalang.engine.constrain.machine;

import java.util.Arrays;

/**
 * What is to come after the present rule: the places to go on at, each with the frame below it. Several callers of one
 * rule at one position share a frame, as in a graph-structured stack (Tomita 1985; Scott and Johnstone, "GLL parsing",
 * 2010), which keeps ambiguous grammars polynomial. Equal frames are one object, which makes equal situations equal
 * states; a frame never changes, so that an earlier state can be returned to at no cost.
 *
 * @param accepts the whole text may end here
 */
record Frame(int number, Place[] after, Frame[] below, boolean accepts) {

    /** Equality of content, for the table of frames. */
    @SuppressWarnings("ArrayRecordComponent") // never changed
    record Key(int[] edges, boolean accepts) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && accepts == k.accepts && Arrays.equals(edges, k.edges);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(edges) + (accepts ? 1 : 0);
        }
    }

    @Override
    public boolean equals(Object o) {
        return this == o;
    }

    @Override
    public int hashCode() {
        return number;
    }

    @Override
    public String toString() {
        return "Frame " + number;
    }
}
