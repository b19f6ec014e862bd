package dev.dalang.ledger;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.dalang.api.DalangException;
import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Which database, and the little in which the two differ. */
sealed interface Database {

    /** For messages; never with a password. */
    String place();

    /** Ends a query whose rows are about to be changed, so that no other process changes them in between. */
    String forUpdate();

    /**
     * @param power what was committed survives a power cut, not only the death of this process
     * @param patience how long to wait for another writer, or a server
     */
    HikariDataSource pool(String name, int connections, boolean power, Duration patience);

    /** Two connections: one for many small commits, one for what is rare beside them; both leave what can wait to {@link #checkpoints}. */
    HikariDataSource writer(String name, boolean power, Duration patience);

    /** Null where the database sees to it. */
    @Nullable
    Checkpoints checkpoints();

    /** @throws DalangException (invalid request) when the address is of neither database */
    static Database of(String url) {
        if (url.startsWith("jdbc:postgresql:")) return new Postgres(url);
        if (url.startsWith("jdbc:sqlite:")) return new Sqlite(Path.of(url.substring("jdbc:sqlite:".length())));
        throw DalangException.invalidRequest(
                "a ledger's address begins with jdbc:postgresql: or jdbc:sqlite:, unlike \"" + withoutSecrets(url)
                        + "\"",
                "ledger");
    }

    private static String withoutSecrets(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
    }

    private static HikariDataSource pool(DataSource source, String name, int connections, @Nullable String first) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setPoolName(name);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        config.setConnectionInitSql(first);
        return new HikariDataSource(config);
    }

    record Sqlite(Path file) implements Database {
        @Override
        public String place() {
            return file.toString();
        }

        @Override
        public String forUpdate() {
            return ""; // A writing transaction is alone.
        }

        @Override
        public HikariDataSource pool(String name, int connections, boolean power, Duration patience) {
            return pool(name, connections, power, patience, null);
        }

        @Override
        public HikariDataSource writer(String name, boolean power, Duration patience) {
            return pool(name, 2, power, patience, "pragma wal_autocheckpoint = 0");
        }

        @Override
        public Checkpoints checkpoints() {
            return new Checkpoints(() -> pool("checkpoints", 1, false, Checkpoints.PATIENCE));
        }

        private HikariDataSource pool(
                String name, int connections, boolean power, Duration patience, @Nullable String first) {
            SQLiteConfig sqlite = new SQLiteConfig();
            sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
            // What a user agreed to survives a power cut. NORMAL syncs at checkpoints alone: a commit is then with the
            // operating system, which outlives this process, and a power cut costs the last commits but breaks nothing.
            sqlite.setSynchronous(power ? SQLiteConfig.SynchronousMode.FULL : SQLiteConfig.SynchronousMode.NORMAL);
            sqlite.setBusyTimeout((int) patience.toMillis());
            sqlite.enforceForeignKeys(true);
            // A transaction takes the writer's place at once: one that reads first and writes later could not wait for
            // it.
            sqlite.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            SQLiteDataSource source = new SQLiteDataSource(sqlite);
            source.setUrl("jdbc:sqlite:" + file);
            return Database.pool(source, name, connections, first);
        }
    }

    record Postgres(String url) implements Database {
        private static final int SILENCE_SECONDS = 30;

        @Override
        public String place() {
            return withoutSecrets(url);
        }

        @Override
        public String forUpdate() {
            return " for update";
        }

        @Override
        public HikariDataSource pool(String name, int connections, boolean power, Duration patience) {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setUrl(url);
            source.setApplicationName("dalang");
            source.setConnectTimeout((int) Math.max(1, patience.toSeconds()));
            source.setSocketTimeout(SILENCE_SECONDS);
            source.setReWriteBatchedInserts(false); // their counts would be lost, and those are looked at
            HikariDataSource pool = Database.pool(source, name, connections, null);
            pool.setConnectionTimeout(Math.max(1000, patience.toMillis()));
            return pool;
        }

        @Override
        public HikariDataSource writer(String name, boolean power, Duration patience) {
            return pool(name, 2, power, patience);
        }

        @Override
        public @Nullable Checkpoints checkpoints() {
            return null;
        }

        @Override
        public String toString() {
            return place();
        }
    }
}
