package dev.dalang.hub.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A blob under way, and the right to work on it until it is closed or finished. What is there stays when it is closed. */
public final class Partial implements AutoCloseable {
    private final Store store;
    private final FileLock lock;
    private final Path data;
    private final Path journal;
    private boolean open = true;

    Partial(Store store, FileLock lock, Path data, Path journal) {
        this.store = store;
        this.lock = lock;
        this.data = data;
        this.journal = journal;
    }

    /** The bytes so far; need not exist. */
    public Path data() {
        return data;
    }

    /** What is known of the bytes so far; need not exist. */
    public Path journal() {
        return journal;
    }

    /** Makes the names of both files last, once they are there; what is written to them later is of use only then. */
    public void keepNames() {
        Disk.force(data.toAbsolutePath().getParent());
    }

    /**
     * Gives the bytes their name, which the caller has checked, and claims them. Writes them to the disk before that.
     *
     * @param digest of all bytes in {@link #data}
     */
    public void finish(Digest digest, Claim claim) {
        Store.guarded(data, () -> {
            try (FileChannel c = FileChannel.open(data, StandardOpenOption.WRITE)) {
                c.force(true);
            }
        });
        store.locked(() -> {
            claim.addLocked(Set.of(digest));
            store.adopt(data, digest);
            Files.deleteIfExists(journal);
            end(true);
        });
    }

    /** Throws the bytes away; the right to work on them stays. */
    public void reset() {
        Store.guarded(data, () -> {
            Files.deleteIfExists(journal);
            Files.deleteIfExists(data);
        });
    }

    @Override
    public void close() {
        if (!open) return;
        store.locked(() -> {
            boolean nothing = !Files.exists(data) && !Files.exists(journal);
            end(nothing);
        });
    }

    /** Under the store's lock, so that nobody opens the lock file just before it goes. */
    private void end(boolean withLockFile) throws IOException {
        if (!open) return;
        open = false;
        if (withLockFile) Files.deleteIfExists(lock.file());
        lock.close();
    }
}
