package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.cli.StandardStreams.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandardStreamsTest {

    @ParameterizedTest
    @CsvSource({
        "/dev/pts/0, TERMINAL",
        "/dev/pts/17, TERMINAL",
        "/dev/tty, TERMINAL",
        "/dev/tty1, TERMINAL",
        "/dev/console, TERMINAL",
        "/dev/null, OTHER",
        "pipe:[4711], OTHER",
        "socket:[4711], OTHER",
        "/data/answer.txt, OTHER",
        "/data/dev/pts/0, OTHER",
        "/dev/ttyS0, UNKNOWN",
        "/dev/pts/0 (deleted), UNKNOWN",
        "'', UNKNOWN",
    })
    void aNameSaysWhatAStreamIs(String name, Kind kind) {
        assertThat(StandardStreams.kind(name)).isEqualTo(kind);
    }
}
