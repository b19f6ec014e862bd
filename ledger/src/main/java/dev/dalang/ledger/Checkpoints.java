package dev.dalang.ledger;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;

/**
 * Brings SQLite's write-ahead log into the database file on a thread of its own, as this flushes the disk, for which a
 * commit should not wait: SQLite would do it in every commit that finds the log at a thousand pages. Others may write
 * meanwhile; only a log that grew past all measure, because they never pause, makes them wait once
 * (<a href="https://www.sqlite.org/wal.html#application_initiated_checkpoints">Write-Ahead Logging</a>, section 3.1).
 */
final class Checkpoints implements AutoCloseable {

    /** Commits between two checkpoints; each writes a handful of pages of 4 KiB. */
    private static final int COMMITS = 256;

    /** Pages: 32 MiB, which requests that never pause write in their first 800. */
    private static final int OUT_OF_MEASURE = 8_192;

    /** How long writers are made to wait at most, as somebody may read for long. */
    static final Duration PATIENCE = Duration.ofMillis(100);

    private final Supplier<HikariDataSource> opener;
    private final int outOfMeasure;
    private final Semaphore due = new Semaphore(0);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("checkpoints").unstarted(this::work);
    private volatile boolean closed;

    /** For the thread that commits. */
    private int commits;

    /** @param opener gives a pool of one connection, when the first checkpoint is due: a short command has none */
    Checkpoints(Supplier<HikariDataSource> opener) {
        this(opener, OUT_OF_MEASURE);
    }

    /** @param outOfMeasure pages of the log from which on writers are made to wait */
    Checkpoints(Supplier<HikariDataSource> opener, int outOfMeasure) {
        this.opener = opener;
        this.outOfMeasure = outOfMeasure;
    }

    /** To be called after each commit, by the one thread that commits. */
    void committed() {
        if (++commits >= COMMITS) now();
    }

    /**
     * To be called by that thread when a commit found no room: a log that cannot grow is written from its beginning again once
     * all of it is in the file, which needs less, as most commits change the same few pages.
     */
    void now() {
        commits = 0;
        if (thread.getState() == Thread.State.NEW) thread.start();
        due.release();
    }

    private void work() {
        try (HikariDataSource pool = opener.get()) {
            Jdbi jdbi = Jdbi.create(pool);
            while (awaitDue()) {
                try {
                    if (checkpoint(jdbi, "passive") >= outOfMeasure) checkpoint(jdbi, "full");
                } catch (RuntimeException e) {
                    // The log stays as it is, and the next time is soon.
                    log("no checkpoint of the ledger this time", e);
                }
            }
        } catch (RuntimeException e) {
            log("no checkpoints of the ledger beside its commits", e);
        }
    }

    private boolean awaitDue() {
        due.acquireUninterruptibly();
        due.drainPermits();
        return !closed;
    }

    /** @return the pages that the log has */
    private static int checkpoint(Jdbi jdbi, String mode) {
        return jdbi.withHandle(h -> h.createQuery("pragma wal_checkpoint(" + mode + ")")
                .map((row, _) -> row.getInt("log"))
                .one());
    }

    /**
     * To be called when no more is committed; waits for one that is under way. The last connection that is closed makes
     * another.
     */
    @Override
    public void close() {
        closed = true;
        if (thread.getState() == Thread.State.NEW) return;
        due.release();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void log(String what, RuntimeException why) {
        System.getLogger(Checkpoints.class.getName()).log(System.Logger.Level.WARNING, what, why);
    }
}
