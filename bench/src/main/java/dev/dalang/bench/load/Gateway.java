package dev.dalang.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What the way through a server of ours adds to a hosted model's answers: the same requests at the same rate go to the
 * {@link Upstream} directly and through the server in turn, whether answers come or not (an open loop, so that a slow
 * server cannot slow down those who ask it). With {@code --streams} that many answers are under way at once instead, and
 * the server's memory is what counts.
 */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        description = "Measure what the way through a Dalang server adds to a hosted model's answers.")
public final class Gateway implements Callable<Integer> {

    private static final int BUFFER = 8 << 10;

    /** Seconds after which the way without a server is as fast as it becomes. */
    private static final int WARM_DIRECT = 10;

    private static final byte[] OVER = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String WORD = "\"content\":\" word\"";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Mixin
    Target target = new Target();

    @Option(names = "--direct", paramLabel = "URL", required = true, description = "The upstream's address.")
    @SuppressWarnings("NullAway.Init") // picocli's
    URI direct;

    @Option(names = "--rate", paramLabel = "N", description = "Requests a second. Default: ${DEFAULT-VALUE}.")
    int rate = 500;

    @Option(names = "--seconds", paramLabel = "N", description = "Of each turn. Default: ${DEFAULT-VALUE}.")
    int seconds = 10;

