package dev.dalang.engine.tokenizer;

import dev.dalang.engine.format.Metadata;

/** Makes {@link Tokenizer}s from the files that models come with. */
public final class Tokenizers {

    private Tokenizers() {}

    /**
     * The tokenizer in the metadata of a GGUF file (keys {@code tokenizer.ggml.*}).
     *
     * @throws DalangException naming the key, when the vocabulary is broken or of an unknown kind
     */
    public static Tokenizer fromGguf(Metadata metadata) {
        return GgufTokenizer.read(metadata);
    }
}
