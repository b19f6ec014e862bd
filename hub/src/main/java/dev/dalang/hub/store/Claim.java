package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.hub.json.Json;
import dev.dalang.hub.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Blobs that a pull or import under way has or will have; they are not garbage while it stands. */
public final class Claim {
    private final Store store;
    private final String name;
    private final Path file;
    private final Instant until;

    Claim(Store store, String name, Path file, Instant until) {
        this.store = store;
        this.name = name;
        this.file = file;
        this.until = until;
    }

    Path file() {
        return file;
    }

    /** Gives it up: what came in goes, unless another model has it. */
    public void release() {
        store.locked(() -> {
            Disk.delete(file);
        });
        store.collectGarbage();
    }

    /** Under the store's lock. Written again each time, because another may have removed it. */
    void addLocked(Set<Digest> more) throws IOException {
        Set<Digest> all = new LinkedHashSet<>(Files.exists(file) ? digests(file) : Set.of());
        if (!all.addAll(more) && Files.exists(file)) return;
        Disk.folders(file.toAbsolutePath().getParent());
        List<String> list = all.stream().map(Digest::toString).toList();
        String json = Json.write(Map.of("name", name, "until", until.toString(), "digests", list)) + "\n";
        Disk.write(file, json.getBytes(StandardCharsets.UTF_8));
    }

    /** Empty when it cannot be read: then nothing relies on it but a pull that will say so. */
    static Set<Digest> digests(Path file) throws IOException {
        Set<Digest> digests = new LinkedHashSet<>();
        JsonObject json = read(file);
        if (json == null || !(json.get("digests") instanceof List<?> list)) return digests;
        for (Object d : list) digests.add(Digest.parse(String.valueOf(d), file.toString()));
        return digests;
    }

    static String name(Path file) throws IOException {
        JsonObject json = read(file);
        return json == null ? "" : json.string("name");
    }

    static boolean isOver(Path file) throws IOException {
        JsonObject json = read(file);
        try {
            return json == null || Instant.parse(json.string("until")).isBefore(Instant.now());
        } catch (DateTimeException e) {
            return true;
        }
    }

    private static @Nullable JsonObject read(Path file) throws IOException {
        try {
            return Json.object(Files.readAllBytes(file), file.toString());
        } catch (DalangException broken) {
            return null;
        }
    }
}
