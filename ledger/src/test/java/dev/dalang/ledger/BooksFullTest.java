package dev.dalang.ledger;

import static dev.dalang.ledger.BooksTest.NOW;
import static dev.dalang.ledger.BooksTest.intent;
import static dev.dalang.ledger.BooksTest.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Neither the database nor the journal takes anything for a while: what was answered is billed when one of them does. */
class BooksFullTest {

    private static final Path FULL = Path.of("/dev/full");

    @TempDir
    Path folder;

    @BeforeEach
    void aFullDisk() {
        assumeTrue(Files.exists(FULL), "a system with /dev/full");
    }

    private BookRules rules() {
        return BookRules.standard(folder.resolve("journals"))
                .with(Clock.fixed(NOW, ZoneOffset.UTC))
                .withPatience(Duration.ofMillis(300));
    }

    /** Its name is not the device's, as a journal that is closed empty deletes its file. */
    private Journal full() {
        try {
            return new Journal(folder.resolve("full"), FileChannel.open(FULL, StandardOpenOption.WRITE), false);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void isSettledOnceWhenTheDatabaseTakesItAgain() throws Exception {
        String url = "jdbc:sqlite:" + folder.resolve("ledger.db");
        try (Ledger ledger = Ledger.connect(url);
                Books books = Books.open(ledger, rules(), _ -> full())) {
            Intent first = intent("limited", 400, 10);
            Intent second = intent("limited", 500, 10);
            openBoth(ledger, books, first, second);
            try (Connection another = DriverManager.getConnection(url);
                    Statement s = another.createStatement()) {
                s.execute("begin immediate");
                settleBoth(books, first, second);
                s.execute("rollback");
            }
            assertSettledOnce(ledger, first, second);
            assertThat(books.open(intent("limited", 1, 1))).isInstanceOf(Admission.Admitted.class);
        }
    }

    @Test
    void isSettledOnceWhenAServerIsBack() throws Exception {
        EmbeddedPostgres server = Postgres.own(folder.resolve("data"));
        int port = server.getPort();
        try (Ledger ledger = Ledger.connect(server.getJdbcUrl("postgres", "postgres"));
                Books books = Books.open(ledger, rules(), _ -> full())) {
            Intent first = intent("limited", 400, 10);
            Intent second = intent("limited", 500, 10);
            openBoth(ledger, books, first, second);
            server.close();
            settleBoth(books, first, second);
            server = Postgres.start(port, folder.resolve("data"));
            assertSettledOnce(ledger, first, second);
        } finally {
            server.close();
        }
    }

    /** The disk has room again before the database answers. */
    @Test
    void whatWaitsGoesToAJournalThatTakesIt() throws Exception {
        Unwritten unwritten = new Unwritten();
        Intent n = intent("k", 400, 10);
        assertThat(unwritten.add(new Batch.Op.Settle(settlement(n, 100, 5, 5)))).isTrue();
        try (Journal journal = full()) {
            unwritten.to(journal);
        }
        assertThat(unwritten.size()).isEqualTo(1);
        try (Journal journal = Journal.create(folder, "x", false)) {
            unwritten.to(journal);
            assertThat(unwritten.isEmpty()).isTrue();
            assertThat(journal.read()).containsExactly(new Batch.Op.Settle(settlement(n, 100, 5, 5)));
        }
    }

    @Test
    void notMoreWaitThanMemoryHasRoomFor() {
        Unwritten unwritten = new Unwritten();
        Batch.Op.Settle one = new Batch.Op.Settle(settlement(intent("k", 400, 10), 100, 5, 5));
        int count = 0;
        while (unwritten.add(one)) count++;
        assertThat(count).isEqualTo(8_192);
        unwritten.removeFirst(1);
        assertThat(unwritten.add(one)).isTrue();
    }

    /** What a process may write to a file is limited to less than the log would take until its first checkpoint. */
    @Test
    void aLogThatCannotGrowIsUsedAgain() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/prlimit")), "a system with prlimit");
        String all = String.join(
                File.pathSeparator,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                Path.of("target/test-classes").toString());
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        all,
                        Limited.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(folder.resolve("said")).content().contains("a limit of this process, refused it", "200 written");
    }

    /** Writes requests in a process that is limited, each as often as it takes. */
    static final class Limited {
        private Limited() {}

        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"));
                    Books books = ledger.books(BookRules.standard(folder.resolve("journals")))) {
                String self = Long.toString(ProcessHandle.current().pid());
                new ProcessBuilder("prlimit", "--pid", self, "--fsize=600000:")
                        .start()
                        .waitFor();
                for (int i = 0; i < 200; i++) write(books);
                System.out.println(ledger.requests().list(RequestFilter.ALL).size() + " written");
            }
        }

        private static void write(Books books) throws InterruptedException {
            while (true) {
                Intent n = intent("k", 1, 1);
                try {
                    books.open(n);
                    books.settle(settlement(n, 1, 1, 1));
                    return;
                } catch (DalangException away) {
                    Thread.sleep(50);
                }
            }
        }
    }

    private static void openBoth(Ledger ledger, Books books, Intent first, Intent second) {
        ledger.budgets().set(Subject.key("limited"), Period.DAY, new Money(1000), null, NOW);
        assertThat(books.open(first)).isInstanceOf(Admission.Admitted.class);
        assertThat(books.open(second)).isInstanceOf(Admission.Admitted.class);
    }

    private static void settleBoth(Books books, Intent first, Intent second) {
        books.settle(settlement(first, 100, 5, 5));
        books.settle(settlement(second, 200, 6, 6));
        books.settle(settlement(second, 200, 6, 6));
    }

    private static void assertSettledOnce(Ledger ledger, Intent first, Intent second) throws InterruptedException {
        while (!settled(ledger, second)) Thread.sleep(20);
        assertThat(ledger.requests().get(first.id()).cost()).isEqualTo(new Money(100));
        assertThat(ledger.requests().get(second.id()).usage().totalTokens()).isEqualTo(12);
        Budget.Standing limited = ledger.budgets().standing(NOW).getFirst();
        assertThat(limited.spent()).isEqualTo(new Money(300));
        assertThat(limited.spentTokens()).isEqualTo(22);
        assertThat(limited.reserved()).isEqualTo(Money.ZERO);
    }

    private static boolean settled(Ledger ledger, Intent n) {
        try {
            return ledger.requests().get(n.id()).outcome() == Outcome.DONE;
        } catch (DalangException stillAway) {
            return false;
        }
    }
}
