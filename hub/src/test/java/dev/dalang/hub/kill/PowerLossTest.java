package dev.dalang.hub.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Models;
import dev.dalang.hub.fetch.Progress;
import dev.dalang.hub.fetch.SmallSegments;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.kill.RecordedDisk.Loss;
import dev.dalang.hub.store.Importer;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails at every step of a pull, an import, a copy and a removal: what the disk then holds, at worst and at random, is a
 * consistent store, which has what was said to be done and goes on where it was. {@code -Ddalang.test.losses=50} takes more
 * chances at each step, {@code -Ddalang.test.resumes=500} goes on after more of them.
 */
class PowerLossTest {
    private static final int LOSSES = Integer.getInteger("dalang.test.losses", 2);
    private static final int RESUMES = Integer.getInteger("dalang.test.resumes", 12);
    private static final int SEGMENT_BYTES = 20_000;
    private static final byte[] LICENCE = "do good".getBytes(StandardCharsets.UTF_8);
    private static final String PULLED = "hf.co/owner/m:Q4_K_M";

    @TempDir
    Path work;

    private final TestHub hub = new TestHub();
    private final RecordedDisk disk = new RecordedDisk();
    private final byte[] first = Models.gguf(1, 100_000);
    private final byte[] second = Models.gguf(2, 70_000);
    private Path home;

