package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.Network;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.loop.TrainingEvent.Ending;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run does from step to step, on a network whose derivatives are known. */
class TrainerTest {

    @TempDir
    Path folder;

    /** Some batches, over and over. */
    private static DataSource batches(Batch... batches) {
        return new DataSource() {
            @Override
            public Batch batch(long index) {
                return batches[(int) (index % batches.length)];
            }

            @Override
            public long round() {
                return batches.length;
            }

            @Override
            public String digest() {
                return Arrays.deepToString(batches);
            }
        };
    }

    private static Batch batch(int[] tokens, int[] targets) {
        return new Batch(tokens, targets, new int[tokens.length]);
    }

    private static TrainingSettings with(long steps, int accumulation, double clip, int patience, double averaging) {
        return new TrainingSettings(
                steps,
                accumulation,
                new Schedule.Constant(0.02, 0),
                OptimizerSettings.USUAL,
                clip,
                averaging,
                patience > 0 ? 5 : 0,
                0,
                patience,
                0,
                0,
                1);
    }

    @Test
    void theLossFallsToWhatTheTextsAllow() {
        Toy.Result r = Toy.run(Toy.busySettings(300, 0), null, false);
        List<TrainingEvent.Validated> validated = r.events(TrainingEvent.Validated.class);
        // Nothing is known at first; at best 9 of 10 tokens are told by the one before, and the tenth is one of 31.
        assertThat(validated.getFirst().loss()).isCloseTo(Math.log(31), Offset.offset(0.2));
        double rest = 0.1 / 31;
        double least = -(0.9 + rest) * Math.log(0.9 + rest) - 30 * rest * Math.log(rest);
        assertThat(validated.getLast().loss()).isBetween(least - 0.15, least + 0.25);
        assertThat(r.ended().ending()).isEqualTo(Ending.FINISHED);
        assertThat(r.ended().validation()).isEqualTo(validated.getLast().loss());
    }

    @Test
    void oneBatchIsLearntByHeart() {
        Batch b = batch(new int[] {1, 2, 3, 4, 5, 6, 7}, new int[] {9, 3, 3, 8, 1, 30, 9});
        Toy.Result r = Toy.run(with(300, 1, 1, 0, 0), batches(b), null, false, e -> {}, new Cancellation());
        assertThat(r.ended().loss()).isLessThan(0.02);
    }

    @Test
    void everythingIsTold() {
        Toy.Result r = Toy.run(Toy.busySettings(60, 20), folder, false);
        List<TrainingEvent.Step> steps = r.events(TrainingEvent.Step.class);
        assertThat(steps)
                .extracting(TrainingEvent.Step::step)
                .isEqualTo(LongStream.rangeClosed(1, 60).boxed().toList());
        for (TrainingEvent.Step s : steps) {
            assertThat(s.rate()).isEqualTo(Toy.SCHEDULE.rate(s.step() - 1, 60));
            assertThat(s.rounds()).isEqualTo(Toy.train(7).rounds(2 * s.step()));
        }
        long tokens =
                LongStream.range(0, 120).map(i -> Toy.train(7).batch(i).count()).sum();
        assertThat(steps.getLast().tokens()).isEqualTo(tokens);
        assertThat(r.events(TrainingEvent.Validated.class))
                .extracting(TrainingEvent.Validated::step)
                .containsExactly(0L, 10L, 20L, 30L, 40L, 50L, 60L);
        assertThat(r.events(TrainingEvent.Sampled.class))
                .containsExactly(
                        new TrainingEvent.Sampled(25, "after 25"),
                        new TrainingEvent.Sampled(50, "after 50"),
                        new TrainingEvent.Sampled(60, "after 60"));
        assertThat(r.events(TrainingEvent.Saved.class))
                .extracting(TrainingEvent.Saved::step)
                .containsExactly(20L, 40L, 60L);
        assertThat(r.events().getFirst()).isEqualTo(new TrainingEvent.Started(0, 60, 2 * 31 * 8 + 31, null));
        assertThat(r.events().getLast()).isSameAs(r.ended());
        assertThat(r.ended().checkpoint()).hasFileName("step-00000060");
        assertThat(r.ended().effort().time()).isPositive();
    }

    @Test
    void accumulatedBatchesCountLikeOne() {
        // Very unequal numbers of targets: a mean of means would weigh them wrongly.
        Batch one = batch(new int[] {1, 2, 3, 4, 5, 6}, new int[] {2, 3, 4, 5, 6, 7});
        Batch two = batch(new int[] {9, 8, 7}, new int[] {Batch.IGNORED, 5, Batch.IGNORED});
        Batch both = new Batch(
                new int[] {1, 2, 3, 4, 5, 6, 9, 8, 7},
                new int[] {2, 3, 4, 5, 6, 7, Batch.IGNORED, 5, Batch.IGNORED},
                new int[] {0, 0, 0, 0, 0, 0, 6, 6, 6});
        Toy.Result apart = Toy.run(with(50, 2, 1, 0, 0), batches(one, two), null, false, e -> {}, new Cancellation());
        Toy.Result together = Toy.run(with(50, 1, 1, 0, 0), batches(both), null, false, e -> {}, new Cancellation());
        for (int i = 0; i < apart.weights().length; i++) {
            assertThat(apart.weights()[i]).isCloseTo(together.weights()[i], Offset.offset(2e-5f));
        }
        assertThat(apart.ended().loss()).isCloseTo(together.ended().loss(), Offset.offset(1e-5));
    }

