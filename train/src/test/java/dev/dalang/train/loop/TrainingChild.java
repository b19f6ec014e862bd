package dev.dalang.train.loop;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that trains, from the newest checkpoint of a folder where there is one: says {@code started}, each thing that
 * could not be saved, and {@code done}.
 */
final class TrainingChild {

    static final TrainingSettings SETTINGS = Toy.busySettings(200, 7);

    /** Wide enough that the moments, and not only the weights, take a while to write. */
    static final int WIDTH = 100;

    private TrainingChild() {}

    /** @param before words in front of the command: of a shell that sets limits */
    static Process start(Path folder, String... before) throws IOException {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                        File.pathSeparator,
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""),
                        Path.of("target/test-classes").toString(),
                        Path.of("target/classes").toString()),
                TrainingChild.class.getName(),
                folder.toString()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    public static void main(String[] args) {
        run(Path.of(args[0]), event -> {
            if (event instanceof TrainingEvent.Started) System.out.println("started");
            if (event instanceof TrainingEvent.NotSaved n) System.out.println(n.problem());
            if (event instanceof TrainingEvent.Ended) System.out.println("done");
        });
    }

    static float[] run(Path folder, TrainingListener listener) {
        try (TwoLayers network = new TwoLayers(Toy.VOCABULARY, WIDTH, 3);
                Compute compute = new Compute(KernelTier.named("scalar"), 2);
                Trainer trainer =
                        new Trainer(network, compute, Toy.train(7), Toy.validation(), SETTINGS, listener, folder)) {
            Path latest = Checkpoints.latest(folder);
            if (latest != null) trainer.resume(latest);
            trainer.run(Cancellation.NONE);
            return network.weights();
        }
    }
}
