package dev.dalang.engine.generate;

/**
 * Guesses how a text goes on, so that several of its tokens can be checked in one pass over the weights (Leviathan et
 * al. 2023, Chen et al. 2023).
 *
 * <p>Nothing here can change an answer: a guess only decides which tokens are evaluated beforehand. Every token is drawn
 * from the model's own logits by the request's own sampler, as it would be without, and a guess that differs from what
 * was drawn is thrown away. Since a token's logits have the same bits alone and among others, the answer is the same,
 * byte by byte.
 */
interface Speculator extends AutoCloseable {

    /**
     * Guesses the tokens that follow.
     *
     * @param ids the text so far, of which the first {@code length} count
     * @param most how many to guess at most
     * @return what to check; empty where nothing suggests itself
     */
    int[] guess(int[] ids, int length, int most);

    @Override
    default void close() {}
}
