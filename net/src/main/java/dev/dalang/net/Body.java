package dev.dalang.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

/** The bytes of an answer as they come: counted, held to a length and a speed, and given up when none come. */
final class Body extends InputStream {
    private static final long NOT_READING = Long.MAX_VALUE;

    private final Incoming in;
    private final URI address;
    private final long maxBytes;
    private final Bandwidth bandwidth;
    private final Limits limits;
    private final Abort abort;
    /** On the clock of {@link System#nanoTime}, when the reader that waits now will have waited too long. */
    private final AtomicLong deadline = new AtomicLong(NOT_READING);

    /** How long the reader that waits now may wait. */
    private volatile long waitNanos;

    private volatile boolean stalled;
    private volatile long count;

    /**
     * @param firstNanos to the first byte
     * @param gapNanos the longest silence after it
     * @param end of all patience, on the clock of {@link System#nanoTime}
     * @param totalNanos that the end was set to, for the message
     */
    record Limits(long firstNanos, long gapNanos, long end, long totalNanos) {}

    Body(Incoming in, URI address, long maxBytes, Bandwidth bandwidth, Limits limits, Abort abort) {
        this.in = in;
        this.address = address;
        this.maxBytes = maxBytes;
        this.bandwidth = bandwidth;
        this.limits = limits;
        this.abort = abort;
    }

    long count() {
        return count;
    }

    /** Called now and then by the watch. */
    void giveUpWhenStalled(long now) {
        long until = deadline.get();
        if (until == NOT_READING || now - until < 0) return;
        stalled = true;
        breakOff();
    }

    /** Has a reader on another thread fail. */
    void breakOff() {
        in.close();
    }

    /** @see Incoming#leave */
    boolean leave() {
        return in.leave();
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
        long now = System.nanoTime();
        waitNanos = Math.min(count == 0 ? limits.firstNanos() : limits.gapNanos(), limits.end() - now);
        deadline.set(now + waitNanos);
        try {
            n = in.read(into, from, bandwidth.portion(length));
        } catch (IOException e) {
            if (abort.aborted()) throw abort.broken(address.getHost());
            if (stalled) throw stall();
            throw Problems.inBody(e, address);
        } finally {
            deadline.set(NOT_READING);
        }
        if (abort.aborted()) throw abort.broken(address.getHost());
        if (stalled) throw stall();
        if (n < 0) return n;
        long sum = count + n; // one thread reads, others look
        count = sum;
        if (sum > maxBytes) throw tooLarge(address, maxBytes);
        bandwidth.took(n);
        return n;
    }

    @Override
    public void close() {
        in.close();
    }

    static NetException tooLarge(URI address, long maxBytes) {
        return new NetException(
                NetException.Kind.TOO_LARGE,
                "the answer of " + address.getHost() + " is longer than the " + maxBytes + " bytes that it may have");
    }

    private NetException stall() {
        String host = address.getHost();
        if (limits.end() - System.nanoTime() <= 0) {
            return new NetException(
                    NetException.Kind.TIMEOUT,
                    host + "'s answer did not end within " + seconds(limits.totalNanos()) + " s");
        }
        return new NetException(
                NetException.Kind.STALLED,
                count == 0
                        ? host + " sent nothing for " + seconds(waitNanos) + " s after the head of its answer"
                        : host + " sent nothing for " + seconds(waitNanos) + " s, within an answer");
    }

    private static long seconds(long nanos) {
        return Math.round(nanos / 1e9);
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
