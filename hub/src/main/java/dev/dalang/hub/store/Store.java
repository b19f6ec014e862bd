package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Our own models, by content. Any number of processes may share a store; any of them may die at any moment.
 *
 * <pre>
 * blobs/sha256-…      the bytes of files; a blob has its name only once its hash was checked
 * manifests/….json    one for each model, under the hash of its name
 * views/…/            links to blobs under the names that files have in their model
 * claims/….json       which blobs a pull or import under way (or interrupted) will need: they are not garbage
 * partial/…           blobs under way, with what is there of them noted in a journal
 * lock                held for each change of the above, for moments only
 * </pre>
 *
 * <p>Every change is a rename or a removal of one name, in such an order that what remains after a kill is either whole
 * or garbage, which the next change collects.
 */
public final class Store {
    private static final Pattern BLOB = Pattern.compile("sha256-([0-9a-f]{64})");
    private static final Pattern PARTIAL = Pattern.compile("([0-9a-f]{64})\\.(part|journal|lock)");
    /** An interrupted pull can be resumed for so long. */
    static final Duration RESUMABLE = Duration.ofDays(14);

    private final Path root;
    private final Path blobs;
    private final Path manifests;
    private final Path views;
    private final Path claims;
    private final Path partial;

    /** @param root need not exist yet */
    public Store(Path root) {
        this.root = root;
        this.blobs = root.resolve("blobs");
        this.manifests = root.resolve("manifests");
        this.views = root.resolve("views");
        this.claims = root.resolve("claims");
        this.partial = root.resolve("partial");
    }

    public Path root() {
        return root;
    }

    /** Whether a folder in the root belongs to the store's own workings. */
    boolean isOwn(Path path) {
        return path.equals(blobs)
                || path.equals(manifests)
                || path.equals(views)
                || path.equals(claims)
                || path.equals(partial);
    }

    // ---- What is there. Nothing is locked: a name is either there or not.

    /** Sorted by name; a manifest that cannot be read is logged and left out. */
    public List<Manifest> manifests() {
        List<Manifest> found = new ArrayList<>();
        for (Path p : guarded(manifests, () -> Disk.entries(manifests))) {
            if (!p.toString().endsWith(".json")) continue;
            Manifest m = read(p);
            if (m != null) found.add(m);
        }
        found.sort(Comparator.comparing(Manifest::name));
        return found;
    }

    /** By its whole name; case does not matter. */
    public Optional<Manifest> find(String name) {
        // Before anything was pulled nobody need load the JDK's digests for a name.
        if (!Files.isDirectory(manifests)) return Optional.empty();
        Path file = manifest(name);
        return Files.exists(file) ? Optional.ofNullable(read(file)) : Optional.empty();
    }

    /** Where a blob is, or would be. */
    public Path blob(Digest digest) {
        return blobs.resolve("sha256-" + digest.hex());
    }

    public boolean has(Digest digest) {
        return Files.isRegularFile(blob(digest));
    }

    /** The content of a small file of a model. */
    public byte[] read(Manifest.ModelFile file, int maxBytes) {
        if (file.bytes() > maxBytes) {
            throw new DalangException(new Failure.Storage(
                    file.name() + " has " + file.bytes() + " bytes, more than the " + maxBytes + " that are read of it",
                    file.name().text()));
        }
        Path blob = blob(file.digest());
        return guarded(blob, () -> Files.readAllBytes(blob));
    }

    /**
     * A path by which the model opens: a file, the first of several, or a folder. It stays while the model is in the
     * store.
     */
    public Path open(Manifest m) {
        return guarded(views, () -> Views.open(views, blobs, m));
    }

    /** What is on the disk of a blob under way, in bytes. */
    public long partialBytes(Digest key) {
        Path data = partial.resolve(key.hex() + ".part");
        return guarded(data, () -> Allocation.bytes(data));
    }

