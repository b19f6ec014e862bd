package dev.dalang.ledger;

import static dev.dalang.ledger.BooksTest.NOW;
import static dev.dalang.ledger.BooksTest.intent;
import static dev.dalang.ledger.BooksTest.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are written down without opening the ledger get into it with whoever opens it next. */
class NotebookTest {

    @TempDir
    Path folder;

    private Path journals() {
        return folder.resolve("journals");
    }

    private void readIn(Ledger ledger) {
        ledger.books(BookRules.standard(journals()).with(Clock.fixed(NOW, ZoneOffset.UTC)))
                .close();
    }

    @Test
    void whatWasNotedIsInTheLedgerOnce() {
        Intent one = intent("free", 70, 9);
        assertThat(Notebook.waits(journals())).isFalse();
        Notebook notebook = new Notebook(journals());
        assertThat(notebook.open(one)).isEqualTo(new Admission.Admitted(List.of()));
        assertThat(Notebook.waits(journals())).isFalse();
        notebook.settle(settlement(one, 33, 4, 4));
        notebook.settle(settlement(one, 33, 4, 4));
        notebook.refused(intent("free", 1, 1), "not today");
        assertThat(Notebook.waits(journals())).isTrue();
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
            ledger.budgets().set(Subject.key("free"), Period.DAY, new Money(1000), null, NOW);
            readIn(ledger);
            readIn(ledger);
            assertThat(ledger.requests().list(RequestFilter.ALL)).hasSize(2);
            assertThat(ledger.requests().get(one.id()).cost()).isEqualTo(new Money(33));
            // It was not looked up before, yet counts.
            assertThat(ledger.budgets().standing(NOW).getFirst().spent()).isEqualTo(new Money(33));
            assertThat(ledger.budgets().standing(NOW).getFirst().reserved()).isEqualTo(Money.ZERO);
        }
        assertThat(Notebook.waits(journals())).isFalse();
        assertThat(journals()).isEmptyDirectory();
    }

    /** Many write while others read in: nothing is lost, nothing twice. */
    @Test
    void aCrowdOfProcesses() throws Exception {
        List<Future<Intent>> written = new ArrayList<>();
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                boolean reads = i % 20 == 7;
                written.add(callers.submit(() -> {
                    Intent n = intent("free", 5, 5);
                    Notebook notebook = new Notebook(journals());
                    notebook.open(n);
                    notebook.settle(settlement(n, 3, 1, 1));
                    if (reads) readIn(ledger);
                    return n;
                }));
            }
            for (Future<Intent> f : written) f.get();
            readIn(ledger);
            assertThat(ledger.requests().list(RequestFilter.ALL)).hasSize(200);
            for (Future<Intent> f : written) {
                assertThat(ledger.requests().get(f.resultNow().id()).outcome()).isEqualTo(Outcome.DONE);
            }
        }
        assertThat(journals()).isEmptyDirectory();
    }
}
