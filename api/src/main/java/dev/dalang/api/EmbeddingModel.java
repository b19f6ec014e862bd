package dev.dalang.api;

/** Whatever turns texts into vectors. */
public interface EmbeddingModel {

    /** The name that requests use for this model. */
    String name();

    /** The length of a vector when the request does not shorten it. */
    int dimensions();

    /**
     * One vector for each input, in the order of the inputs. Blocks the calling thread. Every failure, and a cancelled
     * request too (half a batch of vectors is of no use), is a thrown {@link DalangException}.
     */
    EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation);
}
