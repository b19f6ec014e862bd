package dev.dalang.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks one address for the same streamed answer again and again, on connections that are kept. One thread reads all of
 * them: a thread for each answer would take more of a small machine than the server that is measured.
 */
final class Streams implements AutoCloseable {

    private static final int BUFFER = 8 << 10;
    private static final int CONNECT_MILLIS = 20_000;
    private static final byte[] OVER = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String WORD = "\"content\":\" word\"";

    /** When an answer was due to be asked for, and when its parts came, in nanoseconds; {@code problem} if it did not. */
    record Answer(long due, long first, long end, @Nullable String problem) {}

    private final InetSocketAddress address;
    private final byte[] request;
    private final Selector selector;
    private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger begun = new AtomicInteger();

    Streams(URI url, String model, @Nullable String key) throws IOException {
        this.address = new InetSocketAddress(url.getHost(), url.getPort());
        String body = "{\"model\":\"" + model
                + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_tokens\":64,\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"Say some words, please.\"}]}";
        this.request = ("POST /v1/chat/completions HTTP/1.1\r\nHost: " + url.getAuthority()
                        + "\r\nContent-Type: application/json\r\n"
                        + (key == null ? "" : "Authorization: Bearer " + key + "\r\n")
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
        this.selector = Selector.open();
        Thread _ = Thread.ofPlatform().daemon().name("reader").start(this::read);
    }

    /** Answers whose first piece has come and whose last has not. */
    int begun() {
        return begun.get();
    }

    /** Asks, without waiting for the answer, which is given to {@code then} on the reader's thread. */
    void ask(long due, Consumer<Answer> then) {
        Connection connection = idle.pollFirst();
        try {
            if (connection == null) connection = new Connection(connect());
            connection.ask(due, then);
        } catch (IOException e) {
            if (connection == null) then.accept(new Answer(due, 0, System.nanoTime(), e.toString()));
            else connection.fail(e);
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().connect(address, CONNECT_MILLIS);
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void read() {
        try {
            while (selector.isOpen()) selector.select(key -> ((Connection) key.attachment()).read());
        } catch (ClosedSelectorException e) {
            // Closed.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the reading; connections end with the process. */
    @Override
    public void close() throws IOException {
        selector.close();
    }

    /** One answer at a time. Asked by whoever took it from the idle ones, read by the reader. */
    private final class Connection {
        private final SocketChannel channel;
        private final byte[] bytes = new byte[BUFFER];
        private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        private int kept;
        private long due;
        private long first;

        /** Who waits for an answer; whoever takes it out gives it one, the reader or, where it cannot be asked, the asker. */
        private final AtomicReference<@Nullable Consumer<Answer>> waiting = new AtomicReference<>();

        Connection(SocketChannel channel) throws IOException {
            this.channel = channel;
            channel.register(selector, SelectionKey.OP_READ, this);
            selector.wakeup();
        }

        void ask(long due, Consumer<Answer> then) throws IOException {
            this.due = due;
            this.first = 0;
            this.kept = 0;
            waiting.set(then);
            if (channel.write(ByteBuffer.wrap(request)) < request.length)
                throw new IOException("the server does not read its requests");
        }

        void read() {
            try {
                boolean asked = waiting.get() != null;
                int n = channel.read(buffer.clear().position(kept));
                if (n < 0) throw new IOException("the stream ended before its end");
                if (n > 0 && !asked) throw new IOException("bytes that nobody asked for");
                if (n > 0) take(kept + n);
            } catch (IOException e) {
                fail(e);
            }
        }

        private void take(int length) throws IOException {
            if (first == 0) {
                String said = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
                if (!"HTTP/1.1 200".startsWith(said.substring(0, Math.min(12, length)))) throw new IOException(said);
                if (said.contains(WORD)) {
                    first = System.nanoTime();
                    begun.incrementAndGet();
                }
            }
            if (endsWith(length)) {
                if (first == 0) throw new IOException("an answer without a word");
                Consumer<Answer> asker = over();
                Answer answer = new Answer(due, first, System.nanoTime(), null);
                idle.addFirst(this);
                if (asker != null) asker.accept(answer);
                return;
            }
            kept = first == 0 ? length : Math.min(length, OVER.length);
            if (first != 0) System.arraycopy(bytes, length - kept, bytes, 0, kept);
            if (kept == bytes.length) throw new IOException("no word in " + kept + " bytes");
        }

        private @Nullable Consumer<Answer> over() {
            if (first != 0) begun.decrementAndGet();
            return waiting.getAndSet(null);
        }

        void fail(IOException e) {
            idle.remove(this);
            try {
                channel.close();
            } catch (IOException _) {
                // It is of no use any more either way.
            }
            Consumer<Answer> asker = over();
            if (asker != null) asker.accept(new Answer(due, 0, System.nanoTime(), e.toString()));
        }

        private boolean endsWith(int length) {
            return length >= OVER.length && Arrays.equals(bytes, length - OVER.length, length, OVER, 0, OVER.length);
        }
    }
}
