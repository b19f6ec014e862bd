package dev.dalang.gateway.meter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TeamsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger lookUps = new AtomicInteger();
    private volatile Supplier<Map<String, String>> ledger = () -> Map.of("key", "red");
    private final Teams teams = new Teams(
            () -> {
                lookUps.incrementAndGet();
                return ledger.get();
            },
            nanos::get);

    private void later() {
        nanos.addAndGet(10_000_000_000L);
    }

    private static Map<String, String> broken() {
        throw new DalangException(new Failure.Storage("gone", "ledger"));
    }

    @Test
    void aTeamIsLookedUpEveryTenSeconds() {
        assertThat(teams.of("key")).isEqualTo("red");
        assertThat(teams.of("other")).isEmpty();
        ledger = () -> Map.of("key", "blue");
        assertThat(teams.of("key")).isEqualTo("red");
        assertThat(lookUps).hasValue(1);
        later();
        assertThat(teams.of("key")).isEqualTo("blue");
        assertThat(lookUps).hasValue(2);
    }

    @Test
    void aClockThatIsSetBackKeepsNothing() {
        nanos.set(1_000_000_000_000L);
        assertThat(teams.of("key")).isEqualTo("red");
        ledger = () -> Map.of("key", "blue");
        nanos.set(0);
        assertThat(teams.of("key")).isEqualTo("blue");
    }

    @Test
    void whatWasKnownHoldsWhileTheLedgerIsBroken() {
        ledger = TeamsTest::broken;
        assertThatThrownBy(() -> teams.of("key"))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Overloaded.class));
        ledger = () -> Map.of("key", "red");
        assertThat(teams.of("key")).isEqualTo("red");
        ledger = TeamsTest::broken;
        later();
        assertThat(teams.of("key")).isEqualTo("red");
    }

    @Test
    void aSilentLedgerIsAskedOnceAndOneCallerWaits() {
        assertThat(teams.of("key")).isEqualTo("red");
        CountDownLatch back = new CountDownLatch(1);
        ledger = () -> {
            try {
                back.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Map.of("key", "blue");
        };
        later();
        for (int i = 0; i < 1000; i++) assertThat(teams.of("key")).isEqualTo("red");
        assertThat(lookUps).hasValue(2);
        back.countDown();
        while (!teams.of("key").equals("blue")) Thread.onSpinWait();
    }
}
