package dev.dalang.hub.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Models;
import dev.dalang.hub.fetch.Progress;
import dev.dalang.hub.fetch.SmallSegments;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Importer;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes at random changes of the disk, and with it what was not forced. Afterwards whatever has a name is whole, what
 * was said to be done is done, and the same pull brings the right bytes. {@code -Ddalang.test.powercuts=200} cuts more often.
 */
class PowerLossTest {
    private static final int CUTS = Integer.getInteger("dalang.test.powercuts", 12);

    @TempDir
    Path folder;

    @Test
    void whatLastsIsWholeAndWhatWasDoneLasts() throws Exception {
        byte[] own = Models.gguf(1, 120_000);
        byte[] shared = Models.gguf(2, 90_000);
        byte[] local = Models.gguf(3, 80_000);
        Path file = Files.write(folder.resolve("local.gguf"), local);
        try (TestHub hub = new TestHub()) {
            hub.repository(
                    "owner/a", null, Map.of("a-Q8_0.gguf", own, "LICENSE", "do good".getBytes(StandardCharsets.UTF_8)));
            hub.repository("owner/b", null, Map.of("b-Q8_0.gguf", shared));
            long all = run(hub, file, new PoweredDisk(folder(-1), new Random(0), Long.MAX_VALUE));
            assertThat(all).as("changes of an undisturbed run").isGreaterThan(40);
            for (int cut = 0; cut < CUTS; cut++) {
                Random random = new Random(cut);
                PoweredDisk disk = new PoweredDisk(folder(cut), random, random.nextLong(all));
                run(hub, file, disk);
                Path after = Files.createDirectories(folder.resolve("after-" + cut));
                disk.remains(after);
                check(after, disk, cut);
                // The next run finds what is left, and ends as one that nothing disturbed.
                try (Http http = http(hub, after)) {
                    Library library = new Library(after, Map.of());
                    Fetcher fetcher = SmallSegments.fetcher(http, library, hub.environment(), Child.SEGMENT_BYTES);
                    Manifest a = fetch(fetcher, "hf.co/owner/a");
                    assertThat(library.store().open(a)).as("cut %d", cut).hasBinaryContent(own);
                    assertThat(library.store().verify(a)).isEmpty();
                    Manifest b = fetch(fetcher, "hf.co/owner/b");
                    assertThat(library.store().open(b)).as("cut %d", cut).hasBinaryContent(shared);
                }
            }
        }
    }

    private Path folder(int cut) throws IOException {
        return Files.createDirectories(folder.resolve("before-" + cut)).toRealPath();
    }

    private static Http http(TestHub hub, Path home) {
        return new Http(NetSettings.of(hub.environment()), new EgressLog(home.resolve("egress.jsonl")));
    }

    private static Manifest fetch(Fetcher fetcher, String name) {
        return fetcher.fetch(fetcher.plan(Source.parse(name).orElseThrow()), Progress.NONE);
    }

    /** Pulls, imports, copies and removes, until it is done or dark; gives the changes of the disk. */
    private static long run(TestHub hub, Path local, PoweredDisk disk) {
        Path home = new LossyFileSystem(disk).wrap(disk.folder());
        try (Http http = http(hub, home)) {
            Library library = new Library(home, Map.of());
            Store store = library.store();
            Fetcher fetcher = SmallSegments.fetcher(http, library, hub.environment(), Child.SEGMENT_BYTES);
            Manifest a = fetch(fetcher, "hf.co/owner/a");
            disk.promise("+" + a.name());
            Manifest b = fetch(fetcher, "hf.co/owner/b");
            disk.promise("+" + b.name());
            Manifest imported = new Importer(store).importFrom(local, "mine:1", n -> {});
            disk.promise("+" + imported.name());
            store.remove(b.name());
            disk.promise("-" + b.name());
        } catch (DalangException | UncheckedIOException e) {
            assertThat(disk.dead()).as(String.valueOf(e.getMessage())).isTrue();
        } catch (RuntimeException e) {
            if (!disk.dead()) throw e;
        }
        return disk.changes();
    }

    private static void check(Path after, PoweredDisk disk, int cut) throws IOException {
        Store store = new Library(after, Map.of()).store();
        for (Manifest m : store.manifests())
            assertThat(store.verify(m)).as("cut %d: %s", cut, m.name()).isEmpty();
        Path manifests = after.resolve("models/manifests");
        if (Files.isDirectory(manifests)) {
            try (var files = Files.list(manifests)) {
                assertThat(files.filter(p -> p.toString().endsWith(".json")))
                        .as("cut %d: all can be read", cut)
                        .hasSameSizeAs(store.manifests());
            }
        }
        Path blobs = after.resolve("models/blobs");
        if (Files.isDirectory(blobs)) {
            try (var files = Files.list(blobs)) {
                for (Path blob : files.toList()) {
                    assertThat(blob.getFileName())
                            .as("cut %d", cut)
                            .hasToString("sha256-" + Digest.of(blob).hex());
                }
            }
        }
        for (String promise : disk.promised()) {
            String name = promise.substring(1);
            boolean removed = disk.promised().contains("-" + name);
            boolean removing = name.contains("owner/b") && disk.promised().contains("+mine:1");
            if (removed)
                assertThat(store.find(name))
                        .as("cut %d: %s stays away", cut, name)
                        .isEmpty();
            else if (!removing)
                assertThat(store.find(name)).as("cut %d: %s lasts", cut, name).isPresent();
        }
    }
}
