package dev.dalang.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {

    @Test
    void runsActionsOnceInOrderOfRegistration() {
        Cancellation cancellation = new Cancellation();
        List<String> ran = new ArrayList<>();
        cancellation.onCancel(() -> ran.add("a"));
        cancellation.onCancel(() -> ran.add("b"));
        assertThat(cancellation.isCancelled()).isFalse();

        cancellation.cancel();
        cancellation.cancel();

        assertThat(cancellation.isCancelled()).isTrue();
        assertThat(ran).containsExactly("a", "b");
    }

    @Test
    void runsALateActionAtOnce() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        AtomicInteger ran = new AtomicInteger();
        cancellation.onCancel(ran::incrementAndGet);
        assertThat(ran).hasValue(1);
    }

    @Test
    void forgetsAClosedRegistrationAndOnlyThatOne() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger ran = new AtomicInteger();
        Runnable twice = ran::incrementAndGet;
        Cancellation.Registration first = cancellation.onCancel(twice);
        cancellation.onCancel(twice);
        first.close();
        first.close();
        cancellation.cancel();
        assertThat(ran).hasValue(1);
    }

    @Test
    void runsTheOthersWhenOneThrows() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger ran = new AtomicInteger();
        cancellation.onCancel(() -> {
            throw new IllegalStateException("first");
        });
        cancellation.onCancel(() -> {
            throw new IllegalArgumentException("second");
        });
        cancellation.onCancel(ran::incrementAndGet);
        assertThatThrownBy(cancellation::cancel)
                .isInstanceOf(IllegalStateException.class)
                .hasSuppressedException(new IllegalArgumentException("second"));
        assertThat(ran).hasValue(1);
    }

    @Test
    void noneIsNeverCancelled() {
        assertThatThrownBy(Cancellation.NONE::cancel).isInstanceOf(IllegalStateException.class);
        assertThat(Cancellation.NONE.isCancelled()).isFalse();
        Cancellation.NONE.onCancel(() -> {}).close();
    }

    @Test
    void anActionRunsExactlyOnceWhenRegistrationAndCancelRace() throws InterruptedException {
        for (int round = 0; round < 500; round++) {
            Cancellation cancellation = new Cancellation();
            AtomicInteger ran = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            Thread canceller = Thread.ofVirtual().start(() -> {
                await(start);
                cancellation.cancel();
            });
            Thread registrar = Thread.ofVirtual().start(() -> {
                await(start);
                cancellation.onCancel(ran::incrementAndGet);
            });
            start.countDown();
            canceller.join();
            registrar.join();
            assertThat(ran).hasValue(1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
