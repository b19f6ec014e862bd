package dev.dalang.engine.sample;

/** The bytes that a token stands for in the text; what a tokenizer gives. */
@FunctionalInterface
public interface TokenBytes {

    byte[] of(int token);
}
