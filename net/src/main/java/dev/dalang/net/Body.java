package dev.dalang.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

/** The bytes of an answer as they come: counted, held to a length and a speed, and given up when none come. */
final class Body extends InputStream {
    private static final long NOT_READING = Long.MAX_VALUE;

    private final InputStream in;
    private final URI address;
    private final long maxBytes;
    private final Bandwidth bandwidth;
    private final long stallNanos;
    /** On the clock of {@link System#nanoTime}, when the reader that waits now will have waited too long. */
    private final AtomicLong deadline = new AtomicLong(NOT_READING);

    private volatile boolean stalled;
    private volatile long count;

    Body(InputStream in, URI address, long maxBytes, Bandwidth bandwidth, long stallNanos) {
        this.in = in;
        this.address = address;
        this.maxBytes = maxBytes;
        this.bandwidth = bandwidth;
        this.stallNanos = stallNanos;
    }

    long count() {
        return count;
    }

    /** Called now and then by the watch. */
    void giveUpWhenStalled(long now) {
        long until = deadline.get();
        if (until == NOT_READING || now - until < 0) return;
        stalled = true;
        try {
            in.close();
        } catch (IOException e) {
            // The reader hears of the stall.
            return;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) return 0;
        int n;
        deadline.set(System.nanoTime() + stallNanos);
        try {
            n = in.read(into, from, bandwidth.portion(length));
        } catch (IOException e) {
            if (stalled) throw stall();
            throw Problems.inBody(e, address);
        } finally {
            deadline.set(NOT_READING);
        }
        if (stalled) throw stall();
        if (n < 0) return n;
        long sum = count + n; // one thread reads, others look
        count = sum;
        if (sum > maxBytes) throw tooLarge(address, maxBytes);
        bandwidth.took(n);
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    static NetException tooLarge(URI address, long maxBytes) {
        return new NetException(
                NetException.Kind.TOO_LARGE,
                "the answer of " + address.getHost() + " is longer than the " + maxBytes + " bytes that it may have");
    }

    private NetException stall() {
        return new NetException(
                NetException.Kind.STALLED,
                address.getHost() + " sent nothing for " + stallNanos / 1_000_000_000L + " s, within an answer");
    }

    /** What a packed answer unpacks to, held to a length. */
    static final class Unpacked extends InputStream {
        private final InputStream in;
        private final URI address;
        private final long maxBytes;
        private long count;

        Unpacked(InputStream in, URI address, long maxBytes) {
            this.in = in;
            this.address = address;
            this.maxBytes = maxBytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int n;
            try {
                n = in.read(into, from, length);
            } catch (IOException e) {
                throw Problems.inPacking(e, address);
            }
            if (n > 0) count += n;
            if (count > maxBytes) throw tooLarge(address, maxBytes);
            return n;
        }
    }
}
