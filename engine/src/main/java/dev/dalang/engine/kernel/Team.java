package dev.dalang.engine.kernel;

import java.util.List;
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
 * <p>Which region is under way and how many of its chunks are left to take is one word, so that a worker that comes late
 * out of one region cannot take a chunk of the next; and no region needs an object of its own.
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

    /** How long the caller then sleeps at a time while it waits for a worker. */
    private static final long PAUSE_NANOS = 20_000;

    private final Worker[] workers;

    /** The number of the region under way, in the upper half, and how many of its chunks nobody has taken. */
    private final AtomicLong region = new AtomicLong();

    // Written before the region's number is, and not again before its last chunk is done: who has taken a chunk of it
    // reads them safely.
    private Task task = (chunk, worker) -> {};
    private int chunks;

    private final AtomicInteger pending = new AtomicInteger();
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /** @param threads how many threads compute, the caller of {@link #run} included; at least 1 */
    public Team(int threads) {
        if (threads < 1) throw new IllegalArgumentException("threads must be at least 1, is " + threads);
        workers = new Worker[threads - 1];
        List<Integer> processors = threads == 1 ? List.of() : Affinity.processors();
        for (int i = 0; i < workers.length; i++) {
            // Each its own, and one left for the caller: only when they are all ours. A team that takes a part of the
            // processors could meet another program's on the same one.
            Integer processor = processors.size() == threads ? processors.get(i + 1) : null;
            workers[i] = new Worker(i + 1, processor);
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
        failure = null;
        pending.set(chunks);
        int number = number(region.get()) + 1;
        region.set((long) number << 32 | chunks);
        for (Worker w : workers) w.wake();
        work(number, 0);
        // A worker that was taken off its processor in the middle of a chunk may need ours.
        for (int spins = 0; pending.get() != 0; spins++) {
            if (spins < SPINS) Thread.onSpinWait();
            else LockSupport.parkNanos(this, PAUSE_NANOS);
        }
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private static int number(long region) {
        return (int) (region >>> 32);
    }

    private static int left(long region) {
        return (int) region;
    }

    /** Takes chunks of a region until none is left. */
    private void work(int number, int worker) {
        for (long r; number(r = region.get()) == number && left(r) > 0; ) {
            if (!region.compareAndSet(r, r - 1)) continue;
            try {
                task.run(chunks - left(r), worker);
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
        private final @Nullable Integer processor;
        private volatile boolean parked;

        Worker(int index, @Nullable Integer processor) {
            super("dalang-worker-" + index);
            this.index = index;
            this.processor = processor;
        }

        void wake() {
            if (parked) LockSupport.unpark(this);
        }

        @Override
        public void run() {
            if (processor != null) Affinity.pin(processor);
            int seen = 0;
            while (!closed) {
                int spins = 0;
                int number;
                while ((number = number(region.get())) == seen && !closed) {
                    if (++spins < SPINS) {
                        Thread.onSpinWait();
                        continue;
                    }
                    parked = true;
                    // Looked at again after saying so: whoever started a region in between did not see us parked.
                    if (number(region.get()) == seen && !closed) LockSupport.park(Team.this);
                    parked = false;
                    spins = 0;
                }
                seen = number;
                work(number, index);
            }
        }
    }
}
