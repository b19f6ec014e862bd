package dev.dalang.engine.kernel;

/**
 * The fixed numbers of one layer's attention.
 *
 * @param heads query heads; a multiple of {@code kvHeads}
 * @param kvHeads key and value heads; query head {@code h} reads {@code h / (heads / kvHeads)} (Ainslie et al. 2023,
 *     grouped-query attention)
 * @param keyDim elements of a query or key head
 * @param valueDim elements of a value head
 * @param scale factor on the scores before softmax, usually 1/√keyDim
 * @param softcap c in c·tanh(score/c) (Gemma 2), or 0 for none
 * @param window how many positions back a query sees, itself included, or 0 for all
 * @param chunked whether {@code window} counts from the start of the query's own aligned chunk (Llama 4) instead of
 *     back from the query
 * @param causal whether a query sees only itself and what came before it; encoders see everything
 */
public record AttentionShape(
        int heads,
        int kvHeads,
        int keyDim,
        int valueDim,
        float scale,
        float softcap,
        int window,
        boolean chunked,
        boolean causal) {

    public AttentionShape {
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(heads + " query heads do not divide into " + kvHeads + " groups");
        }
    }

    /** The same with another factor on the scores. */
    public AttentionShape withScale(float value) {
        return new AttentionShape(heads, kvHeads, keyDim, valueDim, value, softcap, window, chunked, causal);
    }

    /** The same with scores capped. */
    public AttentionShape withSoftcap(float value) {
        return new AttentionShape(heads, kvHeads, keyDim, valueDim, scale, value, window, chunked, causal);
    }

    /** The same, seeing only the last {@code positions}; 0 for all. */
    public AttentionShape withWindow(int positions) {
        return new AttentionShape(heads, kvHeads, keyDim, valueDim, scale, softcap, positions, false, causal);
    }

    /** The same, seeing only what is in the query's own aligned chunk of so many positions; 0 for all. */
    public AttentionShape withChunks(int positions) {
        return new AttentionShape(heads, kvHeads, keyDim, valueDim, scale, softcap, positions, true, causal);
    }

    /** Query heads that share one key and value head. */
    public int group() {
        return heads / kvHeads;
    }

    /** The first position that a query at {@code position} sees. */
    public int firstVisible(int position) {
        if (window == 0) return 0;
        return chunked ? position / window * window : Math.max(0, position - window + 1);
    }
}
