package dev.dalang.hub.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What files take on the disk: a file with holes, as parallel ranges leave them, takes less than its length. */
final class Allocation {
    private static final long BLOCK = 512; // POSIX st_blocks

    private Allocation() {}

    /** 0 when it is gone. */
    static long bytes(Path file) throws IOException {
        long length;
        try {
            length = Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
        try {
            Object blocks = Files.getAttribute(file, "unix:blocks");
            return blocks instanceof Long n ? Math.min(length, n * BLOCK) : length;
        } catch (UnsupportedOperationException | IllegalArgumentException | NoSuchFileException e) {
            return length;
        }
    }
}
