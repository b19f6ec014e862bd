package dev.dalang.hub.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Brings models out of the store. */
public final class Exporter {
    private final Store store;

    public Exporter(Store store) {
        this.store = store;
    }

    /** Copies a model's files, under their names, into a folder; what is there is not replaced. */
    public List<Path> export(Manifest m, Path folder) {
        return Store.guarded(folder, () -> {
            Disk.folders(folder);
            List<Path> written = new ArrayList<>();
            for (Manifest.ModelFile f : m.files()) {
                Path to = folder.resolve(f.name().text());
                if (Files.exists(to)) throw new FileAlreadyExistsException(to.toString(), null, "it is there already");
                Path part = folder.resolve(f.name() + "." + UUID.randomUUID() + ".new");
                try {
                    Files.copy(store.blob(f.digest()), part);
                    if (!Digest.of(part).equals(f.digest())) {
                        throw new IOException(f.name() + " is damaged in the store; `dalang verify-store` says more");
                    }
                    try (FileChannel c = FileChannel.open(part, StandardOpenOption.WRITE)) {
                        c.force(true);
                    }
                    Files.move(part, to);
                    Disk.force(folder);
                } finally {
                    Files.deleteIfExists(part);
                }
                written.add(to);
            }
            return written;
        });
    }
}