    // ---- What changes. Each under the lock, each a step that a kill leaves done or not done.

    /**
     * Says that a model is on its way, so that the blobs that it needs stay. The same name and revision have the same
     * claim, in whatever process.
     *
     * @param known digests that are known beforehand
     * @param lasts how long it holds when nobody releases it
     */
    public Claim claim(String name, String revision, Set<Digest> known, Duration lasts) {
        Manifest.checkName(name);
        Path file = claims.resolve(Digest.of(key(name) + "\n" + revision).hex() + ".json");
        Claim claim = new Claim(this, name, file, Instant.now().plus(lasts));
        locked(() -> {
            claim.addLocked(known);
        });
        return claim;
    }

    /**
     * The right to work on a blob under way; empty while somebody else has it.
     *
     * @param key the blob's digest, or another when that is not known yet
     */
    public Optional<Partial> partial(Digest key) {
        return locked(() -> {
            Disk.folders(partial);
            FileLock lock = FileLock.tryLock(partial.resolve(key.hex() + ".lock"));
            if (lock == null) return Optional.empty();
            return Optional.of(new Partial(
                    this, lock, partial.resolve(key.hex() + ".part"), partial.resolve(key.hex() + ".journal")));
        });
    }

    /**
     * Makes a model appear, replacing one of the same name.
     *
     * @throws DalangException (storage) if a blob is missing because the model was removed meanwhile
     */
    public void publish(Manifest m, Claim claim) {
        locked(() -> {
            for (Manifest.ModelFile f : m.files()) {
                if (has(f.digest())) continue;
                throw new DalangException(new Failure.Storage(
                        m.name() + " was removed while it came in; nothing of it is kept",
                        f.name().text()));
            }
            put(m);
            Disk.delete(claim.file());
            collect();
        });
    }

    /** Whether there was such a model, or a pull of one under way; its blobs go unless others need them. */
    public boolean remove(String name) {
        return locked(() -> {
            boolean found = Files.exists(manifest(name));
            Disk.delete(manifest(name));
            for (Path c : Disk.entries(claims)) {
                if (!key(Claim.name(c)).equals(key(name))) continue;
                found = true;
                Disk.delete(c);
            }
            collect();
            return found;
        });
    }

    /** Gives a model a second name, replacing what had it; nothing is copied. */
    public void copy(String from, String to) {
        Manifest.checkName(to);
        locked(() -> {
            Manifest m = find(from).orElseThrow(() -> missing(from));
            put(m.named(to, Instant.now()));
            collect();
        });
    }

    /** Removes a blob that is not what its name says, so that a pull brings it anew. */
    public void discard(Digest damaged) {
        locked(() -> {
            Disk.delete(blob(damaged));
        });
    }

    /** Removes what nothing needs; every other change does this too. */
    public void collectGarbage() {
        locked(() -> {
            collect();
        });
    }

    static DalangException missing(String name) {
        return new DalangException(new Failure.ModelUnavailable(
                "no model named " + name + " in the store; `dalang list` shows what is there", name));
    }

    // ---- Inside.

    private void put(Manifest m) throws IOException {
        Disk.folders(manifests);
        Disk.write(manifest(m.name()), m.toJson());
    }

    /** Under the lock: a blob gets its name. */
    void adopt(Path file, Digest digest) throws IOException {
        Disk.folders(blobs);
        if (has(digest)) Files.deleteIfExists(file);
        else Disk.rename(file, blob(digest));
    }

