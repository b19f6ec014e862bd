package dev.dalang.train.loop;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.data.Document;
import dev.dalang.train.data.Documents;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.PackedSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A run small enough for a test: texts in which a token is usually followed by its double, and a network that finds out. */
final class Toy {

    static final int VOCABULARY = 31;
    static final Schedule SCHEDULE = new Schedule.WarmupStableDecay(0.02, 5, 20, 0.1);

    private Toy() {}

    static Documents documents(long seed, int count) {
        Random random = new Random(seed);
        List<Document> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] tokens = new int[3 + random.nextInt(20)];
            tokens[0] = random.nextInt(VOCABULARY);
            for (int k = 1; k < tokens.length; k++) {
                tokens[k] = random.nextInt(10) == 0 ? random.nextInt(VOCABULARY) : 2 * tokens[k - 1] % VOCABULARY;
            }
            all.add(Document.of(tokens));
        }
        return Documents.of(all);
    }

    static DataSource train(long seed) {
        return PackedSource.shuffled(
                List.of(new PackedSource.Part(documents(1, 100), 1)), 32, 64, LongDocuments.REFUSE, seed);
    }

    static DataSource validation() {
        return PackedSource.ordered(documents(2, 20), 32, 64, LongDocuments.REFUSE);
    }

    /** A hundred steps without anything beside them. */
    static TrainingSettings settings() {
        return new TrainingSettings(100, 2, SCHEDULE, OptimizerSettings.USUAL, 1, 0, 0, 0, 0, 0, 0, 2);
    }

    /** All that changes weights, and all that comes beside. */
    static TrainingSettings busySettings(long steps, int checkpointEvery) {
        return new TrainingSettings(
                steps, 2, SCHEDULE, OptimizerSettings.USUAL, 1, 0.9, 10, 3, 0, 25, checkpointEvery, 2);
    }

    /** @param weights those of the network in the end */
    record Result(TrainingEvent.Ended ended, List<TrainingEvent> events, float[] weights) {
        <E extends TrainingEvent> List<E> events(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    static Result run(TrainingSettings settings, @Nullable Path folder, boolean resume) {
        return run(settings, train(7), folder, resume, event -> {}, new Cancellation());
    }

    static Result run(
            TrainingSettings settings,
            DataSource data,
            @Nullable Path folder,
            boolean resume,
            TrainingListener listener,
            Cancellation cancellation) {
        List<TrainingEvent> events = new ArrayList<>();
        TrainingListener both = event -> {
            events.add(event);
            listener.on(event);
        };
        try (TwoLayers network = new TwoLayers(VOCABULARY, 8, 3);
                Compute compute = new Compute(KernelTier.named("scalar"), 1);
                Trainer trainer = new Trainer(network, compute, data, validation(), settings, both, folder)) {
            trainer.sampler(step -> "after " + step);
            if (resume) trainer.resume(Checkpoints.latest(folder));
            TrainingEvent.Ended ended = trainer.run(cancellation);
            return new Result(ended, events, network.weights());
        }
    }
}
