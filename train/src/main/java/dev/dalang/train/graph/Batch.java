package dev.dalang.train.graph;

/**
 * Tokens that go through a network together: documents one after the other, none of which sees another.
 *
 * @param tokens the ids, {@code [count]}
 * @param targets what should come after each token, {@code [count]}; {@link #IGNORED} where nothing is asked
 * @param starts index of the first token of the document that each token is in, {@code [count]}; a token's position is
 *     its distance from there, and it sees the tokens from there to itself
 */
public record Batch(int[] tokens, int[] targets, int[] starts) {

    /** The target of a token after which anything may come. */
    public static final int IGNORED = -1;

    /** @throws IllegalArgumentException if the three differ in length, or a document starts after its tokens */
    public Batch {
        if (targets.length != tokens.length || starts.length != tokens.length) {
            throw new IllegalArgumentException(
                    tokens.length + " tokens, " + targets.length + " targets, " + starts.length + " starts");
        }
        for (int i = 0; i < starts.length; i++) {
            boolean same = i > 0 && starts[i] == starts[i - 1];
            if (!same && starts[i] != i) throw new IllegalArgumentException("token " + i + " starts at " + starts[i]);
        }
    }

    public int count() {
        return tokens.length;
    }

    /** How many tokens have a target. */
    public int targetCount() {
        int n = 0;
        for (int t : targets) if (t != IGNORED) n++;
        return n;
    }
}