    @Test
    void gradientsAreClippedAndToldUnclipped() {
        Batch b = batch(new int[] {1, 2}, new int[] {3, 4});
        Batch weak = batch(new int[] {1, 2, 1, 2}, new int[] {3, 4, Batch.IGNORED, Batch.IGNORED});
        double norm = Toy.run(with(1, 1, 0, 0, 0), batches(b), null, false, e -> {}, new Cancellation())
                .events(TrainingEvent.Step.class)
                .getFirst()
                .gradientNorm();
        assertThat(norm).isGreaterThan(0.1);
        // The moments remember how long the gradient was that AdamW saw.
        for (double clip : new double[] {0, norm / 10, norm * 10}) {
            TrainingSettings s = with(1, 1, clip, 0, 0);
            try (TwoLayers network = new TwoLayers(31, 8, 3);
                    Compute compute = new Compute(KernelTier.named("scalar"), 1);
                    Trainer trainer = new Trainer(
                            network, compute, batches(weak), null, s, e -> {}, folder.resolve(clip + "x"))) {
                trainer.run(Cancellation.NONE);
                double[] squares = {0};
                try (var file = dev.dalang.engine.format.Safetensors.open(
                        folder.resolve(clip + "x/step-00000001/optimizer.safetensors"))) {
                    file.tensors().forEach((name, t) -> {
                        if (!name.startsWith("mean.")) return;
                        float[] m =
                                dev.dalang.engine.kernel.Floats.of(file.data(t)).toArray();
                        for (float x : m) squares[0] += x * x;
                    });
                }
                double seen = Math.sqrt(squares[0]) / 0.1;
                double expected = clip == 0 ? norm : Math.min(norm, clip);
                assertThat(seen).isCloseTo(expected, Offset.offset(1e-4 * expected));
            }
        }
    }

    @Test
    void itStopsWhenItDoesNotGetBetter() {
        Batch learnt = batch(new int[] {1, 2, 3}, new int[] {4, 5, 6});
        TrainingSettings s = with(500, 1, 1, 3, 0);
        // What is validated contradicts what is learnt, so that it only gets worse after a while.
        Batch measured = batch(new int[] {1, 2, 3, 9}, new int[] {4, 7, 8, 4});
        List<TrainingEvent> events = new java.util.ArrayList<>();
        float[] weights;
        TrainingEvent.Ended ended;
        try (TwoLayers network = new TwoLayers(31, 8, 3);
                Compute compute = new Compute(KernelTier.named("scalar"), 1);
                Trainer trainer =
                        new Trainer(network, compute, batches(learnt), batches(measured), s, events::add, folder)) {
            ended = trainer.run(Cancellation.NONE);
            weights = network.weights();
            assertThat(network.loss(measured) / 4).isCloseTo(ended.validation(), Offset.offset(1e-6));
        }
        List<TrainingEvent.Validated> validated = events.stream()
                .filter(TrainingEvent.Validated.class::isInstance)
                .map(TrainingEvent.Validated.class::cast)
                .toList();
        assertThat(ended.ending()).isEqualTo(Ending.EARLY);
        assertThat(ended.step()).isEqualTo(validated.getLast().step() - 15).isLessThan(400);
        assertThat(validated.subList(validated.size() - 3, validated.size())).noneMatch(TrainingEvent.Validated::best);
        assertThat(ended.checkpoint()).hasFileName("step-%08d".formatted(ended.step()));
        try (TwoLayers network = new TwoLayers(31, 8, 99)) {
            Checkpoints.loadWeights(ended.checkpoint(), network.parameters());
            assertThat(network.weights()).isEqualTo(weights);
        }
        assertThatThrownBy(() -> Toy.run(s, null, false)).hasMessageStartingWith("patience needs");
    }

