package dev.dalang.ledger;

import com.zaxxer.hikari.HikariDataSource;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.sqlite.NativeLibraryNotFoundException;

/**
 * What must be remembered, in one SQLite file that several processes may have open at once (write-ahead log, a writer
 * waits for another), or in a PostgreSQL database that several machines share. Both have the same tables, and the SQL is
 * kept to what both understand.
 */
public final class Ledger implements AutoCloseable {

    private static final int CONNECTIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Database database;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private Ledger(Database database) {
        this.database = database;
        this.pool = database.pool("ledger", CONNECTIONS, true, PATIENCE);
        this.jdbi = Jdbi.create(pool);
    }

    /**
     * Opens a ledger; creates it, for its owner alone, when it is not there, and brings older tables up to date.
     *
     * @throws DalangException (storage) if the file cannot be used, or a newer Dalang wrote it
     */
    public static Ledger open(Path file) {
        return open(new Database.Sqlite(file));
    }

    /**
     * Opens the ledger at an address, and brings older tables up to date.
     *
     * @param url {@code jdbc:postgresql:…} or {@code jdbc:sqlite:FILE}
     * @throws DalangException (storage) if it cannot be used, or a newer Dalang wrote it; (invalid request) for an
     *     address of another kind
     */
    public static Ledger connect(String url) {
        return open(Database.of(url));
    }

    private static Ledger open(Database database) {
        try {
            if (database instanceof Database.Sqlite sqlite) Private.file(sqlite.file());
            Ledger ledger = new Ledger(database);
            try {
                ledger.migrate();
            } catch (Throwable t) {
                ledger.close();
                throw t;
            }
            return ledger;
        } catch (IOException e) {
            throw failure(database, e);
        } catch (DalangException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(database, e);
        }
    }

    /** Who agreed to what. */
    public Acceptances acceptances() {
        return new Acceptances(this);
    }

    /** Where the models came from. */
    public Pulls pulls() {
        return new Pulls(this);
    }

    /** Responses that clients may go on from. */
    public StoredResponses responses() {
        return new StoredResponses(this);
    }

    /** Files that clients uploaded or that batches wrote. */
    public StoredFiles files() {
        return new StoredFiles(this);
    }

    /** Many requests as one piece of work. */
    public StoredBatches batches() {
        return new StoredBatches(this);
    }

    /** What was said on the web page. */
    public Conversations conversations() {
        return new Conversations(this);
    }

    /** Who may use the server. */
    public ApiKeys apiKeys() {
        return new ApiKeys(this);
    }

    /** Every request that was made. */
    public Requests requests() {
        return new Requests(this);
    }

    /** Who may spend how much. */
    public Budgets budgets() {
        return new Budgets(this);
    }

    /** Begins to write requests; to be closed before the ledger. */
    public Books books(BookRules rules) {
        return Books.open(this, rules);
    }

    @Override
    public void close() {
        pool.close();
    }

    /** Runs statements in one transaction. */
    <T> T inTransaction(Function<Handle, T> work) {
        return guarded(() -> jdbi.inTransaction(work::apply));
    }

    /**
     * Reads. Connections of the pool may have died with a server that is back since, and show it only when they are used:
     * so a read is tried again, once for each of them.
     */
    <T> T read(Function<Handle, T> work) {
        return guarded(() -> {
            for (int tries = 0; ; tries++) {
                try {
                    return jdbi.withHandle(work::apply);
                } catch (RuntimeException e) {
                    if (tries == CONNECTIONS || !Trouble.ofTheConnection(e)) throw e;
                }
            }
        });
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (DalangException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(database, e);
        }
    }

    Database database() {
        return database;
    }

    private void migrate() throws IOException {
        int version = Migrations.version(jdbi);
        if (version < Migrations.newest()) {
            switch (database) {
                // Flyway holds a lock of the database meanwhile.
                case Database.Postgres p -> Migrations.run(pool);
                // SQLite has no lock that outlasts a transaction, so the file system gives it.
                case Database.Sqlite(Path file) -> {
                    Path lock = file.resolveSibling(file.getFileName() + ".lock");
                    synchronized (Ledger.class) {
                        try (FileChannel channel =
                                        FileChannel.open(lock, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
                                FileLock held = channel.lock()) {
                            if (held.isValid() && Migrations.version(jdbi) < Migrations.newest()) Migrations.run(pool);
                        }
                    }
                }
            }
        } else if (version > Migrations.newest()) {
            throw storage(
                    database.place() + " was written by a newer Dalang (version " + version
                            + " of its tables, this one knows " + Migrations.newest()
                            + "); update Dalang, or set DALANG_HOME to another folder",
                    database,
                    null);
        }
    }

    static DalangException failure(Database database, Exception e) {
        String known = Trouble.ofTheFile(e);
        if (known != null) return storage("the ledger " + database.place() + " " + known, database, e);
        Throwable root = e;
        while (root.getCause() != null) root = root.getCause();
        String why = String.valueOf(root.getMessage()).strip().replaceAll("\\s*[\\r\\n]+\\s*", "; ");
        if (root instanceof NativeLibraryNotFoundException) {
            return storage(
                    "SQLite's library could not be put into the temporary folder "
                            + System.getProperty("java.io.tmpdir")
                            + " and run from there: that must exist, with room for some megabytes, and may not be mounted"
                            + " noexec; DALANG_JAVA_OPTS=-Djava.io.tmpdir=FOLDER names another (" + why + ")",
                    database,
                    e);
        }
        return storage("the ledger " + database.place() + " cannot be used: " + why, database, e);
    }

    private static DalangException storage(String message, Database database, @Nullable Throwable cause) {
        return new DalangException(new Failure.Storage(message, database.place()), cause);
    }
}