    @Option(names = "--turns", paramLabel = "N", description = "Of each way. Default: ${DEFAULT-VALUE}.")
    int turns = 3;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "Through the server before that, as one that has run for a while is measured. Default: ${DEFAULT-VALUE}.")
    int warmUp = 30;

    @Option(names = "--streams", paramLabel = "N", description = "Answers at once, instead of a rate.")
    int streams;

    private Gateway() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Gateway()).execute(args));
    }

    /** When an answer was due to be asked for, and when its parts came, in nanoseconds; {@code problem} if it did not. */
    private record Answer(
            long due, long first, long end, @Nullable String problem) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 1 || seconds < 1 || turns < 1 || streams < 0 || warmUp < 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--rate, --seconds and --turns are 1 or more, --streams and --warm-up 0 or more");
        }
        Way there = new Way(direct, "word", null);
        Way through = new Way(target.url, target.model, target.secret());
        return streams > 0 ? atOnce(through) : inTurn(there, through);
    }

    private int inTurn(Way there, Way through) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<Answer> direct = new ArrayList<>();
        List<Answer> added = new ArrayList<>();
        // Connections, compiled code.
        run(there, Math.min(warmUp, WARM_DIRECT));
        run(through, warmUp);
        for (int turn = 0; turn < turns; turn++) {
            direct.addAll(run(there, seconds));
            added.addAll(run(through, seconds));
        }
        report(out, "directly", direct);
        report(out, "through the server", added);
        out.printf(
                Locale.ROOT,
                "added: first piece p50 %.2f ms, p99 %.2f ms; whole answer p50 %.2f ms, p99 %.2f ms%n",
                at(added, a -> a.first - a.due, 0.5) - at(direct, a -> a.first - a.due, 0.5),
                at(added, a -> a.first - a.due, 0.99) - at(direct, a -> a.first - a.due, 0.99),
                at(added, a -> a.end - a.due, 0.5) - at(direct, a -> a.end - a.due, 0.5),
                at(added, a -> a.end - a.due, 0.99) - at(direct, a -> a.end - a.due, 0.99));
        out.flush();
        return direct.stream().anyMatch(a -> a.problem != null)
                        || added.stream().anyMatch(a -> a.problem != null)
                ? 1
                : 0;
    }

    private void report(PrintWriter out, String way, List<Answer> answers) {
        List<Answer> failed = answers.stream().filter(a -> a.problem != null).toList();
        out.printf(
                Locale.ROOT,
                "%s: %d answers, %d failed; first piece p50 %.2f ms, p99 %.2f ms; whole answer p50 %.2f ms, p99 %.2f ms%n",
                way,
                answers.size(),
                failed.size(),
                at(answers, a -> a.first - a.due, 0.5),
                at(answers, a -> a.first - a.due, 0.99),
                at(answers, a -> a.end - a.due, 0.5),
                at(answers, a -> a.end - a.due, 0.99));
        failed.stream().limit(3).forEach(a -> out.println("  failed: " + a.problem));
    }

    /** The nearest rank among the good ones, in milliseconds. */
    private static double at(List<Answer> answers, ToLongFunction<Answer> value, double share) {
        long[] all = answers.stream()
                .filter(a -> a.problem == null)
                .mapToLong(value)
                .sorted()
                .toArray();
        if (all.length == 0) return Double.NaN;
        return all[Math.clamp((int) Math.ceil(share * all.length) - 1, 0, all.length - 1)] / 1e6;
    }

    private List<Answer> run(Way way, int seconds) throws InterruptedException {
        int count = rate * seconds;
        ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
        CountDownLatch over = new CountDownLatch(count);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = begin + i * 1_000_000_000L / rate;
            for (long left; (left = due - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
            Thread.ofVirtual().start(() -> {
                answers.add(way.ask(due));
                over.countDown();
            });
        }
        over.await();
        return List.copyOf(answers);
    }

    private int atOnce(Way through) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build()) {
            ServerProcess server = new ServerProcess(client, target);
            require(through.ask(System.nanoTime()));
            long before = server.residentBytes();
            ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
            CountDownLatch over = new CountDownLatch(streams);
            for (int i = 0; i < streams; i++) {
                Thread.ofVirtual().start(() -> {
                    answers.add(through.ask(System.nanoTime()));
                    over.countDown();
                });
                // Not all in one moment: a backlog of connections is the system's, not the server's.
                if (i % 10 == 9) Thread.sleep(5);
            }
            long most = before;
            long under = 0;
            while (!over.await(200, TimeUnit.MILLISECONDS)) {
                most = Math.max(most, server.residentBytes());
                under = Math.max(under, through.begun());
            }
            long failed = answers.stream().filter(a -> a.problem != null).count();
            out.printf(
                    Locale.ROOT,
                    "%d streams, %d under way at once at most, %d failed: %.1f MiB before, %.1f MiB at most%n",
                    streams,
                    under,
                    failed,
                    before / 1048576.0,
                    most / 1048576.0);
            answers.stream()
                    .filter(a -> a.problem != null)
                    .limit(3)
                    .forEach(a -> out.println("  failed: " + a.problem));
            out.flush();
            return failed == 0 ? 0 : 1;
        }
    }

    private static void require(Answer answer) {
        if (answer.problem != null) throw new IllegalStateException("the first question failed: " + answer.problem);
    }

    /** One of the two ways, with connections that are kept: sockets alone, so that the client takes little for itself. */
    private static final class Way {
        private final InetSocketAddress address;
        private final byte[] request;
        private final ConcurrentLinkedDeque<Socket> idle = new ConcurrentLinkedDeque<>();
        private final AtomicInteger begun = new AtomicInteger();

        Way(URI url, String model, @Nullable String key) {
            this.address = new InetSocketAddress(url.getHost(), url.getPort());
            String body = "{\"model\":\"" + model
                    + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_tokens\":64,\"messages\":"
                    + "[{\"role\":\"user\",\"content\":\"Say some words, please.\"}]}";
            this.request = ("POST /v1/chat/completions HTTP/1.1\r\nHost: " + url.getAuthority()
                            + "\r\nContent-Type: application/json\r\n"
                            + (key == null ? "" : "Authorization: Bearer " + key + "\r\n")
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII);
        }

        /** Answers whose first piece has come and whose last has not. */
        int begun() {
            return begun.get();
        }

        Answer ask(long due) {
            Socket socket = idle.pollFirst();
            try {
                if (socket == null) {
                    socket = new Socket();
                    socket.setTcpNoDelay(true);
                    socket.connect(address, 20_000);
                    socket.setSoTimeout(120_000);
                }
                socket.getOutputStream().write(request);
                Answer answer = read(socket.getInputStream(), due);
                idle.addFirst(socket);
                return answer;
            } catch (IOException e) {
                if (socket != null) close(socket);
                return new Answer(due, 0, System.nanoTime(), e.toString());
            }
        }

        private Answer read(InputStream in, long due) throws IOException {
            byte[] buffer = new byte[BUFFER];
            int kept = 0;
            long first = 0;
            try {
                while (true) {
                    int n = in.read(buffer, kept, buffer.length - kept);
                    if (n < 0) throw new IOException("the stream ended before its end");
                    int length = kept + n;
                    if (first == 0) {
                        String said = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                        if (!"HTTP/1.1 200".startsWith(said.substring(0, Math.min(12, length))))
                            throw new IOException(said);
                        if (said.contains(WORD)) {
                            first = System.nanoTime();
                            begun.incrementAndGet();
                        }
                    }
                    if (endsWith(buffer, length)) {
                        if (first == 0) throw new IOException("an answer without a word");
                        return new Answer(due, first, System.nanoTime(), null);
                    }
                    kept = first == 0 ? length : Math.min(length, OVER.length);
                    if (first != 0) System.arraycopy(buffer, length - kept, buffer, 0, kept);
                    if (kept == buffer.length) throw new IOException("no word in " + kept + " bytes");
                }
            } finally {
                if (first != 0) begun.decrementAndGet();
            }
        }

        private static boolean endsWith(byte[] buffer, int length) {
            return length >= OVER.length && Arrays.equals(buffer, length - OVER.length, length, OVER, 0, OVER.length);
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                // It is of no use any more either way.
            }
        }
    }
}
