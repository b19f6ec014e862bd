package dev.dalang.bench.load;

import dev.dalang.bench.load.Streams.Answer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
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

    /** Seconds after which the way without a server is as fast as it becomes. */
    private static final int WARM_DIRECT = 10;

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

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 1 || seconds < 1 || turns < 1 || streams < 0 || warmUp < 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--rate, --seconds and --turns are 1 or more, --streams and --warm-up 0 or more");
        }
        try (Streams there = new Streams(direct, "word", null);
                Streams through = new Streams(target.url, target.model, target.secret())) {
            return streams > 0 ? atOnce(through) : inTurn(there, through);
        }
    }

    private int inTurn(Streams there, Streams through) throws InterruptedException {
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
                at(added, a -> a.first() - a.due(), 0.5) - at(direct, a -> a.first() - a.due(), 0.5),
                at(added, a -> a.first() - a.due(), 0.99) - at(direct, a -> a.first() - a.due(), 0.99),
                at(added, a -> a.end() - a.due(), 0.5) - at(direct, a -> a.end() - a.due(), 0.5),
                at(added, a -> a.end() - a.due(), 0.99) - at(direct, a -> a.end() - a.due(), 0.99));
        out.flush();
        return direct.stream().anyMatch(a -> a.problem() != null)
                        || added.stream().anyMatch(a -> a.problem() != null)
                ? 1
                : 0;
    }

    private void report(PrintWriter out, String way, List<Answer> answers) {
        List<Answer> failed = answers.stream().filter(a -> a.problem() != null).toList();
        out.printf(
                Locale.ROOT,
                "%s: %d answers, %d failed; first piece p50 %.2f ms, p99 %.2f ms; whole answer p50 %.2f ms, p99 %.2f ms%n",
                way,
                answers.size(),
                failed.size(),
                at(answers, a -> a.first() - a.due(), 0.5),
                at(answers, a -> a.first() - a.due(), 0.99),
                at(answers, a -> a.end() - a.due(), 0.5),
                at(answers, a -> a.end() - a.due(), 0.99));
        failed.stream().limit(3).forEach(a -> out.println("  failed: " + a.problem()));
    }

    /** The nearest rank among the good ones, in milliseconds. */
    private static double at(List<Answer> answers, ToLongFunction<Answer> value, double share) {
        long[] all = answers.stream()
                .filter(a -> a.problem() == null)
                .mapToLong(value)
                .sorted()
                .toArray();
        if (all.length == 0) return Double.NaN;
        return all[Math.clamp((int) Math.ceil(share * all.length) - 1, 0, all.length - 1)] / 1e6;
    }

    private List<Answer> run(Streams way, int seconds) throws InterruptedException {
        int count = rate * seconds;
        ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
        CountDownLatch over = new CountDownLatch(count);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = begin + i * 1_000_000_000L / rate;
            for (long left; (left = due - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
            way.ask(due, a -> {
                answers.add(a);
                over.countDown();
            });
        }
        over.await();
        return List.copyOf(answers);
    }

    private int atOnce(Streams through) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build()) {
            ServerProcess server = new ServerProcess(client, target);
            require(through);
            long before = server.residentBytes();
            ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
            CountDownLatch over = new CountDownLatch(streams);
            for (int i = 0; i < streams; i++) {
                through.ask(System.nanoTime(), a -> {
                    answers.add(a);
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
            long failed = answers.stream().filter(a -> a.problem() != null).count();
            out.printf(
                    Locale.ROOT,
                    "%d streams, %d under way at once at most, %d failed: %.1f MiB before, %.1f MiB at most%n",
                    streams,
                    under,
                    failed,
                    before / 1048576.0,
                    most / 1048576.0);
            answers.stream()
                    .filter(a -> a.problem() != null)
                    .limit(3)
                    .forEach(a -> out.println("  failed: " + a.problem()));
            out.flush();
            return failed == 0 ? 0 : 1;
        }
    }

    private static void require(Streams through) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        through.ask(System.nanoTime(), answer::complete);
        String problem = answer.join().problem();
        if (problem != null) throw new IllegalStateException("the first question failed: " + problem);
    }
}
