package dev.dalang.engine.tokenizer;

/** One piece of ordinary text, as the pre-tokenizer leaves it, to ids. */
@FunctionalInterface
interface Model {
    void encode(String piece, Ids out);
}
