package dev.dalang.server.batches;

import dev.dalang.ledger.StoredFile;
import dev.dalang.ledger.StoredFiles;
import dev.dalang.server.openai.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Files of clients: their bytes in a folder, under names made here, and a row in the ledger for each. */
final class FileStore {

    /** The only names that become part of a path. */
    private static final Pattern ID = Pattern.compile("file-[0-9a-f]{32}");

    private final Path folder;
    private final StoredFiles rows;

    FileStore(Path folder, StoredFiles rows) {
        this.folder = folder;
        this.rows = rows;
    }

    Path folder() {
        return folder;
    }

    /** Takes over a file whose bytes are in the folder already, under another name. */
    StoredFile adopt(String owner, Path content, String name, String purpose, @Nullable Instant expires) {
        purge();
        String id = "file-" + UUID.randomUUID().toString().replace("-", "");
        try {
            Path to = folder.resolve(id);
            Files.move(content, to, StandardCopyOption.ATOMIC_MOVE);
            StoredFile file = new StoredFile(id, owner, Instant.now(), expires, name, purpose, Files.size(to));
            rows.save(file);
            return file;
        } catch (IOException e) {
            throw Upload.storage(folder, e);
        }
    }

    /** @throws Refusal if there is none, or it is another's */
    StoredFile find(String owner, String id) {
        StoredFile file = rows.find(owner, id).orElseThrow(() -> Refusal.notFound("file", id));
        Instant expires = file.expires();
        if (expires != null && !expires.isAfter(Instant.now())) {
            delete(file);
            throw Refusal.notFound("file", id);
        }
        return file;
    }

    Path content(StoredFile file) {
        if (!ID.matcher(file.id()).matches()) throw new IllegalStateException(file.id() + " is no name of a file");
        return folder.resolve(file.id());
    }

    byte[] bytes(StoredFile file) {
        try {
            return Files.readAllBytes(content(file));
        } catch (IOException e) {
            throw Upload.storage(content(file), e);
        }
    }

    /** Oldest first. */
    List<StoredFile> list(String owner) {
        purge();
        return rows.list(owner).reversed();
    }

    void delete(StoredFile file) {
        rows.delete(file.owner(), file.id());
        Upload.delete(content(file));
    }

    private void purge() {
        for (StoredFile file : rows.expired(Instant.now())) delete(file);
    }
}
