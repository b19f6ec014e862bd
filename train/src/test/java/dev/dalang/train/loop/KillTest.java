package dev.dalang.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed at random moments, or whose disk is full: what they left goes on, and ends with the bits of a
 * run that nobody disturbed. {@code -Ddalang.test.kills=100} kills more often.
 */
class KillTest {

    private static final int KILLS = Integer.getInteger("dalang.test.kills", 6);

    @TempDir
    Path folder;

    @TempDir
    Path other;

    @Test
    void aRunThatIsKilledAgainAndAgainEndsWithTheSameBits() throws Exception {
        Random random = new Random(17);
        float[] undisturbed = TrainingChild.run(other, event -> {});
        Path run = folder.resolve("0");
        for (int kills = 0; kills < KILLS; ) {
            Process p = TrainingChild.start(run);
            BufferedReader out = p.inputReader();
            assertThat(out.readLine()).isEqualTo("started");
            Thread.sleep(random.nextInt(800));
            if (p.destroyForcibly().waitFor() != 0) kills++;
            if (run.resolve("step-00000200").toFile().exists()) {
                assertThat(TrainingChild.run(run, event -> {})).isEqualTo(undisturbed);
                run = folder.resolve(Integer.toString(kills));
            }
        }
        assertThat(TrainingChild.run(run, event -> {})).isEqualTo(undisturbed);
        assertThat(Checkpoints.latest(run)).hasFileName("step-00000200");
    }

    @Test
    void aFullDiskLeavesTheLastCheckpoint() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no shell to limit the size of files with");
        TrainingListener stop = event -> {
            if (event instanceof TrainingEvent.Saved s && s.step() == 21) throw new IllegalStateException("stop");
        };
        try {
            TrainingChild.run(folder, stop);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("stop");
        }
        // Weights of 25 kB can be written, but not the moments, which are twice as long.
        Process p = TrainingChild.start(folder, "/bin/bash", "-c", "ulimit -f 36; exec \"$@\"", "limited");
        List<String> said = p.inputReader().lines().toList();
        assertThat(p.waitFor()).isZero();
        assertThat(said).contains("done").anyMatch(line -> line.contains("optimizer.safetensors: cannot be written"));
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("step-00000007", "step-00000014", "step-00000021", ".lock");
        }
        assertThat(TrainingChild.run(folder, event -> {})).isEqualTo(TrainingChild.run(other, event -> {}));
    }
}
