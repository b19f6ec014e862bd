package dev.dalang.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * What must be remembered, in one SQLite file that several processes may have open at once (write-ahead log, a writer
 * waits for another). The SQL is kept to what PostgreSQL understands too.
 */
public final class Ledger implements AutoCloseable {

    private static final int BUSY_MILLIS = 20_000;
    private static final int CONNECTIONS = 4;

    private final Path file;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private Ledger(Path file, HikariDataSource pool) {
        this.file = file;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    /**
     * Opens a ledger; creates it, for its owner alone, when it is not there, and brings older tables up to date.
     *
     * @throws DalangException (storage) if the file cannot be used, or a newer Dalang wrote it
     */
    public static Ledger open(Path file) {
        try {
            createPrivately(file);
            Ledger ledger = new Ledger(file, pool(file));
            try {
                ledger.migrate();
            } catch (Throwable t) {
                ledger.close();
                throw t;
            }
            return ledger;
        } catch (IOException e) {
            throw failure(file, e);
        } catch (DalangException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(file, e);
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

    /** What was said on the web page. */
    public Conversations conversations() {
        return new Conversations(this);
    }

    /** Who may use the server. */
    public ApiKeys apiKeys() {
        return new ApiKeys(this);
    }

    @Override
    public void close() {
        pool.close();
    }

    /** Runs statements in one transaction. */
    <T> T inTransaction(Function<Handle, T> work) {
        return guarded(() -> jdbi.inTransaction(work::apply));
    }

    <T> T read(Function<Handle, T> work) {
        return guarded(() -> jdbi.withHandle(work::apply));
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (DalangException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(file, e);
        }
    }

    private void migrate() throws IOException {
        int version = Migrations.version(jdbi);
        if (version < Migrations.newest()) {
            // SQLite has no lock that outlasts a transaction, so the file system gives it.
            Path lock = file.resolveSibling(file.getFileName() + ".lock");
            synchronized (Ledger.class) {
                try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
                        FileLock held = channel.lock()) {
                    if (held.isValid() && Migrations.version(jdbi) < Migrations.newest()) Migrations.run(pool);
                }
            }
        } else if (version > Migrations.newest()) {
            throw storage(
                    file + " was written by a newer Dalang (version " + version + " of its tables, this one knows "
                            + Migrations.newest() + "); update Dalang, or set DALANG_HOME to another folder",
                    file,
                    null);
        }
    }

    private static HikariDataSource pool(Path file) {
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
        // What a user agreed to survives a power cut.
        sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        sqlite.setBusyTimeout(BUSY_MILLIS);
        sqlite.enforceForeignKeys(true);
        // A transaction takes the writer's place at once: one that reads first and writes later could not wait for it.
        sqlite.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(sqlite);
        source.setUrl("jdbc:sqlite:" + file);
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setPoolName("ledger");
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    private static void createPrivately(Path file) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder, permissions(posix, "rwx------"));
        try {
            if (!Files.exists(file)) Files.createFile(file, permissions(posix, "rw-------"));
        } catch (java.nio.file.FileAlreadyExistsException anotherProcessWasFaster) {
            return;
        }
    }

    private static FileAttribute<?>[] permissions(boolean posix, String permissions) {
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static DalangException failure(Path file, Exception e) {
        Throwable root = e;
        while (root.getCause() != null) root = root.getCause();
        return storage("the ledger " + file + " cannot be used: " + root.getMessage(), file, e);
    }

    private static DalangException storage(
            String message, Path file, @org.jspecify.annotations.Nullable Throwable cause) {
        return new DalangException(new Failure.Storage(message, file.toString()), cause);
    }
}
