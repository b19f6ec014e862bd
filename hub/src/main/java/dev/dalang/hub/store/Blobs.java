package dev.dalang.hub.store;

import dev.dalang.api.DalangException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Bytes on their way to become a blob of the store. */
final class Blobs {
    private static final int BUFFER_BYTES = 1 << 18;

    private Blobs() {}

    /** Writes a file. */
    @FunctionalInterface
    interface Writer {
        void write(Path file) throws IOException;
    }

    /** @param bytes its length */
    record Blob(Digest digest, long bytes) {}

    /**
     * Takes bytes in, under the digest that they turn out to have.
     *
     * @param expected the digest that they must have, or null
     * @param claim that keeps them
     * @param taken is told how many bytes came in, again and again
     * @throws DalangException (invalid request) if they have another digest; nothing of them is kept
     */
    static Blob take(Store store, InputStream in, @Nullable Digest expected, Claim claim, LongConsumer taken)
            throws IOException {
        // A key of its own: when it is interrupted there is nothing to resume, and what is there is garbage.
        try (Partial partial =
                store.partial(Digest.of(UUID.randomUUID().toString())).orElseThrow()) {
            MessageDigest sha = Digest.sha256();
            long bytes = 0;
            byte[] buffer = new byte[BUFFER_BYTES];
            try (OutputStream out = Files.newOutputStream(partial.data())) {
                for (int n; (n = in.read(buffer)) >= 0; ) {
                    sha.update(buffer, 0, n);
                    out.write(buffer, 0, n);
                    bytes += n;
                    taken.accept(n);
                }
            } catch (IOException | RuntimeException e) {
                partial.reset();
                throw e;
            }
            Digest digest = Digest.finish(sha);
            if (expected != null && !expected.equals(digest)) {
                partial.reset();
                throw DalangException.invalidRequest(
                        "the bytes have the digest " + digest + ", not " + expected + "; nothing was kept", "digest");
            }
            partial.finish(digest, claim);
            return new Blob(digest, bytes);
        }
    }

    /** A file that somebody writes. */
    static Blob make(Store store, Claim claim, Writer writer) throws IOException {
        try (Partial partial =
                store.partial(Digest.of(UUID.randomUUID().toString())).orElseThrow()) {
            try {
                writer.write(partial.data());
            } catch (IOException | RuntimeException e) {
                partial.reset();
                throw e;
            }
            Digest digest = Digest.of(partial.data());
            long bytes = Files.size(partial.data());
            partial.finish(digest, claim);
            return new Blob(digest, bytes);
        }
    }
}