    @BeforeEach
    void start() throws IOException {
        hub.repository(
                "owner/m",
                null,
                Map.of(
                        "a-Q4_K_M-00001-of-00002.gguf",
                        first,
                        "a-Q4_K_M-00002-of-00002.gguf",
                        second,
                        "LICENSE",
                        LICENCE));
        Files.write(work.resolve("one.gguf"), first);
        Files.write(work.resolve("two.gguf"), second);
        home = new RecordingFileSystem(Files.createDirectory(work.resolve("home")), disk).root();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private void pull(Path home) {
        Library library = new Library(home, Map.of());
        try (Http http = new Http(NetSettings.of(hub.environment()), new EgressLog(work.resolve("egress.jsonl")))) {
            Fetcher fetcher = SmallSegments.fetcher(http, library, hub.environment(), SEGMENT_BYTES);
            fetcher.fetch(fetcher.plan(Source.parse("hf.co/owner/m").orElseThrow()), Progress.NONE);
        }
    }

    private static Store store(Path home) {
        return new Library(home, Map.of()).store();
    }

    /** What may be left after each step. */
    private interface Left {
        void check(Path home, List<String> marks, int step) throws IOException;
    }

    private void atEachStep(Left left) throws IOException {
        Random random = new Random(7);
        for (int step = 0; step <= disk.steps(); step++) {
            for (int chance = -2; chance < LOSSES; chance++) {
                Loss loss = chance == -2 ? Loss.ALL : chance == -1 ? Loss.BYTES : Loss.SOME;
                Path after = work.resolve("after");
                disk.cut(step, loss, random, after);
                try {
                    Consistent.check(after);
                    left.check(after, disk.marks(step), step);
                    store(after).collectGarbage();
                    Consistent.check(after);
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("after step " + step + ", losing " + loss, e);
                }
                clear(after);
            }
        }
    }

    private static void clear(Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            for (Path p : walk.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(p);
        }
    }

    private static boolean has(Path home, String name) {
        return store(home).find(name).isPresent();
    }

    @Test
    void aPullAndARemoval() throws IOException {
        pull(home);
        disk.mark("pulled");
        store(home).open(store(home).find(PULLED).orElseThrow());
        store(home).remove(PULLED);
        disk.mark("removed");
        atEachStep((after, marks, step) -> {
            if (marks.contains("removed")) assertThat(has(after, PULLED)).isFalse();
            else if (marks.contains("pulled") && step < removal())
                assertThat(has(after, PULLED)).isTrue();
        });
    }

    /** The first step after the pull that touches a name: from there on the model may be gone. */
    private int removal() {
        int step = 0;
        while (!disk.marks(step).contains("pulled")) step++;
        return step + 1;
    }

    @Test
    void anImportACopyAndARemoval() throws IOException {
        Importer importer = new Importer(store(home));
        importer.importFrom(work.resolve("one.gguf"), "local:1", n -> {});
        disk.mark("imported");
        store(home).copy("local:1", "local:2");
        disk.mark("copied");
        importer.importFrom(work.resolve("two.gguf"), "local:2", n -> {});
        disk.mark("replaced");
        atEachStep((after, marks, step) -> {
            if (marks.contains("imported"))
                assertThat(content(after, "local:1")).isEqualTo(first);
            if (marks.contains("copied")) assertThat(content(after, "local:2")).isIn(first, second);
            if (marks.contains("replaced"))
                assertThat(content(after, "local:2")).isEqualTo(second);
        });
    }

    private static byte[] content(Path home, String name) throws IOException {
        Store store = store(home);
        return Files.readAllBytes(store.open(store.find(name).orElseThrow()));
    }

    @Test
    void anExport() throws IOException {
        Store store = new Library(work.resolve("kept"), Map.of()).store();
        Manifest m = new Importer(store).importFrom(work.resolve("one.gguf"), "local:1", n -> {});
        new dev.dalang.hub.store.Exporter(store).export(m, home.resolve("out"));
        disk.mark("exported");
        atEachStep((after, marks, step) -> {
            Path file = after.resolve("out/one.gguf");
            if (marks.contains("exported")) assertThat(file).exists();
            if (Files.exists(file)) assertThat(file).hasBinaryContent(first);
        });
    }

    /** At worst as much is lost as was under way. */
    @Test
    void whatWasNotedOfAPullIsKept() throws IOException {
        pull(home);
        atEachStep((after, marks, step) -> {
            Path all = work.resolve("all");
            disk.cut(step, Loss.NOTHING, new Random(0), all);
            for (Path journal : journals(all)) {
                BitSet noted = segments(journal);
                Path kept = after.resolve("models/partial").resolve(journal.getFileName());
                BitSet left = Files.exists(kept) ? segments(kept) : new BitSet();
                String key = journal.getFileName().toString().replace(".journal", "");
                if (Files.exists(after.resolve("models/blobs/sha256-" + key))) continue;
                Path data = kept.resolveSibling(key + ".part");
                // The last may have been on its way to the disk.
                if (Files.exists(data)) assertThat(missing(noted, left)).isLessThanOrEqualTo(1);
                else assertThat(noted.cardinality()).isLessThanOrEqualTo(1);
                left.stream()
                        .filter(segment -> Files.exists(data))
                        .forEach(segment -> assertThat(isThere(data, segment))
                                .as("segment " + segment)
                                .isTrue());
            }
            clear(all);
        });
    }

    private static int missing(BitSet noted, BitSet left) {
        BitSet missing = (BitSet) noted.clone();
        missing.andNot(left);
        return missing.cardinality();
    }

    private static List<Path> journals(Path home) throws IOException {
        Path partial = home.resolve("models/partial");
        if (!Files.isDirectory(partial)) return List.of();
        try (var all = Files.list(partial)) {
            return all.filter(p -> p.toString().endsWith(".journal")).toList();
        }
    }

    private static BitSet segments(Path journal) throws IOException {
        BitSet segments = new BitSet();
        for (String line :
                Files.readString(journal, StandardCharsets.ISO_8859_1).lines().toList()) {
            if (line.matches("\\d+\\.")) segments.set(Integer.parseInt(line.replace(".", "")));
        }
        return segments;
    }

    /** Of one of the files. */
    private boolean isThere(Path data, int segment) {
        try {
            byte[] is = Files.readAllBytes(data);
            int from = segment * SEGMENT_BYTES;
            for (byte[] file : List.of(first, second, LICENCE)) {
                int to = Math.min(file.length, from + SEGMENT_BYTES);
                if (from < to && to <= is.length && Arrays.equals(is, from, to, file, from, to)) return true;
            }
            return false;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aPullGoesOnAndARemovalLeavesNothing() throws IOException {
        pull(home);
        Random random = new Random(11);
        for (int i = 0; i < RESUMES; i++) {
            int step = random.nextInt(disk.steps() + 1);
            Loss loss = Loss.values()[i % Loss.values().length];
            Path after = work.resolve("after" + i);
            disk.cut(step, loss, random, after);
            try {
                pull(after);
                Consistent.check(after);
                assertThat(content(after, PULLED)).isEqualTo(first);
                store(after).remove(PULLED);
                Consistent.empty(after);
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("after step " + step + ", losing " + loss, e);
            }
        }
    }

    /** Without what is tested here the test must fail: a file that is renamed before its bytes are on the disk. */
    @Test
    void aProgramThatForcesNothingIsFoundOut() throws IOException {
        Path folder = home.resolve("models/blobs");
        Files.createDirectories(folder);
        for (Path f : List.of(home.resolve("models"), home)) {
            try (var c = java.nio.channels.FileChannel.open(f)) {
                c.force(true);
            }
        }
        Files.write(folder.resolve("new"), first);
        Files.move(
                folder.resolve("new"),
                folder.resolve("sha256-" + TestHub.sha256(first)),
                java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        assertThatThrownBy(() -> atEachStep((after, marks, step) -> {})).isInstanceOf(AssertionError.class);
    }
}
