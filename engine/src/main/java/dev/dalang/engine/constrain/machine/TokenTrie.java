package dev.dalang.engine.constrain.machine;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The byte strings of a vocabulary as a tree in the order of its depth-first walk, so that a walk goes through memory
 * from left to right and leaves out a branch by one addition to an index. Immutable.
 */
public final class TokenTrie {

    /** Bytes, and so characters, of the tokens that count as harmless. */
    static final int HARMLESS_LENGTH = 24;

    private final int vocabularySize;
    private final byte[] label;
    private final int[] end;
    private final int[] token;
    private final short[] depth;
    private final int[] same;
    private final int[] ends;
    private final long[] controls;
    private final byte[][] bytes;
    private final int longest;
    private final long[] harmless;
    private @Nullable TokenTrie others;

    /**
     * @param bytes what a token stands for; empty for none
     * @param control tokens that are no text
     * @param ends tokens that end an answer
     */
    public TokenTrie(int vocabularySize, IntFunction<byte[]> bytes, IntPredicate control, IntPredicate ends) {
        this(vocabularySize, bytes, control, ends, id -> false);
    }

    private TokenTrie(
            int vocabularySize,
            IntFunction<byte[]> bytes,
            IntPredicate control,
            IntPredicate ends,
            IntPredicate without) {
        this.harmless = new long[(vocabularySize + 63) >>> 6];
        this.vocabularySize = vocabularySize;
        this.bytes = new byte[vocabularySize][];
        this.controls = new long[(vocabularySize + 63) >>> 6];
        int texts = 0;
        int endCount = 0;
        Integer[] ids = new Integer[vocabularySize];
        int[] endIds = new int[vocabularySize];
        int most = 0;
        for (int id = 0; id < vocabularySize; id++) {
            boolean text = !control.test(id) && !ends.test(id);
            if (control.test(id) && !ends.test(id)) controls[id >>> 6] |= 1L << id;
            byte[] b = text ? bytes.apply(id) : new byte[0];
            // A token of more bytes than that could not be told apart by its depth.
            if (b.length > Short.MAX_VALUE) b = new byte[0];
            this.bytes[id] = b;
            if (ends.test(id)) endIds[endCount++] = id;
            if (b.length > 0 && harmless(b)) harmless[id >>> 6] |= 1L << id;
            if (b.length > 0 && !without.test(id)) ids[texts++] = id;
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

    /** Not too many whole characters that stand in a JSON string as they are. */
    private static boolean harmless(byte[] b) {
        for (byte x : b) if (x >= 0 && (x < 0x20 || x == '"' || x == '\\')) return false;
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(b));
            return b.length <= HARMLESS_LENGTH;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** The tokens of nothing but a few characters that stand in a JSON string as they are, one bit each. */
    long[] harmless() {
        return harmless;
    }

    /** The tree of all others. */
    synchronized TokenTrie others() {
        TokenTrie t = others;
        if (t == null) {
            t = new TokenTrie(
                    vocabularySize,
                    id -> bytes[id],
                    id -> false,
                    id -> false,
                    id -> (harmless[id >>> 6] & 1L << id) != 0);
            others = t;
        }
        return t;
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

    /** The control tokens that end nothing, one bit each. */
    long[] controls() {
        return controls;
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
