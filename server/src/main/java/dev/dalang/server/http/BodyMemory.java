package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the bodies of all requests under way may take together. A body takes its share as it comes, not when it is
 * announced: who announces much and sends nothing keeps nobody out. Nobody waits for a share; who gets none is refused.
 */
final class BodyMemory {

    private static final int PIECE_BYTES = 64 << 10;
    private static final Duration COME_BACK = Duration.ofSeconds(2);

    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    BodyMemory(long limit) {
        this.limit = limit;
    }

    /** Bytes that are taken now. */
    long taken() {
        return taken.get();
    }

    Share share() {
        return new Share();
    }

    /** What one request has. For one thread. */
    final class Share {
        private long mine;

        private Share() {}

        /**
         * Reads a whole body.
         *
         * @throws DalangException (503) if all bodies together would be too many
         */
        byte[] read(InputStream body) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] piece = new byte[8 << 10];
            for (int n; (n = body.read(piece)) >= 0; ) {
                take(n);
                all.write(piece, 0, n);
                if (piece.length < PIECE_BYTES && n == piece.length) piece = new byte[PIECE_BYTES];
            }
            return all.toByteArray();
        }

        private void take(int bytes) {
            mine += bytes;
            if (taken.addAndGet(bytes) <= limit) return;
            giveBack();
            throw new DalangException(new Failure.Overloaded(
                    "the requests under way are as large as this server takes at one time (" + (limit >> 20) + " MiB)",
                    COME_BACK));
        }

        void giveBack() {
            taken.addAndGet(-mine);
            mine = 0;
        }
    }
}
