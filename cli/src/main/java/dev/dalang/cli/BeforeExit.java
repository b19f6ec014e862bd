package dev.dalang.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** While it is open, Ctrl-C waits for the work to be saved, a few minutes at most. */
final class BeforeExit implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 180;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::await, "before-exit");

    BeforeExit() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await() {
        try {
            done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down, and the hook is done.
        }
    }
}