    private void collect() throws IOException {
        Set<Digest> live = new HashSet<>();
        Set<String> liveViews = new HashSet<>();
        for (Path p : Disk.entries(manifests)) {
            if (!p.toString().endsWith(".json")) {
                Files.deleteIfExists(p); // a change that a kill cut short
                continue;
            }
            Manifest m = read(p);
            // What cannot be read may be a later version's: as long as it is there, nothing is garbage.
            if (m == null) return;
            live.addAll(m.digests());
            liveViews.add(Views.name(m));
        }
        for (Path p : Disk.entries(claims)) {
            if (!p.toString().endsWith(".json") || Claim.isOver(p)) Files.deleteIfExists(p);
            else live.addAll(Claim.digests(p));
        }
        for (Path p : Disk.entries(blobs)) {
            Matcher m = BLOB.matcher(p.getFileName().toString());
            if (m.matches() && !live.contains(new Digest(m.group(1)))) Files.deleteIfExists(p);
        }
        for (Path p : Disk.entries(views)) {
            if (!liveViews.contains(p.getFileName().toString())) Views.retire(p);
        }
        Set<String> keys = new HashSet<>();
        for (Path p : Disk.entries(partial)) {
            Matcher m = PARTIAL.matcher(p.getFileName().toString());
            if (m.matches() && !live.contains(new Digest(m.group(1)))) keys.add(m.group(1));
        }
        for (String key : keys) {
            FileLock lock = FileLock.tryLock(partial.resolve(key + ".lock"));
            if (lock == null) continue;
            lock.close();
            for (String ending : List.of(".part", ".journal", ".lock")) {
                Files.deleteIfExists(partial.resolve(key + ending));
            }
        }
    }

    private Path manifest(String name) {
        return manifests.resolve(Digest.of(key(name)).hex() + ".json");
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static @Nullable Manifest read(Path file) {
        try {
            return Manifest.fromJson(Files.readAllBytes(file), file.toString());
        } catch (java.nio.file.NoSuchFileException removedMeanwhile) {
            return null;
        } catch (IOException | DalangException e) {
            System.getLogger(Store.class.getName()).log(System.Logger.Level.WARNING, "left out: {0}", e.getMessage());
            return null;
        }
    }

    /** Work on files. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /** The same without a result. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    <T> T locked(Work<T> work) {
        return guarded(root, () -> {
            Disk.folders(root);
            try (FileLock held = FileLock.lock(root.resolve("lock"))) {
                Objects.requireNonNull(held);
                return work.run();
            }
        });
    }

    void locked(Step step) {
        locked(() -> {
            step.run();
            return true;
        });
    }

    static void guarded(Path at, Step step) {
        guarded(at, () -> {
            step.run();
            return true;
        });
    }

    static <T> T guarded(Path at, Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw Disk.failure(e, at);
        }
    }

    // ---- Accounts.

    /**
     * What the store takes on the disk, in bytes.
     *
     * @param models each model's own length, shared blobs counted for each
     * @param blobs all blobs, each once
     * @param partial of blobs under way
     */
    public record Usage(Map<String, Long> models, long blobs, long partial) {}

    public Usage usage() {
        Map<String, Long> models = new LinkedHashMap<>();
        for (Manifest m : manifests()) models.put(m.name(), m.bytes());
        return new Usage(models, bytes(blobs), bytes(partial));
    }

    private static long bytes(Path folder) {
        return guarded(folder, () -> {
            long sum = 0;
            for (Path p : Disk.entries(folder)) sum += Allocation.bytes(p);
            return sum;
        });
    }

    /** What the disk has left, in bytes. */
    public long diskFree() {
        return guarded(root, () -> {
            Disk.folders(root);
            return Files.getFileStore(root).getUsableSpace();
        });
    }

    /** A problem of one file: missing, or not the bytes that its name says. */
    public record Damage(String model, Manifest.ModelFile file, boolean missing) {}

    /** Reads every file of a model again. */
    public List<Damage> verify(Manifest m) {
        List<Damage> found = new ArrayList<>();
        for (Manifest.ModelFile f : m.files()) {
            Path blob = blob(f.digest());
            boolean missing = !Files.isRegularFile(blob);
            if (missing || !guarded(blob, () -> Digest.of(blob)).equals(f.digest())) {
                found.add(new Damage(m.name(), f, missing));
            }
        }
        return found;
    }
}
