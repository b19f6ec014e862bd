package dev.dalang.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.NativeLibraryNotFoundException;
import org.sqlite.SQLiteDataSource;

class LedgerTest {

    @TempDir
    Path folder;

    private static Acceptance acceptance(String who, String text) {
        return new Acceptance(
                who, Instant.ofEpochMilli(1_700_000_000_123L), "llama3.3", text, "hf.co/a/b", null, "typed");
    }

    @Test
    void acceptancesAreKept() {
        Path file = folder.resolve("home/ledger.db");
        Acceptance a = acceptance("ann", "sha256:1");
        try (Ledger ledger = Ledger.open(file)) {
            ledger.acceptances().record(a);
            ledger.acceptances().record(acceptance("bob", "sha256:2"));
        }
        try (Ledger again = Ledger.open(file)) {
            assertThat(again.acceptances().find("ann", "sha256:1")).contains(a);
            assertThat(again.acceptances().find("bob", "sha256:1")).isEmpty();
            assertThat(again.acceptances().find("' or 1=1 --", "sha256:1")).isEmpty();
            assertThat(again.acceptances().all()).hasSize(2);
        }
    }

    @Test
    void pullsAreKeptWithTheirFiles() {
        try (Ledger ledger = Ledger.open(folder.resolve("ledger.db"))) {
            Pull p = new Pull(
                    "ann",
                    Instant.ofEpochMilli(5),
                    "hf.co/a/b:Q4_K_M",
                    "huggingface",
                    "a/b",
                    "0123abc",
                    List.of(new Pull.File("b.gguf", "sha256:9", 7), new Pull.File("LICENSE", "sha256:8", 3)));
            ledger.pulls().record(p);
            Pull found = ledger.pulls().all().getFirst();
            assertThat(found.files()).containsExactlyInAnyOrderElementsOf(p.files());
            assertThat(ledger.pulls().ofFile("sha256:9")).containsExactly(found);
            assertThat(ledger.pulls().ofFile("sha256:7")).isEmpty();
        }
    }

    @Test
    void aBrokenFileIsSaidInOneLine() throws Exception {
        Path file = folder.resolve("ledger.db");
        Files.writeString(file, "this is no database, and long enough to be looked at as one".repeat(20));
        assertThatThrownBy(() -> Ledger.open(file)).isInstanceOfSatisfying(DalangException.class, e -> {
            assertThat(e.failure()).isInstanceOf(Failure.Storage.class);
            assertThat(e.getMessage())
                    .contains(file.toString(), "is damaged, or no ledger; put a copy of it back")
                    .doesNotContain("\n");
        });
    }

    @Test
    void aNewerLedgerIsLeftAlone() throws Exception {
        Path file = folder.resolve("ledger.db");
        Ledger.open(file).close();
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + file);
        try (var c = source.getConnection();
                var s = c.createStatement()) {
            s.executeUpdate("update flyway_schema_history set version = '99'");
        }
        assertThatThrownBy(() -> Ledger.open(file)).hasMessageContaining("newer Dalang");
    }

    /** SQLite's own words, "[SQLITE_BUSY] The database file is locked", say nothing of who it is or what to do. */
    @Test
    void aLockOfAnotherProgramIsSaid() throws Exception {
        Path file = folder.resolve("ledger.db");
        Ledger.open(file).close();
        Database impatient = new Database.Sqlite(file);
        SQLiteDataSource other = new SQLiteDataSource();
        other.setUrl("jdbc:sqlite:" + file);
        try (var c = other.getConnection();
                var s = c.createStatement();
                var pool = impatient.pool("test", 1, false, Duration.ofMillis(50))) {
            s.execute("begin exclusive");
            assertThatThrownBy(() -> {
                        try (var mine = pool.getConnection();
                                var statement = mine.createStatement()) {
                            statement.execute("create table t (a integer)");
                        }
                    })
                    .satisfies(e -> assertThat(Ledger.failure(impatient, (Exception) e))
                            .hasMessageContaining("is locked by another program")
                            .hasMessageContaining("close that, and try again")
                            .hasMessageNotContaining("SQLITE"));
        }
    }

    /** Each of several processes opens (the first also creates) the ledger and writes; nothing is lost. */
    @Test
    void severalProcessesWriteAtOnce() throws Exception {
        Path file = folder.resolve("ledger.db");
        List<Process> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) writers.add(Writer.start(file, "user" + i));
        for (Process p : writers) {
            assertThat(p.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(p.exitValue())
                    .as(new String(p.getErrorStream().readAllBytes()))
                    .isZero();
        }
        try (Ledger ledger = Ledger.open(file)) {
            assertThat(ledger.acceptances().all()).hasSize(4 * Writer.ROWS);
        }
    }

    /** A process that writes acceptances. */
    static final class Writer {
        static final int ROWS = 25;

        private Writer() {}

        static Process start(Path file, String who) throws Exception {
            String modules = System.getProperty("jdk.module.path", "");
            String classes = System.getProperty("java.class.path", "");
            String all = String.join(
                    File.pathSeparator,
                    modules,
                    classes,
                    Path.of("target/test-classes").toString());
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            all,
                            Writer.class.getName(),
                            file.toString(),
                            who)
                    .start();
        }

        public static void main(String[] args) {
            for (int i = 0; i < ROWS; i++) {
                try (Ledger ledger = i % 5 == 0 ? Ledger.open(Path.of(args[0])) : null) {
                    if (ledger == null) continue;
                    for (int j = 0; j < 5; j++) ledger.acceptances().record(acceptance(args[1], "sha256:" + i + j));
                }
            }
        }
    }

    /** The library is loaded once a process, so the failure is made by hand. */
    @Test
    void aTemporaryFolderThatCannotBeUsedIsNamed() {
        Exception unloaded = new NativeLibraryNotFoundException("No native library found for os.name=Linux");
        DalangException said =
                Ledger.failure(new Database.Sqlite(Path.of("ledger.db")), new IllegalStateException(unloaded));
        assertThat(said)
                .hasMessageContaining("temporary folder " + System.getProperty("java.io.tmpdir"))
                .hasMessageContaining("DALANG_JAVA_OPTS=-Djava.io.tmpdir=FOLDER");
    }
}
