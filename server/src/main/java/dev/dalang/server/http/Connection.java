package dev.dalang.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, between the web server and its socket.
 *
 * <p><b>Slow clients.</b> Whoever waits for the client, to read or to write, has a deadline; a thread that is still waiting
 * then is interrupted, which closes the socket. A request's line and headers have a time for all of them, a body must keep up
 * a least rate, and each piece of an answer must be taken in time.
 *
 * <p><b>Clients that leave.</b> While a request is being answered nobody reads, so nobody would see the end. When asked to
 * {@link #watch}, another thread reads ahead: what comes is kept for the next request, and the end is told at once.
 */
final class Connection implements ConnectionContext, ServerConnection, InterruptableTask<Void> {

    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    /** Whose requests this thread reads and answers. */
    static final ScopedValue<Connection> CURRENT = ScopedValue.newInstance();

    /** More than this a client may not send ahead of an answer; then its leaving is noticed by the next write alone. */
    private static final int MOST_AHEAD = 64 << 10;

    /** A body that is slower for long is no body. */
    private static final long LEAST_BYTES_PER_SECOND = 4096;

    private enum Phase {
        IDLE,
        HEAD,
        BODY,
        WORK,
        LINGER
    }

    /** A thread that waits for the client. */
    private record Waiting(Thread thread, long deadline) {}

    private final ConnectionContext ctx;
    private final HelidonSocket socket;
    private final HttpSettings.Limits limits;
    private final Set<Connection> open;
    private final DataReader reader = DataReader.create(this::next);
    private final DataWriter writer;
    private @Nullable ServerConnection delegate;

    // All below under this object's lock.
    private Phase phase = Phase.IDLE;
    private long phaseBegan = System.nanoTime();
    private long bodyBytes;
    private final Deque<byte[]> ahead = new ArrayDeque<>();
    private int aheadBytes;
    private boolean ended;
    private @Nullable RuntimeException failure;
    private boolean watching;
    private @Nullable Runnable gone;
    private @Nullable Waiting reading;
    private @Nullable Waiting writing;
    private boolean late;
    private boolean lingers;

    /** Something has come; over TLS that means that the handshake is done. */
    private boolean greeted;

    Connection(ConnectionContext ctx, HttpSettings.Limits limits, Set<Connection> open) {
        this.ctx = ctx;
        this.socket = ctx.serverSocket();
        this.limits = limits;
        this.open = open;
        this.writer = new Timed(ctx.dataWriter());
    }

    void serve(ServerConnection connection) {
        delegate = connection;
    }

    private ServerConnection delegate() {
        if (delegate == null) throw new IllegalStateException("not served yet");
        return delegate;
    }

    // ---- what the endpoints' side asks for

    /** The request's headers are read. */
    synchronized void beginBody() {
        phase = Phase.BODY;
        phaseBegan = System.nanoTime();
        bodyBytes = 0;
    }

    /** The request's body is read; from now on the client only waits. */
    synchronized void beginWork() {
        phase = Phase.WORK;
    }

    /** Calls {@code action} when the client leaves before {@link #endRequest}. The body must have been read. */
    void watch(Runnable action) {
        boolean start;
        boolean over;
        synchronized (this) {
            over = ended || failure != null;
            gone = action;
            start = !over && !watching && aheadBytes < MOST_AHEAD;
            if (start) watching = true;
        }
        if (over) action.run();
        if (start) Thread.ofVirtual().name("dalang-watch").start(this::readAhead);
    }

    /** The request is answered. */
    synchronized void endRequest() {
        gone = null;
        phase = Phase.IDLE;
        phaseBegan = System.nanoTime();
    }

    /** The answer that is being given refuses a body that is still on its way. */
    synchronized void linger() {
        lingers = true;
    }

    /**
     * Takes what a refused client still sends, and throws it away, until it has read the answer and closes. Were the socket
     * closed first, the system would answer the rest with a reset, and that may overtake the refusal (RFC 9112, 9.6).
     * It has as long as a request's head may take.
     */
    private void takeTheRest() {
        synchronized (this) {
            if (!lingers || ended || failure != null) return;
            phase = Phase.LINGER;
            phaseBegan = System.nanoTime();
        }
        try {
            byte[] thrownAway;
            do thrownAway = next();
            while (thrownAway != null);
        } catch (RuntimeException gone) {
            LOG.log(Level.DEBUG, "a refused client left before it had sent all", gone);
        }
    }

    private void readAhead() {
        while (true) {
            byte[] bytes = null;
            RuntimeException broken = null;
            try {
                bytes = socket.get();
            } catch (RuntimeException e) {
                broken = e;
            }
            Runnable tell = null;
            boolean more;
            synchronized (this) {
                if (bytes == null) {
                    ended = broken == null;
                    failure = broken;
                    tell = gone;
                    more = false;
                } else {
                    ahead.add(bytes);
                    aheadBytes += bytes.length;
                    more = gone != null && aheadBytes < MOST_AHEAD;
                }
                watching = more;
                notifyAll();
            }
            if (tell != null) tell.run();
            if (!more) return;
        }
    }

    // ---- reading

    /** The next bytes for the web server's parser; null at the end. */
    private byte @Nullable [] next() {
        synchronized (this) {
            if (phase == Phase.IDLE && !ahead.isEmpty()) began();
            while (ahead.isEmpty() && watching) {
                reading = new Waiting(Thread.currentThread(), readDeadline());
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new ServerConnectionException(late ? "the client is too slow" : "the server stops", e);
                } finally {
                    reading = null;
                }
            }
            byte[] first = ahead.poll();
            if (first != null) {
                aheadBytes -= first.length;
                return arrived(first);
            }
            if (ended) return null;
            if (failure != null) throw new ServerConnectionException("the connection broke", failure);
            reading = new Waiting(Thread.currentThread(), readDeadline());
        }
        try {
            byte[] bytes = socket.get();
            synchronized (this) {
                return bytes == null ? null : arrived(bytes);
            }
        } catch (UncheckedIOException e) {
            throw new ServerConnectionException(late() ? "the client is too slow" : "the connection broke", e);
        } finally {
            synchronized (this) {
                reading = null;
            }
        }
    }

    private byte[] arrived(byte[] bytes) {
        if (phase == Phase.IDLE) began();
        if (phase == Phase.BODY) bodyBytes += bytes.length;
        return bytes;
    }

    private void began() {
        greeted = true;
        phase = Phase.HEAD;
        phaseBegan = System.nanoTime();
    }

    private synchronized boolean late() {
        return late;
    }

    private long readDeadline() {
        long now = System.nanoTime();
        return switch (phase) {
            // A handshake that never comes must not pass for an idle connection.
            case IDLE -> phaseBegan + (ctx.isSecure() && !greeted ? limits.head() : limits.idle()).toNanos();
            case HEAD -> phaseBegan + limits.head().toNanos();
            case BODY ->
                Math.min(
                        now + limits.stall().toNanos(),
                        phaseBegan + limits.stall().toNanos() + 1_000_000_000L * (bodyBytes / LEAST_BYTES_PER_SECOND));
            case WORK -> now + limits.stall().toNanos();
            case LINGER -> phaseBegan + limits.head().toNanos();
        };
    }

    /** Interrupts whoever has waited for the client for too long. */
    synchronized void endIfLate(long now) {
        boolean readsLate = reading != null && now - reading.deadline > 0;
        boolean writesLate = writing != null && now - writing.deadline > 0;
        if (readsLate && reading != null) {
            late = true;
            reading.thread.interrupt();
        }
        if (writesLate && writing != null) {
            late = true;
            writing.thread.interrupt();
        }
    }

    // ---- writing

    /** Writes with a deadline. One thread writes at a time: the answer's stream sees to that. */
    private final class Timed implements DataWriter {
        private final DataWriter to;

        Timed(DataWriter to) {
            this.to = to;
        }

        private void timed(Runnable write) {
            synchronized (Connection.this) {
                writing = new Waiting(
                        Thread.currentThread(),
                        System.nanoTime() + limits.stall().toNanos());
            }
            try {
                write.run();
            } finally {
                synchronized (Connection.this) {
                    writing = null;
                }
            }
        }

        @Override
        public void write(BufferData... buffers) {
            timed(() -> to.write(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            timed(() -> to.write(buffer));
        }

        @Override
        public void writeNow(BufferData... buffers) {
            timed(() -> to.writeNow(buffers));
        }

        @Override
        public void writeNow(BufferData buffer) {
            timed(() -> to.writeNow(buffer));
        }

        @Override
        public void flush() {
            timed(to::flush);
        }

        @Override
        public void close() {
            to.close();
        }
    }

    // ---- the web server's side

    @Override
    public void handle(Limit limit) throws InterruptedException {
        try {
            ScopedValue.where(CURRENT, this).call(() -> {
                try {
                    delegate().handle(limit);
                } finally {
                    takeTheRest();
                }
                return true;
            });
        } finally {
            open.remove(this);
        }
    }

    @Override
    public boolean canInterrupt() {
        return delegate() instanceof InterruptableTask<?> task && task.canInterrupt();
    }

    @Override
    public Duration idleTime() {
        return delegate().idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        delegate().close(interrupt);
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public ListenerContext listenerContext() {
        return ctx.listenerContext();
    }

    @Override
    public ExecutorService executor() {
        return ctx.executor();
    }

    @Override
    public Router router() {
        return ctx.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
        return ctx.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
        return socket;
    }

    @Override
    public PeerInfo remotePeer() {
        return ctx.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return ctx.localPeer();
    }

    @Override
    public boolean isSecure() {
        return ctx.isSecure();
    }

    @Override
    public String socketId() {
        return ctx.socketId();
    }

    @Override
    public String childSocketId() {
        return ctx.childSocketId();
    }
}
