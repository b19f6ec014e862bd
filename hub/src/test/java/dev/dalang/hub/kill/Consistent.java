package dev.dalang.hub.kill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What holds of a store at any moment, whatever happened to it. */
final class Consistent {
    private static final List<String> FOLDERS = List.of("blobs", "partial", "claims", "views", "manifests");

    private Consistent() {}

    /** Whatever has a name is whole. */
    static void check(Path home) throws IOException {
        Store store = new Library(home, Map.of()).store();
        for (Manifest m : store.manifests()) {
            assertThat(store.verify(m)).as(m.name()).isEmpty();
            assertThat(store.open(m)).exists();
        }
        assertThat(list(home.resolve("models/manifests")).stream()
                        .filter(p -> p.toString().endsWith(".json")))
                .hasSameSizeAs(store.manifests());
        for (Path blob : list(home.resolve("models/blobs"))) {
            assertThat(blob.getFileName())
                    .hasToString("sha256-" + Digest.of(blob).hex());
        }
    }

    /** Nothing is left, not even garbage. */
    static void empty(Path home) throws IOException {
        for (String folder : FOLDERS) {
            assertThat(list(home.resolve("models").resolve(folder))).as(folder).isEmpty();
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) return List.of();
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
