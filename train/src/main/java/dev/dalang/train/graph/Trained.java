package dev.dalang.train.graph;

import java.util.function.Predicate;

/** What of a model learns. */
public sealed interface Trained {

    /** Every tensor, as 32-bit floats under its name in the file. */
    record All() implements Trained {}

    /**
     * Low-rank additions to some matrices, {@code y += α/rank · B·(A·x)} (Hu et al. 2021, arXiv:2106.09685); the model
     * itself stays as it is, in its blocks. For the matrix {@code T} they are {@code T.lora_a [rank][inputs]}, at first
     * uniform within ±1/√inputs, and {@code T.lora_b [outputs][rank]}, at first 0.
     *
     * @param targets which tensors, by name: {@code blk.0.attn_q.weight}
     * @param rank of the additions
     * @param alpha α
     * @param dropout share of the inputs of A that is left out in a step, 0 for none; by the seed and
     *     {@link TrainableDecoder#atStep}
     * @param seed of A's first values, and of what is left out
     */
    record Lora(Predicate<String> targets, int rank, double alpha, double dropout, long seed) implements Trained {
        public Lora {
            if (rank < 1) throw new IllegalArgumentException("rank " + rank);
            if (!(alpha > 0) || !Double.isFinite(alpha)) throw new IllegalArgumentException("alpha " + alpha);
            if (!(dropout >= 0 && dropout < 1)) throw new IllegalArgumentException("dropout " + dropout);
        }

        /** Factor on {@code B·A·x}. */
        public float scale() {
            return (float) (alpha / rank);
        }
    }
}
