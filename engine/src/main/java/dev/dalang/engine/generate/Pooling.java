package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;

/** How the vectors of a text's tokens become the vector of the text. */
public enum Pooling {
    /** The mean of all tokens. */
    MEAN,
    /** The first token, {@code [CLS]}. */
    CLS,
    /** The last token, which in a decoder has seen all others. */
    LAST;

    /**
     * What a file's {@code <architecture>.pooling_type} asks for. Where it says nothing or "none", the last token of a
     * decoder and the mean of an encoder.
     *
     * @param name of the model, for whoever asked it
     * @throws DalangException for a model that ranks texts instead of embedding them
     */
    static Pooling of(String name, ModelSource file, boolean encoder) {
        Metadata metadata = file.metadata();
        String key = metadata.string("general.architecture") + ".pooling_type";
        // -1 is written by some as an unsigned number.
        int type = (int) metadata.integer(key, -1);
        return switch (type) {
            case -1, 0 -> encoder ? MEAN : LAST;
            case 1 -> MEAN;
            case 2 -> CLS;
            case 3 -> LAST;
            case LocalRanker.RANK ->
                throw DalangException.unsupported(
                        name + " was made to rank texts (/rerank) and gives no embeddings", "embeddings");
            default -> throw DalangException.badModelFile(file.name() + ": " + key + " is " + type, file.name(), key);
        };
    }
}
