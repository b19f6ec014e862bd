package dev.dalang.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A hosted model's stand-in for measurements: it streams the same answer to whoever asks, in OpenAI's chat completions, a
 * piece at a time. One thread reads the requests and one writes the pieces when they are due, as it must take next to
 * nothing of the processor that it shares with what is measured.
 */
@Command(
        name = "upstream",
        mixinStandardHelpOptions = true,
        description = "Stream the same answer to everybody, a piece at a time.")
public final class Upstream implements Callable<Integer> {

    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d+)");
    private static final int MOST_REQUEST = 16 << 10;
    private static final long RETRY_NANOS = 1_000_000;

    @Option(names = "--pieces", paramLabel = "N", description = "Of an answer. Default: ${DEFAULT-VALUE}.")
    int pieces = 20;

    @Option(names = "--gap", paramLabel = "MS", description = "Before each piece. Default: ${DEFAULT-VALUE}.")
    int gapMillis = 5;

    @Option(names = "--address-file", paramLabel = "FILE", required = true, description = "Gets its address.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path addressFile;

    private final DelayQueue<Stream> due = new DelayQueue<>();

    private Upstream() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Upstream()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Thread.ofPlatform().daemon().name("writer").start(new Writer());
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            Path part = addressFile.resolveSibling(addressFile.getFileName() + ".part");
            Files.writeString(part, "http://127.0.0.1:" + server.socket().getLocalPort() + "/v1");
            Files.move(part, addressFile);
            while (true) {
                selector.select(key -> {
                    if (key.attachment() instanceof Requests r) r.read();
                    else accept(server, selector);
                });
            }
        }
    }

    private void accept(ServerSocketChannel server, Selector selector) {
        try {
            for (SocketChannel channel; (channel = server.accept()) != null; ) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.register(selector, SelectionKey.OP_READ, new Requests(channel));
            }
        } catch (IOException e) {
            // The one that connected is gone already.
        }
    }

    /** What a connection is asked, one request after the other. */
    private final class Requests {
        private final SocketChannel channel;
        private final byte[] bytes = new byte[MOST_REQUEST];
        private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

        Requests(SocketChannel channel) {
            this.channel = channel;
        }

        void read() {
            try {
                if (channel.read(buffer) < 0 || !buffer.hasRemaining()) {
                    channel.close();
                    return;
                }
                for (int length; (length = first()) > 0; ) {
                    due.add(new Stream(channel, System.nanoTime()));
                    buffer.flip().position(length);
                    buffer.compact();
                }
            } catch (IOException e) {
                close(channel);
            }
        }

        /** The length of the first request, if it is there whole; 0 otherwise. */
        private int first() {
            String all = new String(bytes, 0, buffer.position(), StandardCharsets.ISO_8859_1);
            int end = all.indexOf("\r\n\r\n");
            if (end < 0) return 0;
            Matcher length = LENGTH.matcher(all.substring(0, end));
            int whole = end + 4 + (length.find() ? Integer.parseInt(length.group(1)) : 0);
            return whole <= buffer.position() ? whole : 0;
        }
    }

    /** An answer on its way: its head, its pieces, and its end with the last of them. */
    private static final class Stream implements Delayed {
        private final SocketChannel channel;
        private long atNanos;
        private int written = -1;

        /** What the connection did not take at once. */
        private @Nullable ByteBuffer left;

        Stream(SocketChannel channel, long atNanos) {
            this.channel = channel;
            this.atNanos = atNanos;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.signum(atNanos - ((Stream) other).atNanos);
        }
    }

    /** Writes what is due. */
    private final class Writer implements Runnable {
        private final byte[] head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII);
        private final byte[] piece =
                event("{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}", "");
        private final byte[] end = join(
                event("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", ""),
                event(
                        "",
                        ",\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":" + pieces + ",\"total_tokens\":"
                                + (12 + pieces) + "}"),
                chunk("data: [DONE]\n\n"),
                chunk(""));

        @Override
        public void run() {
            try {
                while (true) write(due.take());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void write(Stream s) {
            ByteBuffer next = s.left;
            if (next == null) next = ByteBuffer.wrap(s.written < 0 ? head : s.written < pieces ? piece : end);
            try {
                s.channel.write(next);
            } catch (IOException e) {
                close(s.channel);
                return;
            }
            if (next.hasRemaining()) {
                s.left = next;
                s.atNanos += RETRY_NANOS;
            } else {
                s.left = null;
                if (s.written++ == pieces) return;
                // The end comes with the last piece.
                if (s.written < pieces) s.atNanos += TimeUnit.MILLISECONDS.toNanos(gapMillis);
            }
            due.add(s);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The other side went away: the stream is its own.
        }
    }

    private static byte[] event(String choice, String more) {
        return chunk(
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"word\","
                        + "\"choices\":[" + choice + "]" + more + "}\n\n");
    }

    private static byte[] chunk(String text) {
        return String.format(Locale.ROOT, "%x\r\n%s\r\n", text.length(), text).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] p : parts) length += p.length;
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] p : parts) {
            System.arraycopy(p, 0, all, at, p.length);
            at += p.length;
        }
        return all;
    }
}
