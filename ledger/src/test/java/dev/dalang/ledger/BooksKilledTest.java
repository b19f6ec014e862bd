package dev.dalang.ledger;

import static dev.dalang.ledger.BooksTest.NOW;
import static dev.dalang.ledger.BooksTest.intent;
import static dev.dalang.ledger.BooksTest.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Usage;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that is killed (SIGKILL) in the middle of a storm of requests. */
class BooksKilledTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void whatWasSaidToBeWrittenIsWritten(Place place) throws Exception {
        String url = place.url(folder);
        Map<String, Long> settled = new HashMap<>();
        Set<String> opened = new HashSet<>();
        try (Ledger ledger = Ledger.connect(url)) {
            ledger.budgets().set(Subject.key("k"), Period.DAY, new Money(1_000_000_000), null, NOW);
        }
        Process child = Child.start(url, folder.resolve("journals"));
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = out.readLine()) != null; ) {
                String[] words = line.split(" ");
                if (words[0].equals("opened")) opened.add(words[1]);
                if (words[0].equals("settled")) settled.put(words[1], Long.parseLong(words[2]));
                // Process.destroyForcibly would also close the pipe, with what is still in it.
                if (settled.size() == 400) child.toHandle().destroyForcibly();
            }
        }
        assertThat(child.waitFor()).isEqualTo(128 + 9);
        assertThat(settled).hasSizeGreaterThanOrEqualTo(400);

        try (Ledger ledger = Ledger.connect(url);
                Books books = ledger.books(BookRules.standard(folder.resolve("journals")))) {
            long spent = 0;
            int lost = 0;
            Set<String> found = new HashSet<>();
            for (Entry e : ledger.requests().list(RequestFilter.ALL)) {
                found.add(e.id());
                Long said = settled.get(e.id());
                if (said != null) {
                    assertThat(e.outcome()).isEqualTo(Outcome.DONE);
                    assertThat(e.cost()).isEqualTo(new Money(said));
                }
                assertThat(e.outcome()).isIn(Outcome.DONE, Outcome.LOST);
                if (e.outcome() == Outcome.LOST) {
                    lost++;
                    assertThat(e.cost()).isEqualTo(e.worst());
                    assertThat(e.counts()).isEqualTo(Counts.WORST);
                }
                spent += e.cost().picos();
            }
            assertThat(found).containsAll(opened);
            assertThat(lost).isPositive();
            Budget.Standing standing = ledger.budgets().standing(NOW).getFirst();
            assertThat(standing.spent().picos()).isEqualTo(spent);
            assertThat(standing.reserved()).isEqualTo(Money.ZERO);

            // The provider's invoice tells what the lost ones really were, and the budget follows.
            for (Entry e : ledger.requests().list(RequestFilter.ALL)) {
                if (e.outcome() != Outcome.LOST) continue;
                assertThat(ledger.requests().correct(e.id(), Usage.of(1, 1), new Money(2)))
                        .isTrue();
                spent -= e.cost().picos() - 2;
            }
            assertThat(ledger.budgets().standing(NOW).getFirst().spent().picos())
                    .isEqualTo(spent);
            assertThat(books.open(intent("k", 1, 1))).isInstanceOf(Admission.Admitted.class);
        }
    }

    /** It would stay open, and cost nothing, for as long as the process lives that read the journal in. */
    @ParameterizedTest
    @EnumSource
    void whatAJournalDoesNotSettleIsLostAtOnce(Place place) throws Exception {
        String url = place.url(folder);
        Path journals = folder.resolve("journals");
        Files.createDirectories(journals);
        for (String name :
                new String[] {"books-1234.jsonl", "books-notes-7ccf9d62-96d8-4c42-8b45-d6b4dd7bd8c6.jsonl"}) {
            Intent n = intent("k", 50, 5);
            Files.writeString(journals.resolve(name), JournalLine.write(new Batch.Op.Open(n, true)) + "\n");
            try (Ledger ledger = Ledger.connect(url);
                    Books books = ledger.books(BookRules.standard(journals))) {
                assertThat(ledger.requests().get(n.id()).outcome()).isEqualTo(Outcome.LOST);
                assertThat(ledger.requests().get(n.id()).counts()).isEqualTo(Counts.WORST);
                assertThat(books).isNotNull();
            }
        }
    }

    /** Half a line at a journal's end is what a kill left of an entry that nobody was told of. */
    @Test
    void aJournalOfADeadProcessIsTakenOver() throws Exception {
        Path journals = folder.resolve("journals");
        Intent n = intent("k", 50, 5);
        Files.createDirectories(journals);
        Path file = journals.resolve("books-1234.jsonl");
        String lines = JournalLine.write(new Batch.Op.Open(n, true)) + "\n"
                + JournalLine.write(new Batch.Op.Settle(settlement(n, 40, 3, 1))) + "\n";
        Files.writeString(file, lines + "{\"op\":\"settle\",\"id\":\"");
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
            ledger.budgets().set(Subject.key("k"), Period.DAY, new Money(1000), null, NOW);
            ledger.books(BookRules.standard(journals)).close();
            assertThat(file).doesNotExist();
            assertThat(ledger.requests().get(n.id()).cost()).isEqualTo(new Money(40));
            // Replayed again, as after a kill between commit and clearing: nothing is billed twice.
            Files.writeString(file, lines);
            ledger.books(BookRules.standard(journals)).close();
            assertThat(ledger.requests().list(RequestFilter.ALL)).hasSize(1);
            Budget.Standing standing = ledger.budgets().standing(NOW).getFirst();
            assertThat(standing.spent()).isEqualTo(new Money(40));
            assertThat(standing.reserved()).isEqualTo(Money.ZERO);
        }
    }

    /** Opens and settles requests until it is killed, and says so after each. */
    static final class Child {
        private Child() {}

        static Process start(String url, Path journals) throws Exception {
            String all = String.join(
                    File.pathSeparator,
                    System.getProperty("jdk.module.path", ""),
                    System.getProperty("java.class.path", ""),
                    Path.of("target/test-classes").toString());
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            all,
                            Child.class.getName(),
                            url,
                            journals.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        }

        public static void main(String[] args) {
            Ledger ledger = Ledger.connect(args[0]);
            Books books = ledger.books(BookRules.standard(Path.of(args[1])));
            // One is under way whenever the kill comes.
            Intent open = intent("k", 900, 50);
            books.open(open);
            say("opened " + open.id());
            ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
            for (int t = 0; t < 16; t++) {
                callers.submit(() -> {
                    while (true) {
                        Intent n = intent("k", 900, 50);
                        books.open(n);
                        say("opened " + n.id());
                        long cost = n.hashCode() & 0xff;
                        books.settle(settlement(n, cost, 5, 5));
                        say("settled " + n.id() + " " + cost);
                    }
                });
            }
            callers.close();
        }

        private static synchronized void say(String line) {
            System.out.print(line + "\n");
            System.out.flush();
        }
    }
}
