package dev.dalang.train.recipe;

import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.data.Document;
import dev.dalang.train.data.Documents;
import dev.dalang.train.graph.Parameter;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What becomes of tokens that no text of a run has: bytes that do not occur, and pieces that were merged further.
 *
 * <p>Every step makes them less likely, all in the same direction, so that in the end they cannot be told apart, and
 * whoever tunes the model cannot teach it to say one of them. So they get what is usual for tokens that are added to a
 * model: the mean of the rows that learned something (Hewitt 2021, "Initializing New Word Embeddings for Pretrained
 * Language Models"), and a deviation of their own, as wide as those rows'.
 */
final class UnseenTokens {

    private static final List<String> MATRICES = List.of("token_embd.weight", "output.weight");

    private UnseenTokens() {}

    /** The tokens that occur. */
    static BitSet seen(List<Documents> all) {
        BitSet seen = new BitSet();
        for (Documents documents : all) {
            for (int i = 0; i < documents.count(); i++) {
                Document d = documents.get(i);
                for (int id : d.tokens()) seen.set(id);
            }
        }
        return seen;
    }

    /**
     * Changes the rows of the others; the same numbers come of it however often it is done.
     *
     * @param kept tokens that stay as they are in any case: those that nobody is to say
     * @return how many tokens have new rows
     */
    static int settle(List<Parameter> parameters, BitSet seen, IntPredicate kept, long seed) {
        int changed = 0;
        for (Parameter p : parameters) {
            if (!MATRICES.contains(p.name())) continue;
            int rows = p.shape().getFirst();
            int width = p.shape().getLast();
            int[] unseen = seen.isEmpty()
                    ? new int[0]
                    : IntStream.range(0, rows)
                            .filter(id -> !seen.get(id) && !kept.test(id))
                            .toArray();
            settle(
                    p.value(),
                    width,
                    seen,
                    unseen,
                    new SplittableRandom(seed ^ p.name().hashCode()));
            changed = Math.max(changed, unseen.length);
        }
        return changed;
    }

    private static void settle(Floats rows, int width, BitSet seen, int[] unseen, SplittableRandom random) {
        double[] mean = new double[width];
        double[] deviation = new double[width];
        int count = seen.cardinality();
        for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
            for (int i = 0; i < width; i++) mean[i] += rows.get(id * width + i) / (double) count;
        }
        for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
            for (int i = 0; i < width; i++) {
                double d = rows.get(id * width + i) - mean[i];
                deviation[i] += d * d / count;
            }
        }
        for (int id : unseen) {
            for (int i = 0; i < width; i++) {
                double value = mean[i] + Math.sqrt(deviation[i]) * random.nextGaussian();
                rows.set(id * width + i, (float) value);
            }
        }
    }
}
