package dev.dalang.server.web;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The answers under way, and those that ended a little while ago, for readers whose connection broke. */
final class Answers implements AutoCloseable {

    /** One person has several models side by side in a few windows; more is a mistake. */
    static final int MOST_RUNNING = 16;

    private static final long KEPT_NANOS = Duration.ofMinutes(10).toNanos();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Map<String, Answer> all = new ConcurrentHashMap<>();
    private final Map<String, Thread> threads = new ConcurrentHashMap<>();

    /** @throws DalangException if this owner has too many under way */
    void checkRoom(String owner) {
        all.values().removeIf(a -> a.endedFor() > KEPT_NANOS);
        long running = all.values().stream()
                .filter(a -> a.isRunning() && a.owner().equals(owner))
                .count();
        if (running >= MOST_RUNNING) {
            throw new DalangException(new Failure.RateLimited(
                    "you have " + running + " answers under way; stop one, or wait for one to end", null));
        }
    }

    /** Runs {@code work}, which answers, on a thread of its own. */
    void start(Answer answer, Runnable work) {
        all.put(answer.id(), answer);
        Thread thread = Thread.ofVirtual().name("dalang-answer-" + answer.id()).unstarted(() -> {
            try {
                work.run();
            } finally {
                threads.remove(answer.id());
            }
        });
        threads.put(answer.id(), thread);
        thread.start();
    }

    /** @throws DalangException if this owner has no such answer */
    Answer get(String owner, String id) {
        Answer answer = all.get(id);
        if (answer == null || !answer.owner().equals(owner)) {
            throw new DalangException(new Failure.ModelUnavailable("this answer is not under way any more", id));
        }
        return answer;
    }

    /** Stops all, and waits until what there is of them is kept. */
    @Override
    public void close() {
        all.values().forEach(Answer::stop);
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (Thread t : threads.values()) {
            try {
                boolean _ = t.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
