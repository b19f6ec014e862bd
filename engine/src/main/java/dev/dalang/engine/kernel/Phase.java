package dev.dalang.engine.kernel;

/**
 * Which of two kinds a token is. A tier may compute the two by different kernels: those for prompts want many tokens at
 * once, those for answers read the weights once for the few tokens of this step. So a token's bits depend on its phase,
 * which is the request's affair, and never on how many other tokens happened to be in the same pass.
 */
public enum Phase {
    /** Known beforehand, so that many go through together. */
    PROMPT,
    /** Chosen one after the other. */
    ANSWER
}
