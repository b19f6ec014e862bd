package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.data.Documents;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.PackedSource;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.graph.Shape;
import dev.dalang.train.graph.TrainableDecoder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small model of the llama family, on the best kernels of this machine. */
class DecoderRunTest {

    private static final Shape SHAPE = new Shape(Toy.VOCABULARY, 64, 2, 2, 1, 32, 96, 64, true, 10_000, 1e-5f);

    @TempDir
    Path folder;

    private record Result(TrainingEvent.Ended ended, List<float[]> weights) {}

    private static Result run(Documents documents, int steps, int threads, @Nullable Path folder, long stopAt) {
        PackedSource data =
                PackedSource.shuffled(List.of(new PackedSource.Part(documents, 1)), 64, 256, LongDocuments.REFUSE, 1);
        TrainingSettings settings = new TrainingSettings(
                steps, 1, new Schedule.Cosine(0.01, 5, 0.1), OptimizerSettings.USUAL, 1, 0, 0, 0, 0, 0, 0, 1);
        Cancellation cancellation = new Cancellation();
        try (Compute compute = new Compute(KernelTier.best(), threads);
                TrainableDecoder network = TrainableDecoder.fresh(SHAPE, 5, compute, GraphSettings.DEFAULT);
                Trainer trainer = new Trainer(
                        network,
                        compute,
                        data,
                        null,
                        settings,
                        event -> {
                            if (event.step() == stopAt && event instanceof TrainingEvent.Step) cancellation.cancel();
                        },
                        folder)) {
            Path latest = folder == null ? null : Checkpoints.latest(folder);
            if (latest != null) trainer.resume(latest);
            TrainingEvent.Ended ended = trainer.run(cancellation);
            return new Result(
                    ended,
                    network.parameters().stream()
                            .map(Parameter::value)
                            .map(v -> v.toArray())
                            .toList());
        }
    }

    @Test
    void itLearnsOneBatchByHeart() {
        Result r = run(Toy.documents(9, 12), 150, 2, null, -1);
        assertThat(r.ended().loss()).isLessThan(0.3);
    }

    @Test
    void severalSittingsOnAnyNumberOfThreadsHaveTheBitsOfOne() {
        Documents documents = Toy.documents(1, 100);
        Result whole = run(documents, 24, 2, null, -1);
        run(documents, 24, 1, folder, 7);
        run(documents, 24, 3, folder, 16);
        Result last = run(documents, 24, 2, folder, -1);
        assertThat(last.ended().step()).isEqualTo(24);
        for (int i = 0; i < whole.weights().size(); i++) {
            assertThat(last.weights().get(i)).isEqualTo(whole.weights().get(i));
        }
    }
}
