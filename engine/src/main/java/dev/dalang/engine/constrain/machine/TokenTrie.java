package dev.dalang.engine.constrain.machine;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * The byte strings of a vocabulary as a tree in the order of its depth-first walk, so that a walk goes through memory
 * from left to right and leaves out a branch by one addition to an index. Immutable.
 */
public final class TokenTrie {

    private final int vocabularySize;
    private final byte[] label;
    private final int[] end;
    private final int[] token;
    private final short[] depth;
    private final int[] same;
    private final int[] ends;
    private final byte[][] bytes;
    private final int longest;

    /**
     * @param bytes what a token stands for; empty for none
     * @param control tokens that are no text
     * @param ends tokens that end an answer
     */
    public TokenTrie(int vocabularySize, IntFunction<byte[]> bytes, IntPredicate control, IntPredicate ends) {
        this.vocabularySize = vocabularySize;
        this.bytes = new byte[vocabularySize][];
        int texts = 0;
        int endCount = 0;
        Integer[] ids = new Integer[vocabularySize];
        int[] endIds = new int[vocabularySize];
        int most = 0;
        for (int id = 0; id < vocabularySize; id++) {
            boolean text = !control.test(id) && !ends.test(id);
            byte[] b = text ? bytes.apply(id) : new byte[0];
            // A token of more bytes than that could not be told apart by its depth.
            if (b.length > Short.MAX_VALUE) b = new byte[0];
            this.bytes[id] = b;
            if (ends.test(id)) endIds[endCount++] = id;
            if (b.length > 0) ids[texts++] = id;
            most = Math.max(most, b.length);
        }
        this.longest = most;
        this.ends = Arrays.copyOf(endIds, endCount);
        Integer[] order = Arrays.copyOf(ids, texts);
        Arrays.sort(order, (x, y) -> {
            int c = Arrays.compareUnsigned(this.bytes[x], this.bytes[y]);
            return c != 0 ? c : Integer.compare(x, y);
        });

        int nodes = 0;
        byte[] before = {};
        for (int id : order) {
            byte[] b = this.bytes[id];
            nodes += b.length - common(before, b);
            before = b;
        }
        label = new byte[nodes];
        end = new int[nodes];
        token = new int[nodes];
        depth = new short[nodes];
        same = new int[vocabularySize];
        Arrays.fill(token, -1);
        Arrays.fill(same, -1);
        int[] path = new int[most];
        int n = 0;
        before = new byte[0];
        for (int id : order) {
            byte[] b = this.bytes[id];
            int c = common(before, b);
            for (int d = c; d < before.length; d++) end[path[d]] = n;
            for (int d = c; d < b.length; d++) {
                path[d] = n;
                label[n] = b[d];
                depth[n] = (short) d;
                n++;
            }
            int node = path[b.length - 1];
            same[id] = token[node];
            token[node] = id;
            before = b;
        }
        for (int d = 0; d < before.length; d++) end[path[d]] = n;
    }

    private static int common(byte[] a, byte[] b) {
        int m = Arrays.mismatch(a, b);
        return m < 0 ? a.length : m;
    }

    public int vocabularySize() {
        return vocabularySize;
    }

    /** The tokens that end an answer. */
    int[] ends() {
        return ends;
    }

    /** The text of a token; empty for one that has none or is no text. */
    byte[] bytes(int id) {
        return bytes[id];
    }

    public int nodes() {
        return label.length;
    }

    int label(int node) {
        return label[node] & 0xff;
    }

    /** The first node that is not below this one. */
    int end(int node) {
        return end[node];
    }

    /** 0 for a node of one byte. */
    int depth(int node) {
        return depth[node];
    }

    int longest() {
        return longest;
    }

    boolean hasToken(int node) {
        return token[node] >= 0;
    }

    /** Sets the bits of the tokens that end at a node. */
    void allow(int node, long[] words) {
        for (int id = token[node]; id >= 0; id = same[id]) words[id >>> 6] |= 1L << id;
    }
}
