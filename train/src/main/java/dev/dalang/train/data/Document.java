package dev.dalang.train.data;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A text that is learned from beginning to end, seeing nothing before it.
 *
 * <p>A document of n tokens asks up to n - 1 questions: what comes after each token but the last. So it takes n - 1
 * positions of a batch.
 *
 * @param tokens the ids, {@code [count]}
 * @param asked the indices of the tokens that the network should learn to say: in a conversation those of the assistant's
 *     turns with the mark that ends them, in a plain text all. The first token is never asked, since nothing comes
 *     before it
 */
public record Document(int[] tokens, BitSet asked) {

    /** @throws IllegalArgumentException if an id is negative, or a token is asked that is not there */
    public Document {
        for (int id : tokens) if (id < 0) throw new IllegalArgumentException("token id " + id);
        if (asked.length() > tokens.length) {
            throw new IllegalArgumentException("token " + (asked.length() - 1) + " is asked, of " + tokens.length);
        }
    }

    /** A text of which everything is to be learned. */
    public static Document of(int... tokens) {
        BitSet all = new BitSet(tokens.length);
        all.set(0, tokens.length);
        return new Document(tokens, all);
    }

    public int count() {
        return tokens.length;
    }

    /** How many positions of a batch it takes. */
    public int positions() {
        return Math.max(0, tokens.length - 1);
    }

    /** How many targets it has. */
    public int targets() {
        return asked.cardinality() - (asked.get(0) ? 1 : 0);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Document d && Arrays.equals(tokens, d.tokens) && asked.equals(d.asked);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return tokens.length + " tokens, " + targets() + " asked";
    }
}
