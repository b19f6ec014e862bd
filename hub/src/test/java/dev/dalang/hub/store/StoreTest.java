package dev.dalang.hub.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.hub.store.Manifest.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {

    @TempDir
    Path root;

    private Store store;

    @BeforeEach
    void open() {
        store = new Store(root);
    }

    private ModelFile put(String name, String content, Claim claim) throws IOException {
        Digest digest = Digest.of(content);
        if (!store.has(digest)) {
            try (Partial p = store.partial(digest).orElseThrow()) {
                Files.writeString(p.data(), content);
                p.finish(digest, claim);
            }
        }
        return new ModelFile(new FileName(name), Role.ofName(name), digest, content.length());
    }

    private Manifest model(String name, String... contents) throws IOException {
        Claim claim = store.claim(name, "test", digests(contents), Duration.ofDays(1));
        List<ModelFile> files = new ArrayList<>();
        for (int i = 0; i < contents.length; i++) files.add(put("f" + i + ".gguf", contents[i], claim));
        Manifest m = new Manifest(
                name,
                new Manifest.Origin("local", "here", null),
                Instant.parse("2026-01-01T00:00:00Z"),
                files,
                Map.of("licence", "mit"));
        store.publish(m, claim);
        return m;
    }

    private static Set<Digest> digests(String... contents) {
        Set<Digest> all = new java.util.HashSet<>();
        for (String c : contents) all.add(Digest.of(c));
        return all;
    }

    @Test
    void aManifestReadsBack() throws IOException {
        Manifest m = model("hf.co/a/b:Q4_K_M", "one", "two");
        assertThat(store.find("HF.co/A/b:q4_k_m")).contains(m);
        assertThat(store.manifests()).containsExactly(m);
        assertThat(store.find("hf.co/a")).isEmpty();
        assertThat(store.find("../x")).isEmpty();
    }

    @Test
    void blobsStayAsLongAsAModelHasThem() throws IOException {
        model("a", "own a", "shared");
        model("b", "own b", "shared");
        store.copy("b", "c:1");
        assertThat(store.find("c:1").orElseThrow().facts())
                .as("a licence follows copies")
                .containsEntry("licence", "mit");
        assertThat(store.remove("a")).isTrue();
        assertThat(store.remove("a")).isFalse();
        assertThat(store.has(Digest.of("own a"))).isFalse();
        assertThat(store.has(Digest.of("shared"))).isTrue();
        store.remove("b");
        assertThat(store.has(Digest.of("own b"))).isTrue();
        store.remove("c:1");
        assertThat(root.resolve("blobs")).isEmptyDirectory();
        assertThat(root.resolve("views"))
                .satisfiesAnyOf(
                        v -> assertThat(v).doesNotExist(), v -> assertThat(v).isEmptyDirectory());
    }

    @Test
    void aNewerVersionOfAModelReplacesTheOlder() throws IOException {
        model("a", "old", "same");
        model("a", "new", "same");
        assertThat(store.has(Digest.of("old"))).isFalse();
        assertThat(store.has(Digest.of("same"))).isTrue();
        assertThat(store.manifests()).hasSize(1);
    }

    @Test
    void aClaimKeepsBlobsUntilItIsOver() throws IOException {
        Claim live = store.claim("a", "1", digests("x"), Duration.ofDays(1));
        put("x.gguf", "x", live);
        Claim over = store.claim("b", "1", digests("y"), Duration.ofSeconds(-1));
        put("y.gguf", "y", over);
        store.collectGarbage();
        assertThat(store.has(Digest.of("x"))).isTrue();
        assertThat(store.has(Digest.of("y")))
                .as("also when a clock jumped: the pull notices")
                .isFalse();
        Manifest m = new Manifest(
                "b",
                new Manifest.Origin("local", "here", null),
                Instant.now(),
                List.of(new ModelFile(new FileName("y.gguf"), Role.WEIGHTS, Digest.of("y"), 1)),
                Map.of());
        assertThatThrownBy(() -> store.publish(m, over)).hasMessageContaining("was removed while it came in");
        assertThat(store.manifests()).isEmpty();
        live.release();
        assertThat(store.has(Digest.of("x"))).isFalse();
    }

    @Test
    void aManifestOfALaterVersionStopsTheCollection() throws IOException {
        Manifest m = model("a", "x");
        Path file;
        try (var files = Files.list(root.resolve("manifests"))) {
            file = files.findFirst().orElseThrow();
        }
        String json = Files.readString(file);
        Files.writeString(file, json.replace("\"schema\":1", "\"schema\":2"));
        assertThat(store.manifests()).isEmpty();
        store.collectGarbage();
        assertThat(store.has(Digest.of("x"))).isTrue();
        Files.writeString(file, json);
        assertThat(store.manifests()).containsExactly(m);
    }

    @Test
    void whatAKillLeavesIsCollected() throws IOException {
        model("a", "x");
        Files.writeString(root.resolve("manifests/abc.json.123.new"), "half a manif");
        Files.writeString(root.resolve("blobs/sha256-" + "0".repeat(64)), "no model has it");
        Files.createDirectories(root.resolve("views/half.new"));
        Files.writeString(root.resolve("partial/" + "1".repeat(64) + ".part"), "nobody claims it");
        Files.writeString(root.resolve("partial/" + "1".repeat(64) + ".lock"), "");
        store.collectGarbage();
        assertThat(root.resolve("partial")).isEmptyDirectory();
        try (var files = Files.list(root.resolve("blobs"))) {
            assertThat(files).hasSize(1);
        }
        try (var files = Files.list(root.resolve("manifests"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void onlyOneWorksOnABlob() throws IOException {
        Digest key = Digest.of("k");
        Partial first = store.partial(key).orElseThrow();
        assertThat(store.partial(key)).isEmpty();
        Files.writeString(first.data(), "so far");
        store.claim("a", "1", Set.of(key), Duration.ofDays(1));
        first.close();
        first.close();
        try (Partial second = store.partial(key).orElseThrow()) {
            assertThat(second.data()).hasContent("so far");
            store.collectGarbage();
            assertThat(second.data()).exists();
        }
    }

    @Test
    void manyThreadsChangeAStore() throws Exception {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int n = t;
                Callable<Boolean> work = () -> {
                    for (int i = 0; i < 10; i++) {
                        model("m" + n, "own " + n + " " + i);
                        store.copy("m" + n, "c" + n);
                        store.remove("m" + n);
                    }
                    return true;
                };
                all.add(pool.submit(work));
            }
            for (Future<Boolean> f : all) assertThat(f.get()).isTrue();
        }
        assertThat(store.manifests()).extracting(Manifest::name).hasSize(8).allMatch(n -> n.startsWith("c"));
        for (Manifest m : store.manifests()) assertThat(store.verify(m)).isEmpty();
        try (var files = Files.list(root.resolve("blobs"))) {
            assertThat(files).hasSize(8);
        }
    }

    @Test
    void viewsOpenByTheNamesOfFiles() throws IOException {
        Manifest m = model("a", "one", "two");
        Path path = store.open(m);
        assertThat(path).hasFileName("f0.gguf").hasContent("one");
        assertThat(path.resolveSibling("f1.gguf")).hasContent("two");
        assertThat(store.open(store.find("a").orElseThrow())).isEqualTo(path);
        Files.delete(path);
        assertThat(store.open(m)).as("half a view is made anew").isEqualTo(path).hasContent("one");
    }

    @Test
    void damageIsFound() throws IOException {
        Manifest m = model("a", "one", "two");
        assertThat(store.verify(m)).isEmpty();
        Files.writeString(store.blob(Digest.of("one")), "onE");
        Files.delete(store.blob(Digest.of("two")));
        assertThat(store.verify(m)).extracting(Store.Damage::missing).containsExactly(false, true);
        assertThatThrownBy(() -> new Exporter(store).export(m, root.resolve("out")))
                .isInstanceOf(DalangException.class);
        assertThat(root.resolve("out")).isEmptyDirectory();
    }

    @Test
    void namesThatAreNoNames() {
        for (String name : List.of(
                "", "/a", "a/", "a//b", "../a", "a..b", "a b", "a\nb", "-x", "x:y:z", "o/x:y:z", "x".repeat(301))) {
            assertThatThrownBy(() -> Manifest.checkName(name)).as(name).isInstanceOf(DalangException.class);
        }
        Manifest.checkName("hf.co/owner/name:Q4_K_M");
        Manifest.checkName("localhost:5000/owner/name:tag");
        Manifest.checkName("owner/name:tag@sha256:0123");
    }

    @Test
    void usageCountsSharedBlobsOnce() throws IOException {
        model("a", "shared", "1");
        model("b", "shared", "2");
        assertThat(store.usage().models()).containsEntry("a", 7L).containsEntry("b", 7L);
        assertThat(store.usage().blobs()).isEqualTo("shared12".getBytes(StandardCharsets.UTF_8).length);
    }
}
