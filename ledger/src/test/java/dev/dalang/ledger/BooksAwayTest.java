package dev.dalang.ledger;

import static dev.dalang.ledger.BooksTest.NOW;
import static dev.dalang.ledger.BooksTest.intent;
import static dev.dalang.ledger.BooksTest.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A database that does not answer for a while: what was answered is billed, once, and right. */
class BooksAwayTest {

    @TempDir
    Path folder;

    private BookRules rules(BookRules.WhenAway whenAway) {
        return BookRules.standard(folder.resolve("journals"))
                .with(Clock.fixed(NOW, ZoneOffset.UTC))
                .withPatience(Duration.ofMillis(300))
                .with(whenAway);
    }

    @Test
    void aServerIsStoppedAndComesBack() throws Exception {
        EmbeddedPostgres server = Postgres.own(folder.resolve("data"));
        int port = server.getPort();
        try (Ledger ledger = Ledger.connect(server.getJdbcUrl("postgres", "postgres"));
                Books stop = ledger.books(rules(BookRules.WhenAway.STOP));
                Books goOn = ledger.books(rules(BookRules.WhenAway.GO_ON))) {
            ledger.budgets().set(Subject.key("limited"), Period.DAY, new Money(1000), null, NOW);
            Intent before = intent("limited", 600, 10);
            assertThat(goOn.open(intent("other", 1, 1))).isInstanceOf(Admission.Admitted.class);
            assertThat(stop.open(before)).isInstanceOf(Admission.Admitted.class);
            server.close();

            assertThatThrownBy(() -> stop.open(intent("free", 5, 5)))
                    .isInstanceOfSatisfying(
                            DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Overloaded.class))
                    .hasMessageContaining("does not answer")
                    .hasMessageNotContaining("password");
            stop.settle(settlement(before, 100, 5, 5)); // returns: it is in the journal
            Intent during = intent("free", 70, 9);
            assertThat(goOn.open(during)).isEqualTo(new Admission.Admitted(List.of()));
            goOn.settle(settlement(during, 33, 4, 4));

            server = Postgres.start(port, folder.resolve("data"));
            // The next that is written shows that all before it is written too.
            awaitBack(stop);
            awaitBack(goOn);
            assertThat(ledger.requests().get(before.id()).cost()).isEqualTo(new Money(100));
            assertThat(ledger.requests().get(during.id()).cost()).isEqualTo(new Money(33));
            assertThat(ledger.requests().get(during.id()).outcome()).isEqualTo(Outcome.DONE);
            Budget.Standing limited = ledger.budgets().standing(NOW).getFirst();
            assertThat(limited.spent()).isEqualTo(new Money(100));
            assertThat(limited.reserved()).isEqualTo(Money.ZERO);
        } finally {
            server.close();
        }
    }

    /** A key with a budget is turned away even where the others may go on. */
    @Test
    void nobodySpendsABudgetThatCannotBeLookedUp() throws Exception {
        Path file = folder.resolve("ledger.db");
        try (Ledger ledger = Ledger.open(file)) {
            ledger.budgets().set(Subject.key("limited"), Period.DAY, new Money(1000), null, NOW);
            Intent free = intent("free", 70, 9);
            try (Books books = ledger.books(rules(BookRules.WhenAway.GO_ON))) {
                SQLiteDataSource another = new SQLiteDataSource(new SQLiteConfig());
                another.setUrl("jdbc:sqlite:" + file);
                try (var c = another.getConnection();
                        var s = c.createStatement()) {
                    s.execute("begin immediate");
                    assertThatThrownBy(() -> books.open(intent("limited", 1, 1)))
                            .hasMessageContaining("is locked by another program")
                            .hasMessageContaining("the budget of key limited cannot be looked up");
                    assertThat(books.open(free)).isInstanceOf(Admission.Admitted.class);
                    books.settle(settlement(free, 33, 4, 4));
                    s.execute("rollback");
                }
                awaitBack(books);
            }
            assertThat(ledger.requests().get(free.id()).cost()).isEqualTo(new Money(33));
        }
        assertThat(folder.resolve("journals")).isEmptyDirectory();
    }

    /** One that is held by another program answers questions all the same. */
    @Test
    void nobodyWaitsForADatabaseThatCanOnlyBeRead() throws Exception {
        Path file = folder.resolve("ledger.db");
        Duration patience = Duration.ofSeconds(1);
        try (Ledger ledger = Ledger.open(file);
                Books books = ledger.books(rules(BookRules.WhenAway.STOP).withPatience(patience))) {
            SQLiteDataSource another = new SQLiteDataSource(new SQLiteConfig());
            another.setUrl("jdbc:sqlite:" + file);
            try (var c = another.getConnection();
                    var s = c.createStatement()) {
                s.execute("begin immediate");
                assertThatThrownBy(() -> books.open(intent("free", 1, 1))).hasMessageContaining("is locked");
                Thread.sleep(600); // it is asked whether it is back, every 200 ms
                long before = System.nanoTime();
                assertThatThrownBy(() -> books.open(intent("free", 1, 1))).hasMessageContaining("is locked");
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(patience.dividedBy(2));
                s.execute("rollback");
            }
        }
    }

    private static void awaitBack(Books books) {
        Intent n = intent("limited", 1, 1);
        while (true) {
            try {
                // Journalled openings hold no budget; one that does was written to the database.
                if (books.open(n) instanceof Admission.Admitted a
                        && !a.budgets().isEmpty()) break;
            } catch (DalangException stillAway) {
                assertThat(stillAway.failure()).isInstanceOf(Failure.Overloaded.class);
            }
        }
        books.settle(settlement(n, 0, 0, 0));
    }
}
