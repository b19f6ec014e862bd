package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that stays does what one for each transaction does. */
class StandingTest {

    @TempDir
    Path folder;

    private HikariDataSource pool;
    private HikariDataSource others;
    private Standing standing;

    @BeforeEach
    void open() {
        Database.Sqlite database = new Database.Sqlite(folder.resolve("x.db"));
        pool = database.writer("standing", false, Duration.ofMillis(200));
        others = database.pool("others", 1, false, Duration.ofMillis(200));
        standing = new Standing(pool);
        standing.inTransaction(s -> s.update("create table t (x integer not null)"));
    }

    @AfterEach
    void close() {
        standing.close();
        pool.close();
        others.close();
    }

    @Test
    void countsWhatEachOfABatchChanged() {
        standing.inTransaction(s -> s.batch("insert into t values (?)", List.of(row(1), row(2), row(2))));
        int[] counts = standing.inTransaction(
                s -> s.batch("update t set x = x + 10 where x = ?", List.of(row(2), row(3), row(1))));
        assertThat(counts).containsExactly(2, 0, 1);
        int[] none = standing.inTransaction(s -> s.batch("nonsense", List.of()));
        assertThat(none).isEmpty();
        assertThat(all()).containsExactly(11L, 12L, 12L);
    }

    @Test
    void isCommittedWhenItReturnsAndHoldsNoLockAfterwards() {
        for (long i = 0; i < 20; i++) {
            long x = i;
            standing.inTransaction(s -> s.update("insert into t values (?)", x));
            int seen = Jdbi.create(others)
                    .inTransaction(h -> h.execute("insert into t values (100)")
                            + h.createQuery("select count(*) from t")
                                    .mapTo(Integer.class)
                                    .one());
            assertThat(seen).isEqualTo((int) (2 * i + 3));
        }
    }

    @Test
    void whatFailsLeavesNothingAndTheNextSucceeds() {
        assertThatThrownBy(() -> standing.inTransaction(s -> {
                    s.update("insert into t values (1)");
                    return s.update("insert into t values (?)", (Object) null);
                }))
                .isInstanceOf(Statements.Failed.class)
                .satisfies(e -> assertThat(Trouble.ofTheData(e)).isTrue());
        assertThatThrownBy(() -> standing.inTransaction(s -> {
                    s.update("insert into t values (2)");
                    throw new ArithmeticException("too much");
                }))
                .isInstanceOf(ArithmeticException.class);
        standing.inTransaction(s -> s.update("insert into t values (3)"));
        assertThat(all()).containsExactly(3L);
    }

    @Test
    void asManyStatementsAsOneLikes() {
        for (int i = 0; i < 300; i++) {
            String sql = "insert into t values (" + i + " + ?)";
            standing.inTransaction(s -> s.update(sql, 0L));
        }
        for (int i = 299; i >= 0; i--) {
            String sql = "insert into t values (" + i + " + ?)";
            standing.inTransaction(s -> s.update(sql, 1000L));
        }
        assertThat(all()).hasSize(600).endsWith(1298L, 1299L);
    }

    @Test
    void whoeverHoldsTheLockIsWaitedForAndThenItIsSaid() {
        Jdbi.create(others).useTransaction(h -> {
            h.execute("insert into t values (1)");
            assertThatThrownBy(() -> standing.inTransaction(s -> s.update("insert into t values (2)")))
                    .isInstanceOf(Statements.Failed.class)
                    .hasMessageContaining("SQLITE_BUSY");
        });
        standing.inTransaction(s -> s.update("insert into t values (3)"));
        assertThat(all()).containsExactly(1L, 3L);
    }

    private List<Long> all() {
        return standing.inTransaction(s -> s.query("select x from t order by x", row -> row.getLong(1)));
    }

    private static Object[] row(long x) {
        return new Object[] {x};
    }
}
