package dev.dalang.hub.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.hub.fetch.Models;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.testserver.TestHub;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed at random moments, and many at once: the store is always consistent, and in the end has the
 * right bytes. {@code -Ddalang.test.kills=200} kills more often.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("dalang.test.kills", 10);

    @TempDir
    Path home;

    @TempDir
    Path outside;

    private final TestHub hub = new TestHub();
    private final Map<String, byte[]> models = new HashMap<>();
    private Store store;

    @BeforeEach
    void models() {
        store = new Library(home, Map.of()).store();
        byte[] shared = Models.gguf(99, 150_000);
        for (int i = 0; i < 4; i++) {
            byte[] own = Models.gguf(i, 150_000);
            models.put("a" + i + "-Q4_K_M-00001-of-00002.gguf", own);
            hub.repository(
                    "owner/m" + i,
                    null,
                    Map.of(
                            "a" + i + "-Q4_K_M-00001-of-00002.gguf",
                            own,
                            "a" + i + "-Q4_K_M-00002-of-00002.gguf",
                            shared,
                            "LICENSE",
                            "do good".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private static void runs(Process p) throws Exception {
        String said = new String(p.getInputStream().readAllBytes());
        assertThat(p.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(said).endsWith("done\n");
    }

    @Test
    void killedPullsImportsAndRemovalsLeaveAConsistentStore() throws Exception {
        Path file = outside.resolve("local.gguf");
        // Large, so that many kills come while a blob gets its name.
        Files.write(file, Models.gguf(7, 16_000_000));
        List<List<String>> works = List.of(
                List.of("forever", "pull", "hf.co/owner/m0", "rm", "hf.co/owner/m0:Q4_K_M"),
                List.of("forever", "pull", "hf.co/owner/m1", "pull", "hf.co/owner/m2", "rm", "hf.co/owner/m1:Q4_K_M"),
                List.of(
                        "forever",
                        "import",
                        file.toString(),
                        "local:1",
                        "cp",
                        "local:1",
                        "local:2",
                        "rm",
                        "local:1",
                        "rm",
                        "local:2"),
                List.of("forever", "pull", "hf.co/owner/m3", "import", file.toString(), "local:3", "rm", "local:3"));
        Random random = new Random(42);
        for (int i = 0; i < KILLS; i++) {
            List<String> work = works.get(i % works.size());
            Process p = Child.start(home, hub.environment(), work);
            BufferedReader out = p.inputReader();
            assertThat(out.readLine()).isEqualTo("ready");
            Thread.sleep(random.nextInt(1500));
            assertThat(p.isAlive()).as(() -> out.lines().toList().toString()).isTrue();
            p.destroyForcibly().waitFor();
            Consistent.check(home);
        }
        // Whatever state it was left in, the same calls finish.
        runs(Child.start(
                home,
                hub.environment(),
                List.of("pull", "hf.co/owner/m0", "pull", "hf.co/owner/m1", "import", file.toString(), "local:1")));
        Consistent.check(home);
        for (int i = 0; i < 2; i++) {
            Manifest m = store.find("hf.co/owner/m" + i + ":Q4_K_M").orElseThrow();
            assertThat(store.open(m)).hasBinaryContent(models.get("a" + i + "-Q4_K_M-00001-of-00002.gguf"));
        }
        for (Manifest m : store.manifests()) store.remove(m.name());
        for (int i = 0; i < 4; i++) store.remove("hf.co/owner/m" + i + ":Q4_K_M");
        for (int i = 1; i < 4; i++) store.remove("local:" + i);
        for (String folder : List.of("blobs", "partial", "claims", "views", "manifests")) {
            assertThat(home.resolve("models").resolve(folder)).as(folder).isEmptyDirectory();
        }
    }

    @Test
    void sixteenProcessesPullOverlappingModels() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(Child.start(
                    home,
                    hub.environment(),
                    List.of("pull", "hf.co/owner/m" + i % 4, "pull", "hf.co/owner/m" + (i + 1) % 4)));
        }
        for (Process p : all) runs(p);
        Consistent.check(home);
        assertThat(store.manifests()).hasSize(4);
        assertThat(home.resolve("models/partial")).isEmptyDirectory();
        // Each of the five large files came once.
        long requests = requests(150_000);
        for (Manifest m : store.manifests()) {
            requests +=
                    requests(m.files().stream().mapToLong(f -> f.bytes()).max().orElseThrow());
        }
        assertThat(hub.server().requests("/cdn/")).isLessThanOrEqualTo(requests + 5);
    }

    /** Each asks for two segments. */
    private static long requests(long bytes) {
        return (bytes + 2 * Child.SEGMENT_BYTES - 1) / (2 * Child.SEGMENT_BYTES);
    }
}
