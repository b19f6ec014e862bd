package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Gguf;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model put together out of what the store has, files of this disk and small texts. It appears when it is
 * {@link #publish}ed; closed before that, nothing of it stays.
 */
public final class ModelBuilder implements AutoCloseable {

    /** An upload waits so long for the model that it is for. */
    private static final Duration UPLOAD = Duration.ofDays(1);

    private final Store store;
    private final String name;
    private final Claim claim;
    private final Map<String, Manifest.ModelFile> files = new LinkedHashMap<>();
    private final Map<String, String> facts = new LinkedHashMap<>();
    private boolean published;

    /** @throws DalangException if it cannot be a model's name */
    public ModelBuilder(Store store, String name) {
        Manifest.checkName(name);
        this.store = store;
        this.name = name;
        this.claim = store.claim(name, "create " + UUID.randomUUID(), Set.of(), Duration.ofDays(1));
    }

    /** Everything that another model of the store has. */
    public void addAll(Manifest base) {
        for (Manifest.ModelFile f : base.files()) {
            keep(f.digest());
            files.put(f.name().text(), f);
        }
        facts.putAll(base.facts());
    }

    /** What the model has so far under this name, or null. */
    public Manifest.@Nullable ModelFile file(String file) {
        return files.get(file);
    }

    /** Takes out what has a role. */
    public void removeAll(Role role) {
        files.values().removeIf(f -> f.role() == role);
    }

    /** A blob of the store. Weights and adapters are read by the checking reader first. */
    public void add(String file, Role role, Digest blob) {
        Path path = store.blob(blob);
        if (!store.has(blob)) {
            throw DalangException.invalidRequest("there is no blob " + blob + " here; upload it first", "files");
        }
        keep(blob);
        if (file.endsWith(".gguf") && role == Role.WEIGHTS) facts.putAll(GgufFacts.of(path));
        if (file.endsWith(".gguf") && role == Role.ADAPTER) checkAdapter(file, path);
        long bytes = Store.guarded(path, () -> Files.size(path));
        files.put(file, new Manifest.ModelFile(new FileName(file), role, blob, bytes));
    }

    /** Whether it fits the model is seen when both are loaded; what is no adapter at all fits none. */
    private static void checkAdapter(String file, Path path) {
        try (Gguf gguf = Gguf.open(path)) {
            String type = gguf.metadata().string("general.type", "model");
            if (type.equals("adapter")) return;
            throw DalangException.invalidRequest(
                    file + " is no adapter: its general.type is '" + type + "'", "adapters");
        }
    }

    /** A small text. */
    public Digest add(String file, Role role, byte[] content) {
        Blobs.Blob blob = Store.guarded(
                store.root(), () -> Blobs.take(store, new ByteArrayInputStream(content), null, claim, n -> {}));
        files.put(file, new Manifest.ModelFile(new FileName(file), role, blob.digest(), blob.bytes()));
        return blob.digest();
    }

    /** A copy of a file of this disk. */
    public Digest copy(String file, Role role, Path from) {
        Blobs.Blob blob = Store.guarded(from, () -> {
            try (InputStream in = Files.newInputStream(from)) {
                return Blobs.take(store, in, null, claim, n -> {});
            }
        });
        files.put(file, new Manifest.ModelFile(new FileName(file), role, blob.digest(), blob.bytes()));
        if (file.endsWith(".gguf") && role == Role.WEIGHTS) facts.putAll(GgufFacts.of(store.blob(blob.digest())));
        return blob.digest();
    }

    /** A file that {@code writer} writes. */
    public Digest make(String file, Role role, Consumer<Path> writer) {
        Blobs.Blob blob = Store.guarded(store.root(), () -> Blobs.make(store, claim, writer::accept));
        files.put(file, new Manifest.ModelFile(new FileName(file), role, blob.digest(), blob.bytes()));
        return blob.digest();
    }

    /** Something known about the model. */
    public void fact(String key, String value) {
        facts.put(key, value);
    }

    /** Makes the model appear, replacing one of the same name. */
    public Manifest publish(Manifest.Origin origin) {
        if (files.values().stream().noneMatch(f -> f.role() == Role.WEIGHTS)) {
            throw DalangException.badModelFile(name + " would have no weights", name, null);
        }
        Manifest m = new Manifest(name, origin, Instant.now(), java.util.List.copyOf(files.values()), facts);
        store.publish(m, claim);
        published = true;
        return m;
    }

    @Override
    public void close() {
        if (!published) claim.release();
    }

    private void keep(Digest blob) {
        store.locked(() -> {
            claim.addLocked(Set.of(blob));
        });
    }

    /**
     * Takes bytes in as a blob that a model to come will have; they stay for a day.
     *
     * @throws DalangException (invalid request) if they have another digest; (storage) if they do not fit
     */
    public static void upload(Store store, Digest digest, InputStream in) {
        Claim claim = store.claim("upload/" + digest.hex(), "upload", Set.of(digest), UPLOAD);
        try {
            Store.guarded(store.root(), () -> {
                Blobs.take(store, in, digest, claim, n -> {});
            });
        } catch (DalangException e) {
            claim.release();
            throw e;
        }
    }

    /** {@code sha256:…} or {@code sha256-…}, as uploads name their digests. */
    public static Digest digest(String text) {
        String hex = text.startsWith("sha256:") || text.startsWith("sha256-") ? text.substring(7) : "";
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new DalangException(
                    new Failure.InvalidRequest("a digest is sha256: and 64 small hexadecimal digits", "digest"));
        }
        return new Digest(hex);
    }
}
