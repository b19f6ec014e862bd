package dev.dalang.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import dev.dalang.train.loop.TrainingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {

    @TempDir
    Path folder;

    private static TrainingEvent validated(long step) {
        return new TrainingEvent.Validated(step, 0.5, 10, true);
    }

    @Test
    void everySittingAppendsAndHalfALineStaysAlone() throws IOException {
        Path file = folder.resolve("log.jsonl");
        try (RunLog log = new RunLog(file)) {
            log.on(validated(1));
        }
        Files.writeString(file, Files.readString(file) + "{\"half\":");
        try (RunLog log = new RunLog(file)) {
            log.on(validated(2));
            assertThat(log.problem()).isNull();
        }
        assertThat(Files.readAllLines(file))
                .containsExactly(EventJson.line(validated(1)), "{\"half\":", EventJson.line(validated(2)));
    }

    @Test
    void aFullDiskDoesNotEndARun() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "this system has no disk that is always full");
        RunLog log = new RunLog(full);
        try (log) {
            log.on(validated(1));
            log.on(validated(2));
            assertThat(log.problem()).contains("/dev/full lacks its end");
        }
        assertThat(log.problem()).isNotNull();
    }

    @Test
    void aFileThatCannotBeOpenedIsRefused() {
        Path file = folder.resolve("nowhere").resolve("log.jsonl");
        assertThatThrownBy(() -> new RunLog(file))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("cannot be written");
    }
}
