package dev.dalang.net;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An answer's bytes as they come, for one reader: {@link Body}. Unlike the JDK's own ({@code BodySubscribers.ofInputStream}) it lets
 * several pieces come before the reader asks for more: there each piece is asked for by itself, which wakes the client's
 * thread once more for each, and an answer of a model comes in hundreds of small ones. What a slow reader leaves lying is
 * bounded by {@link #AHEAD} reads of the client, of 16 KiB each.
 */
final class Incoming implements HttpResponse.BodySubscriber<Incoming> {

    private static final int AHEAD = 8;

    /** Of an answer that nobody reads on: beyond its last words, a new connection is cheaper than the rest. */
    private static final int REST_BYTES = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // The lock's:
    private final ArrayDeque<List<ByteBuffer>> pieces = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private @Nullable Throwable failure;
    private boolean complete;
    private boolean closed;
    private boolean left;
    private int rest;
    /** Taken by the reader and not yet asked for anew. */
    private int taken;

    // The reader's:
    private List<ByteBuffer> piece = List.of();
    private int next;

    @Override
    public CompletionStage<Incoming> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        boolean wanted;
        lock.lock();
        try {
            wanted = !closed && subscription == null;
            if (wanted) subscription = s;
        } finally {
            lock.unlock();
        }
        // Outside the lock, as pieces may come at once, on this thread.
        if (wanted) s.request(AHEAD);
        else s.cancel();
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription more;
        lock.lock();
        try {
            if (closed) return;
            if (!left) {
                pieces.add(buffers);
                changed.signal();
                return;
            }
            forget(buffers);
            more = rest > REST_BYTES ? null : subscription;
        } finally {
            lock.unlock();
        }
        if (more == null) close();
        else more.request(1);
    }

    private void forget(List<ByteBuffer> buffers) {
        for (ByteBuffer b : buffers) rest += b.remaining();
    }

    @Override
    public void onError(Throwable thrown) {
        end(thrown);
    }

    @Override
    public void onComplete() {
        end(null);
    }

    private void end(@Nullable Throwable thrown) {
        lock.lock();
        try {
            failure = thrown;
            complete = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for at least one byte, as {@link java.io.InputStream#read(byte[], int, int)}. */
    int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) return 0;
        ByteBuffer bytes = current();
        if (bytes == null) return -1;
        int n = Math.min(length, bytes.remaining());
        bytes.get(into, from, n);
        return n;
    }

    /** Bytes that are there, after a wait where none are; null at the end. */
    private @Nullable ByteBuffer current() throws IOException {
        while (true) {
            List<ByteBuffer> here = piece; // who leaves may be on another thread
            for (; next < here.size(); next++) {
                ByteBuffer bytes = here.get(next);
                if (bytes.hasRemaining()) return bytes;
            }
            forgetPiece();
            next = 0;
            List<ByteBuffer> more = take();
            if (more == null) return null;
            piece = more;
        }
    }

    /** The JDK's client keeps an answer for as long as its connection; the bytes need not be kept. */
    private void forgetPiece() {
        piece = List.of();
    }

    private @Nullable List<ByteBuffer> take() throws IOException {
        List<ByteBuffer> first;
        Flow.Subscription ask = null;
        int more = 0;
        lock.lock();
        try {
            while (!closed && !left && pieces.isEmpty() && !complete) changed.await();
            if (closed || left) throw new IOException("closed");
            first = pieces.poll();
            if (first == null) {
                if (failure != null) throw new IOException(failure.getMessage(), failure);
                return null;
            }
            if (++taken >= AHEAD / 2 && !complete) {
                ask = subscription;
                more = taken;
                taken = 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("interrupted", e);
        } finally {
            lock.unlock();
        }
        if (ask != null) ask.request(more);
        return first;
    }

    /**
     * Nobody reads on. What still comes is thrown away, as the connection can be used again once the answer has ended: its
     * last words often come after those that a reader needs.
     *
     * @return whether the end is still to come; it is not waited for beyond some 64 KiB, and the caller sees to the time
     */
    boolean leave() {
        Flow.Subscription ask;
        int more;
        forgetPiece();
        lock.lock();
        try {
            if (closed || complete) return false;
            left = true;
            more = taken + pieces.size();
            taken = 0;
            pieces.forEach(this::forget);
            pieces.clear();
            changed.signalAll();
            ask = rest > REST_BYTES ? null : subscription;
        } finally {
            lock.unlock();
        }
        if (ask == null) {
            close();
            return false;
        }
        if (more > 0) ask.request(more);
        return true;
    }

    /** Has a reader on another thread fail, and the connection given up where the answer is not complete. */
    void close() {
        Flow.Subscription s;
        lock.lock();
        try {
            if (closed) return;
            closed = true;
            pieces.clear();
            s = complete ? null : subscription; // the JDK's client makes an exception of each that is cancelled
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (s != null) s.cancel();
    }
}
