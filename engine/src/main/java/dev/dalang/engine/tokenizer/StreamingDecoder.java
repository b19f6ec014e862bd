package dev.dalang.engine.tokenizer;

/**
 * Ids in, text out, as a model generates them. Never gives half a character: bytes of an unfinished UTF-8 sequence are
 * held until they are complete. For one text and one thread.
 */
public interface StreamingDecoder {

    /** The text that this id completes; empty when there is none yet. */
    String feed(int id);

    /** What is still held, with U+FFFD in place of an unfinished character. The decoder is then at its start again. */
    String flush();
}