    @Test
    void aRunToTheEndGoesBackToItsBestWeightsToo() {
        Batch learnt = batch(new int[] {1, 2, 3}, new int[] {4, 5, 6});
        Batch measured = batch(new int[] {1, 2, 3, 9}, new int[] {4, 7, 8, 4});
        List<TrainingEvent> events = new java.util.ArrayList<>();
        try (TwoLayers network = new TwoLayers(31, 8, 3);
                Compute compute = new Compute(KernelTier.named("scalar"), 1);
                Trainer trainer = new Trainer(
                        network,
                        compute,
                        batches(learnt),
                        batches(measured),
                        with(60, 1, 1, 1000, 0),
                        events::add,
                        folder)) {
            TrainingEvent.Ended ended = trainer.run(Cancellation.NONE);
            assertThat(ended.ending()).isEqualTo(Ending.FINISHED);
            assertThat(ended.step()).isLessThan(60);
            assertThat(network.loss(measured) / 4).isCloseTo(ended.validation(), Offset.offset(1e-6));
        }
        assertThat(Checkpoints.latest(folder)).hasFileName("step-00000060");
    }

    /** The toy network with losses of its own. */
    private record Astray(TwoLayers inner, java.util.function.IntToDoubleFunction loss, int[] calls)
            implements Network {
        @Override
        public List<Parameter> parameters() {
            return inner.parameters();
        }

        @Override
        public double forwardBackward(Batch batch, float scale) {
            inner.forwardBackward(batch, scale);
            return loss.applyAsDouble(calls[0]++) * terms(batch);
        }

        @Override
        public double loss(Batch batch) {
            return inner.loss(batch);
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    private Toy.Result astray(java.util.function.IntToDoubleFunction loss) {
        List<TrainingEvent> events = new java.util.ArrayList<>();
        TrainingSettings s = new TrainingSettings(
                200, 1, new Schedule.Constant(0.001, 0), OptimizerSettings.USUAL, 1, 0, 0, 0, 0, 0, 10, 1);
        try (Network network = new Astray(new TwoLayers(31, 8, 3), loss, new int[1]);
                Compute compute = new Compute(KernelTier.named("scalar"), 1);
                Trainer trainer = new Trainer(network, compute, Toy.train(1), null, s, events::add, folder)) {
            TrainingEvent.Ended ended = trainer.run(Cancellation.NONE);
            return new Toy.Result(ended, events, ((Astray) network).inner.weights());
        }
    }

    @Test
    void aLossThatIsNoNumberEndsTheRun() {
        Toy.Result r = astray(call -> call == 57 ? Double.NaN : 3);
        assertThat(r.ended().ending()).isEqualTo(Ending.DIVERGED);
        assertThat(r.ended().step()).isEqualTo(50);
        assertThat(r.ended().checkpoint()).hasFileName("step-00000050");
        TrainingEvent.Diverged d = r.events(TrainingEvent.Diverged.class).getFirst();
        assertThat(d.step()).isEqualTo(57);
        assertThat(d.advice()).contains("lower learning rate (it was 0.0010)").endsWith("step-00000050");
        try (TwoLayers network = new TwoLayers(31, 8, 99)) {
            Checkpoints.loadWeights(r.ended().checkpoint(), network.parameters());
            assertThat(r.weights()).isEqualTo(network.weights());
        }
    }

    @Test
    void aLossThatStaysHighEndsTheRunAndSpoilsNoCheckpoint() {
        Toy.Result r = astray(call -> call < 42 ? 3 : 20);
        assertThat(r.ended().ending()).isEqualTo(Ending.DIVERGED);
        assertThat(r.events(TrainingEvent.Diverged.class).getFirst().step()).isEqualTo(42 + 29);
        assertThat(r.ended().checkpoint()).hasFileName("step-00000040");
        assertThat(folder.resolve("step-00000050")).doesNotExist();
    }

    @Test
    void averagesAreWhatIsMeasuredAndLeft() {
        TrainingSettings plain = with(40, 1, 1, 0, 0);
        TrainingSettings averaged = with(40, 1, 1, 0, 0.5);
        // The weights after each step, by runs that end there.
        double[] expected = null;
        for (int steps = 1; steps <= 40; steps++) {
            float[] w = Toy.run(with(steps, 1, 1, 0, 0), null, false).weights();
            if (expected == null) expected = new double[w.length];
            double keep = Math.min(0.5, (steps - 1.0) / steps);
            for (int i = 0; i < w.length; i++) expected[i] = keep * expected[i] + (1 - keep) * w[i];
        }
        float[] got = Toy.run(averaged, null, false).weights();
        for (int i = 0; i < got.length; i++) {
            assertThat((double) got[i]).isCloseTo(expected[i], Offset.offset(1e-5));
        }
        assertThat(got).isNotEqualTo(Toy.run(plain, null, false).weights());
    }

    @Test
    void aFolderWithAnotherRunIsLeftAlone() throws Exception {
        Toy.run(Toy.busySettings(10, 5), folder, false);
        assertThatThrownBy(() -> Toy.run(Toy.busySettings(10, 5), folder, false))
                .hasMessageContaining("holds checkpoints of an earlier run, up to step-00000010");
        assertThat(folder.resolve("step-00000010/weights.safetensors")).exists();
        assertThat(Files.list(folder).filter(f -> f.getFileName().toString().contains("part")))
                .isEmpty();
    }
}
