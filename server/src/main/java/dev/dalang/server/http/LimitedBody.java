package dev.dalang.server.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that must not be longer than it may. */
final class LimitedBody extends FilterInputStream {
    private final long limit;
    private final Runnable end;
    private long left;
    private boolean ended;

    /** @param end told once when all is read */
    LimitedBody(InputStream in, long limit, Runnable end) {
        super(in);
        this.limit = limit;
        this.left = limit;
        this.end = end;
    }

    @Override
    public int read() throws IOException {
        int b;
        try {
            b = in.read();
        } catch (NumberFormatException e) {
            throw badChunk();
        }
        if (b >= 0) count(1);
        else end();
        return b;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int n;
        try {
            n = in.read(bytes, from, length);
        } catch (NumberFormatException e) {
            throw badChunk();
        }
        if (n > 0) count(n);
        else if (n < 0) end();
        return n;
    }

    private void end() {
        if (ended) return;
        ended = true;
        end.run();
    }

    private void count(int n) {
        left -= n;
        if (left < 0) throw tooLong(limit);
    }

    /** Helidon (4.5.0) takes all of a chunk's first line for its length, and lets the JDK's complaint through. */
    private static StatusException badChunk() {
        return new StatusException(400, "a chunk of the body has a length that is no number; extensions are not read");
    }

    static StatusException tooLong(long limit) {
        return new StatusException(413, "the body is longer than " + limit + " bytes");
    }
}
