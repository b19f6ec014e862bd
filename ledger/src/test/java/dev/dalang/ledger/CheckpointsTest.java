package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The write-ahead log finds its way into the database file beside the commits. */
@Timeout(60)
class CheckpointsTest {

    @TempDir
    Path folder;

    @Test
    void requestsReachTheDatabaseFileWhileTheBooksAreOpen() throws Exception {
        Path file = folder.resolve("ledger.db");
        BookRules rules =
                BookRules.standard(folder.resolve("journals")).with(Clock.fixed(BooksTest.NOW, ZoneOffset.UTC));
        try (Ledger ledger = Ledger.open(file);
                Books books = ledger.books(rules)) {
            long before = Files.size(file);
            while (Files.size(file) < before + 100_000) books.open(BooksTest.intent("k", 1, 1));
        }
    }

    @Test
    void aLogThatGrewPastAllMeasureIsBegunAnew() throws Exception {
        Database.Sqlite database = new Database.Sqlite(folder.resolve("x.db"));
        Path log = folder.resolve("x.db-wal");
        try (HikariDataSource pool = database.writer("writer", false, Duration.ofSeconds(5));
                Checkpoints checkpoints =
                        new Checkpoints(() -> database.pool("checkpoints", 1, false, Checkpoints.PATIENCE), 1)) {
            Jdbi jdbi = Jdbi.create(pool);
            jdbi.useHandle(h -> h.execute("create table t (x)"));
            for (int i = 0; i < 20_000; i++) {
                jdbi.useTransaction(h -> h.execute("insert into t values (1)"));
                checkpoints.committed();
            }
            // Every commit writes a page at least: 80 MB, were the log never begun anew.
            assertThat(Files.size(log)).isLessThan(20_000 * 4096L / 4);
        }
    }

    @Test
    void whoReadsForLongStopsNeitherCommitsNorCheckpoints() {
        Database.Sqlite database = new Database.Sqlite(folder.resolve("x.db"));
        try (HikariDataSource pool = database.writer("writer", false, Duration.ofSeconds(5));
                HikariDataSource readers = database.pool("reader", 1, false, Duration.ofSeconds(5));
                Checkpoints checkpoints =
                        new Checkpoints(() -> database.pool("checkpoints", 1, false, Checkpoints.PATIENCE), 1)) {
            Jdbi jdbi = Jdbi.create(pool);
            jdbi.useHandle(h -> h.execute("create table t (x)"));
            jdbi.useHandle(h -> h.execute("insert into t values (0), (0)"));
            Jdbi.create(readers).useHandle(h -> {
                try (var rows =
                        h.createQuery("select x from t").mapTo(Integer.class).iterator()) {
                    rows.next();
                    for (int i = 0; i < 2_000; i++) {
                        jdbi.useTransaction(w -> w.execute("insert into t values (1)"));
                        checkpoints.committed();
                    }
                    assertThat(rows.next()).isZero();
                }
            });
            assertThat(jdbi.<Integer, RuntimeException>withHandle(h -> h.createQuery("select count(*) from t")
                            .mapTo(Integer.class)
                            .one()))
                    .isEqualTo(2_002);
        }
    }
}
