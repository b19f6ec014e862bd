package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must not change a bit: recomputing layers, the number of threads, how documents are packed. */
class CheckpointingTest {

    private static final Shape SHAPE = new Shape(50, 48, 3, 4, 2, 16, 72, 200, true, 10_000, 1e-5f);

    /** Documents of 150, 40 and 70 tokens, the first of more than one tile of queries. */
    static Batch batch(int... lengths) {
        Random random = new Random(5);
        int count = 0;
        for (int l : lengths) count += l;
        int[] tokens = new int[count];
        int[] targets = new int[count];
        int[] starts = new int[count];
        int at = 0;
        for (int l : lengths) {
            for (int i = 0; i < l; i++) {
                tokens[at + i] = random.nextInt(50);
                targets[at + i] = i == l - 1 || random.nextInt(5) == 0 ? Batch.IGNORED : random.nextInt(50);
                starts[at + i] = at;
            }
            at += l;
        }
        return new Batch(tokens, targets, starts);
    }

    private record Result(double loss, float[][] gradients) {}

    private static Result run(String tier, int threads, GraphSettings settings) {
        try (Compute compute = new Compute(KernelTier.named(tier), threads);
                TrainableDecoder network = TrainableDecoder.fresh(SHAPE, 9, compute, settings)) {
            // Twice: the second time in buffers that have been used.
            network.loss(batch(150, 40, 70));
            double loss = network.forwardBackward(batch(150, 40, 70), 0.01f);
            float[][] gradients = network.parameters().stream()
                    .map(p -> p.gradient().toArray())
                    .toArray(float[][]::new);
            return new Result(loss, gradients);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "auto"})
    void sameBitsWithAndWithout(String tier) {
        Result plain = run(tier, 1, GraphSettings.DEFAULT);
        for (float[] g : plain.gradients) assertThat(g).isNotEqualTo(new float[g.length]);
        Result again = run(tier, 1, GraphSettings.DEFAULT.withCheckpointing(true));
        assertThat(again.loss).isEqualTo(plain.loss);
        assertThat(again.gradients).isDeepEqualTo(plain.gradients);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "auto"})
    void sameBitsOnAnyNumberOfThreads(String tier) {
        Result one = run(tier, 1, GraphSettings.DEFAULT);
        for (int threads : new int[] {2, 5}) {
            Result more = run(tier, threads, GraphSettings.DEFAULT);
            assertThat(more.loss).isEqualTo(one.loss);
            assertThat(more.gradients).isDeepEqualTo(one.gradients);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "auto"})
    void packingChangesNothing(String tier) {
        Batch together = batch(150, 40, 70);
        try (Compute compute = new Compute(KernelTier.named(tier), 2);
                TrainableDecoder whole = TrainableDecoder.fresh(SHAPE, 9, compute, GraphSettings.DEFAULT);
                TrainableDecoder groups =
                        TrainableDecoder.fresh(SHAPE, 9, compute, GraphSettings.DEFAULT.withGroupTokens(120))) {
            double[] packed = whole.logProbabilities(together);
            assertThat(groups.logProbabilities(together)).isEqualTo(packed);
            int[] order = {2, 0, 1};
            assertThat(whole.logProbabilities(reordered(together, order)))
                    .isEqualTo(new double[] {packed[2], packed[0], packed[1]});
        }
    }

    private static Batch reordered(Batch batch, int[] order) {
        var documents = Documents.of(batch);
        int[] tokens = new int[batch.count()];
        int[] targets = new int[batch.count()];
        int[] starts = new int[batch.count()];
        int at = 0;
        for (int d : order) {
            var document = documents.get(d);
            System.arraycopy(batch.tokens(), document.first(), tokens, at, document.count());
            System.arraycopy(batch.targets(), document.first(), targets, at, document.count());
            for (int i = 0; i < document.count(); i++) starts[at + i] = at;
            at += document.count();
        }
        return new Batch(tokens, targets, starts);
    }
}
