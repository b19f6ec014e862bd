package dev.dalang.engine.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The worker threads of one engine: a parallel region is split into chunks that the workers and the caller take one by
 * one, so that a worker slowed down by a busy neighbour costs its own share only.
 *
 * <p>A token's forward pass is hundreds of regions of some microseconds each. Handing those to an executor costs more
 * than the work; so the workers live as long as the team, spin for a bounded time between regions and only then park.
 * An idle team uses no processor.
 *
 * <p>Region number and next chunk lie in one atomic word: whoever advances the chunk by compare-and-set has thereby
 * proved that the region it read is still the one that runs.
 *
 * <p>One caller at a time; {@link #run} is not reentrant.
 */
public final class Team implements AutoCloseable {

    /** One chunk of a region; {@code worker} is in {@code 0 .. threads()-1}, for scratch memory of its own. */
    @FunctionalInterface
    public interface Task {
        void run(int chunk, int worker);
    }

    /** About 50 µs: longer than the gaps inside a token, shorter than anybody would call busy. */
    private static final int SPINS = 4_000;

    private static final Task NOTHING = (chunk, worker) -> {};

    private final Worker[] workers;
    private final AtomicLong state = new AtomicLong();
    private final AtomicInteger pending = new AtomicInteger();
    private volatile Task task = NOTHING;
    private volatile int chunks;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /** @param threads how many threads compute, the caller of {@link #run} included; at least 1 */
    public Team(int threads) {
        if (threads < 1) throw new IllegalArgumentException("threads must be at least 1, is " + threads);
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].setDaemon(true);
            workers[i].start();
        }
    }

    public int threads() {
        return workers.length + 1;
    }

    /** Runs {@code task} for every chunk of {@code 0 .. chunks-1} and returns when all are done. */
    public void run(int chunks, Task task) {
        if (closed) throw new IllegalStateException("the worker team is closed");
        if (workers.length == 0 || chunks <= 1) {
            for (int c = 0; c < chunks; c++) task.run(c, 0);
            return;
        }
        this.task = task;
        this.chunks = chunks;
        pending.set(chunks);
        long region = ((state.get() >>> 32) + 1) & 0xFFFF_FFFFL;
        state.set(region << 32);
        for (Worker w : workers) w.wake();
        work(region, 0);
        while (pending.get() != 0) Thread.onSpinWait();
        this.task = NOTHING;
        Throwable f = failure;
        if (f != null) {
            failure = null;
            throw f instanceof RuntimeException r ? r : new IllegalStateException("a worker failed", f);
        }
    }

    private void work(long region, int worker) {
        while (true) {
            long s = state.get();
            int chunk = (int) s;
            if (s >>> 32 != region || chunk >= chunks) return;
            Task t = task;
            if (!state.compareAndSet(s, s + 1)) continue;
            try {
                t.run(chunk, worker);
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                pending.decrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker w : workers) LockSupport.unpark(w);
    }

    private final class Worker extends Thread {
        private final int index;
        private volatile boolean parked;

        Worker(int index) {
            super("dalang-worker-" + index);
            this.index = index;
        }

        void wake() {
            if (parked) LockSupport.unpark(this);
        }

        @Override
        public void run() {
            long seen = 0;
            while (!closed) {
                int spins = 0;
                long region;
                while ((region = state.get() >>> 32) == seen && !closed) {
                    if (++spins < SPINS) {
                        Thread.onSpinWait();
                        continue;
                    }
                    parked = true;
                    // Looked at again after saying so: whoever started a region in between did not see us parked.
                    if (state.get() >>> 32 == seen && !closed) LockSupport.park(Team.this);
                    parked = false;
                    spins = 0;
                }
                seen = region;
                work(region, index);
            }
        }
    }
}
