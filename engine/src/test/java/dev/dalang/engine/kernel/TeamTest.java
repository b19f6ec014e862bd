package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TeamTest {

    @Test
    void everyChunkRunsOnceInEveryOfManyRegions() {
        try (Team team = new Team(3)) {
            for (int region = 0; region < 20_000; region++) {
                int chunks = region % 7;
                AtomicIntegerArray runs = new AtomicIntegerArray(chunks);
                team.run(chunks, (c, worker) -> {
                    assertThat(worker).isBetween(0, 2);
                    runs.incrementAndGet(c);
                });
                for (int c = 0; c < chunks; c++) assertThat(runs.get(c)).isEqualTo(1);
            }
        }
    }

    @Test
    void parkedWorkersComeBack() throws InterruptedException {
        try (Team team = new Team(2)) {
            for (int i = 0; i < 20; i++) {
                Thread.sleep(5);
                AtomicIntegerArray runs = new AtomicIntegerArray(100);
                team.run(100, (c, worker) -> runs.incrementAndGet(c));
                for (int c = 0; c < 100; c++) assertThat(runs.get(c)).isEqualTo(1);
            }
        }
    }

    @Test
    void aFailureReachesTheCallerAndTheTeamLivesOn() {
        try (Team team = new Team(2)) {
            for (int i = 0; i < 100; i++) {
                int failing = i % 10;
                assertThatThrownBy(() -> team.run(10, (c, worker) -> {
                            if (c == failing) throw new IllegalArgumentException("chunk " + c);
                        }))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("chunk " + failing);
            }
            team.run(10, (c, worker) -> {});
        }
    }

    /** An error of the JVM comes out as what it is: whoever catches it, like one of memory, knows what to do. */
    @Test
    void anErrorOfAWorkerIsNoOtherFailure() {
        try (Team team = new Team(2)) {
            for (int i = 0; i < 20; i++) {
                int failing = i % 10;
                assertThatThrownBy(() -> team.run(10, (c, worker) -> {
                            if (c == failing) throw new OutOfMemoryError("none left");
                        }))
                        .isInstanceOf(OutOfMemoryError.class);
            }
        }
    }

    @Test
    void aClosedTeamRefuses() {
        Team team = new Team(2);
        team.close();
        assertThatThrownBy(() -> team.run(1, (c, worker) -> {})).isInstanceOf(IllegalStateException.class);
    }
}
