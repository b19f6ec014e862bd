package dev.dalang.gateway.route;

import dev.dalang.api.Cancellation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Time that passes only while everybody waits: when no thread of the test can go on, the clock jumps to the next thing that
 * is due. So minutes take milliseconds, and the order of events is that of their times.
 */
final class VirtualTime implements Clockwork {

    private record Due(long at, long order, Runnable action, AtomicBoolean off) {}

    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
    private final List<Thread> threads = new ArrayList<>();
    private long now;
    private long order;

    @Override
    public synchronized long nanos() {
        return now;
    }

    @Override
    public synchronized Alarm after(long nanos, Runnable action) {
        AtomicBoolean off = new AtomicBoolean();
        due.add(new Due(now + nanos, order++, action, off));
        return () -> off.set(true);
    }

    @Override
    public void beside(Runnable work) {
        Thread t = Thread.ofVirtual().unstarted(work);
        synchronized (this) {
            threads.add(t);
        }
        t.start();
    }

    @Override
    public boolean pause(long nanos, Cancellation cancellation) {
        return !sleep(nanos, cancellation);
    }

    /** @return whether it was cancelled meanwhile */
    boolean sleep(long nanos, Cancellation cancellation) {
        CountDownLatch over = new CountDownLatch(1);
        Alarm alarm = after(nanos, over::countDown);
        try (Cancellation.Registration _ = cancellation.onCancel(over::countDown)) {
            over.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        alarm.callOff();
        return cancellation.isCancelled();
    }

    /** Runs {@code work}, and all that it starts, to its end. */
    void run(Runnable work) {
        beside(work);
        while (true) {
            State state = state();
            if (state == State.ENDED) return;
            if (state == State.BUSY) {
                Thread.onSpinWait();
                Thread.yield();
                continue;
            }
            Due next;
            synchronized (this) {
                next = due.poll();
                if (next == null) throw new IllegalStateException("everybody waits, and nothing is due");
                if (next.off.get()) continue;
                now = Math.max(now, next.at);
            }
            next.action.run();
        }
    }

    private enum State {
        BUSY,
        WAITING,
        ENDED
    }

    /** Of virtual threads the state is that of the moment: who was woken up is at once no longer waiting. */
    private synchronized State state() {
        threads.removeIf(t -> t.getState() == Thread.State.TERMINATED);
        if (threads.isEmpty()) return State.ENDED;
        for (Thread t : threads) if (t.getState() != Thread.State.WAITING) return State.BUSY;
        return State.WAITING;
    }
}
