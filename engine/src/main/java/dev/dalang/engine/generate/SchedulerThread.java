package dev.dalang.engine.generate;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread that drives a {@link Scheduler}: started with the first request, parked while there is none. Requests come
 * in through a queue; what they get back goes to their own {@link Mailbox}, so that nobody waits for anybody's reading.
 */
final class SchedulerThread implements AutoCloseable {

    private final String name;
    private final Scheduler scheduler;
    private final Queue<Generation> arrived = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Thread thread;
    private volatile boolean closing;
    private volatile SchedulerStats stats;
    private @Nullable Throwable broken;

    SchedulerThread(String name, Scheduler scheduler) {
        this.name = name;
        this.scheduler = scheduler;
        this.stats = scheduler.stats();
    }

    /** @throws DalangException if the model is being closed */
    synchronized void submit(Generation generation) {
        if (closing) {
            throw new DalangException(new Failure.ModelUnavailable(name + " is being unloaded; ask again", name));
        }
        if (broken != null) {
            throw new DalangException(new Failure.Internal(name + " has failed: " + broken), broken);
        }
        arrived.add(generation);
        Thread t = thread;
        if (t == null) {
            t = new Thread(this::run, "dalang-scheduler");
            t.setDaemon(true);
            thread = t;
            t.start();
        } else {
            LockSupport.unpark(t);
        }
    }

    private void run() {
        try {
            while (true) {
                for (Generation g; (g = arrived.poll()) != null; ) scheduler.submit(g);
                boolean busy = scheduler.step();
                stats = scheduler.stats();
                if (busy) continue;
                if (!arrived.isEmpty()) continue;
                if (closing) return;
                LockSupport.park(this);
            }
        } catch (RuntimeException | Error e) {
            breakDown(e);
        }
    }

    /** A fault of the scheduler itself: everybody is told, and nobody waits for ever. */
    private synchronized void breakDown(Throwable e) {
        broken = e;
        DalangException failure = new DalangException(new Failure.Internal(name + " has failed: " + e), e);
        scheduler.failAll(failure);
        for (Generation g; (g = arrived.poll()) != null; ) g.fail(failure);
    }

    /** As of the last pass. */
    SchedulerStats stats() {
        return stats;
    }

    /** Takes nothing on any more, waits for what was taken on, and forgets what was kept. */
    @Override
    public void close() {
        Thread t;
        synchronized (this) {
            closing = true;
            t = thread;
        }
        LockSupport.unpark(t);
        boolean interrupted = false;
        while (t != null && t.isAlive()) {
            try {
                t.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
        scheduler.close();
    }
}
