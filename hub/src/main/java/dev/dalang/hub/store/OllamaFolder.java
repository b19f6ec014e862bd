package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import dev.dalang.hub.store.InstalledModel.Holder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The models that Ollama keeps: {@code manifests/HOST/NAMESPACE/MODEL/TAG} and {@code blobs/sha256-…}. */
final class OllamaFolder {
    private static final int MAX_MANIFEST_BYTES = 1 << 20;
    private static final int DEPTH = 4;

    private OllamaFolder() {}

    static List<InstalledModel> in(Path root) throws IOException {
        List<InstalledModel> found = new ArrayList<>();
        Path manifests = root.resolve("manifests");
        if (!Files.isDirectory(manifests)) return found;
        List<Path> files;
        try (var walk = Files.walk(manifests, DEPTH)) {
            files = walk.filter(p ->
                            Files.isRegularFile(p) && manifests.relativize(p).getNameCount() == DEPTH)
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            try {
                InstalledModel m = model(root, manifests.relativize(file), file);
                if (m != null) found.add(m);
            } catch (DalangException e) {
                System.getLogger(OllamaFolder.class.getName())
                        .log(System.Logger.Level.DEBUG, "left out: {0}", e.getMessage());
            }
        }
        return found;
    }

    private static @org.jspecify.annotations.Nullable InstalledModel model(Path root, Path place, Path file)
            throws IOException {
        if (Files.size(file) > MAX_MANIFEST_BYTES) return null;
        JsonObject manifest = Json.object(Files.readAllBytes(file), file.toString());
        long bytes = 0;
        Digest weights = null;
        for (JsonObject layer : manifest.objects("layers")) {
            bytes += layer.count("size");
            if ("application/vnd.ollama.image.model".equals(layer.stringOrNull("mediaType"))) {
                weights = Digest.parse(layer.string("digest"), file.toString());
            }
        }
        if (weights == null) return null;
        Path blob = root.resolve("blobs").resolve("sha256-" + weights.hex());
        if (!Files.isRegularFile(blob)) return null;
        return new InstalledModel(
                name(place),
                blob,
                bytes,
                Files.getLastModifiedTime(file).toInstant(),
                Holder.OLLAMA,
                null,
                List.of(weights));
    }

    /** As Ollama shows it: without what is customary. */
    private static String name(Path place) {
        String host = place.getName(0).toString();
        String namespace = place.getName(1).toString();
        String model = place.getName(2) + ":" + place.getName(3);
        if (!host.equals("registry.ollama.ai")) return host + "/" + namespace + "/" + model;
        return namespace.equals("library") ? model : namespace + "/" + model;
    }
}
