package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.DalangException;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** New models, and what they say of their memory. */
class FreshModelTest {

    private static final Shape SHAPE = new Shape(50, 48, 3, 4, 2, 16, 72, 200, true, 10_000, 1e-5f);

    @Test
    void numbersAreDecidedByTheSeed() {
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1);
                TrainableDecoder a = TrainableDecoder.fresh(SHAPE, 1, compute, GraphSettings.DEFAULT);
                TrainableDecoder b = TrainableDecoder.fresh(SHAPE, 1, compute, GraphSettings.DEFAULT);
                TrainableDecoder c = TrainableDecoder.fresh(SHAPE, 2, compute, GraphSettings.DEFAULT)) {
            long count = 0;
            for (int i = 0; i < a.parameters().size(); i++) {
                Parameter p = a.parameters().get(i);
                count += p.count();
                float[] values = p.value().toArray();
                assertThat(b.parameters().get(i).value().toArray()).isEqualTo(values);
                if (p.shape().size() == 1) {
                    assertThat(p.decays()).isFalse();
                    continue;
                }
                assertThat(p.decays()).isTrue();
                assertThat(c.parameters().get(i).value().toArray()).isNotEqualTo(values);
                double squares = 0;
                for (float v : values) squares += (double) v * v / values.length;
                boolean writes = p.name().contains("attn_output") || p.name().contains("ffn_down");
                double deviation = writes ? 0.02 / Math.sqrt(6) : 0.02;
                assertThat(Math.sqrt(squares)).as(p.name()).isCloseTo(deviation, within(0.1 * deviation));
            }
            assertThat(count).isEqualTo(SHAPE.parameterCount());
        }
    }

    /** The engine runs the parameters where they are, and the file that is written from them. */
    @Test
    void theEngineComputesTheSameLogits(@TempDir Path folder) {
        Batch batch = CheckpointingTest.batch(30);
        Floats logits = Floats.allocate(Arena.ofAuto(), 30 * SHAPE.vocabulary());
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1);
                TrainableDecoder network = TrainableDecoder.fresh(SHAPE, 1, compute, GraphSettings.DEFAULT)) {
            network.parameters().getFirst().value().set(5, 0.7f);
            network.logits(batch, logits);
            ModelSource source = network.source(SHAPE.metadata());
            close(logits, source, batch.tokens());
            GgufWriter writer = new GgufWriter().putAll(source.metadata());
            for (TensorInfo t : source.tensors().values()) {
                writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(source.data(t)));
            }
            writer.write(folder.resolve("m.gguf"));
            close(logits, Gguf.open(folder.resolve("m.gguf")), batch.tokens());
        }
    }

    private static void close(Floats logits, ModelSource source, int[] tokens) {
        LoadOptions options =
                LoadOptions.DEFAULT.withKernels("scalar").withThreads(1).withCacheType(BlockType.F32);
        try (ModelRunner runner = new ModelRunner(source, options);
                Sequence sequence = runner.newSequence()) {
            runner.evaluateAll(sequence, tokens, (i, row) -> {
                for (int j = 0; j < row.length; j++) {
                    assertThat((double) row[j]).isCloseTo(logits.get(i * row.length + j), within(1e-5));
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 2048", "true, 2048", "false, 300", "true, 150"})
    void memoryIsWhatWasSaid(boolean checkpointing, int groupTokens) {
        GraphSettings settings =
                GraphSettings.DEFAULT.withCheckpointing(checkpointing).withGroupTokens(groupTokens);
        Batch batch = CheckpointingTest.batch(200, 100, 150, 200, 100);
        try (Compute compute = new Compute(KernelTier.named("auto"), 2);
                TrainableDecoder network = TrainableDecoder.fresh(SHAPE, 1, compute, settings)) {
            MemoryEstimate said = TrainableDecoder.memory(SHAPE, compute, settings, batch.count(), 200);
            assertThat(network.memory(batch.count(), 200)).isEqualTo(said);
            network.forwardBackward(batch, 1);
            double ratio = (double) network.peakBytes() / said.total();
            assertThat(ratio).isBetween(0.9, 1.1);
        }
    }

    @Test
    void checkpointingTakesLessMemory() {
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1)) {
            GraphSettings plain = GraphSettings.DEFAULT;
            long all = TrainableDecoder.memory(SHAPE, compute, plain, 2000, 200).activations();
            long less = TrainableDecoder.memory(SHAPE, compute, plain.withCheckpointing(true), 2000, 200)
                    .activations();
            assertThat(less).isLessThan(all * 2 / 3);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "50, 48, 0, 4, 2, 16, 72, layers",
        "50, 48, 3, 4, 3, 16, 72, kvHeads",
        "50, 48, 3, 4, 2, 15, 72, headDim",
        "1, 48, 3, 4, 2, 16, 72, vocabulary",
        "1000000, 1000000, 3, 4, 2, 16, 72, embedding",
    })
    void refusesShapesThatCannotBe(
            int vocabulary, int width, int layers, int heads, int kvHeads, int headDim, int hidden, String blamed) {
        assertThatThrownBy(() ->
                        new Shape(vocabulary, width, layers, heads, kvHeads, headDim, hidden, 100, true, 10_000, 1e-5f))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(blamed);
    }

    @Test
    void refusesTokensOutsideTheVocabulary() {
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1);
                TrainableDecoder network = TrainableDecoder.fresh(SHAPE, 1, compute, GraphSettings.DEFAULT)) {
            assertThatThrownBy(() -> network.loss(new Batch(new int[] {50}, new int[] {1}, new int[] {0})))
                    .isInstanceOf(DalangException.class);
            assertThatThrownBy(() -> network.loss(new Batch(new int[] {1}, new int[] {-2}, new int[] {0})))
                    .isInstanceOf(DalangException.class);
        }
    }
}
