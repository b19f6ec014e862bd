package dev.dalang.bench.load;

import dev.dalang.bench.load.Asking.Answer;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Many clients at once against a server that speaks OpenAI's chat completions: tokens a second, and how long the first takes. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description = "Put a server under load that speaks OpenAI's chat completions, and measure it from outside.")
public final class Load implements Callable<Integer> {

    private static final int SHORT_WORDS = 24;
    private static final int LONG_WORDS = 1000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Mixin
    Target target = new Target();

    @Option(names = "--clients", paramLabel = "N", description = "Clients at once. Default: ${DEFAULT-VALUE}.")
    int clients = 8;

    @Option(names = "--requests", paramLabel = "N", description = "Requests in all. Default: four for each client.")
    int requests;

    @Option(
            names = "--prompt",
            paramLabel = "WORDS",
            description = "short (24 words), long (1000 words) or a number of words. Default: ${DEFAULT-VALUE}.")
    String prompt = "short";

    @Option(
            names = "--shared-system",
            paramLabel = "WORDS",
            description = "Words of a system prompt that all requests share. Default: none.")
    int shared;

    @Option(names = "--json-schema", description = "Answers are JSON by a schema.")
    boolean schema;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Of an answer. Default: ${DEFAULT-VALUE}.")
    int maxTokens = 64;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Requests before, not counted. Default: ${DEFAULT-VALUE}.")
    int warmup = 2;

    @Option(names = "--seed", paramLabel = "N", description = "Of the prompts' words. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Option(
            names = "--body",
            paramLabel = "JSON",
            description = "Further members of each request, like {\"logit_bias\":{\"2\":-100}}.")
    @Nullable
    String more;

    @Option(names = "--json", description = "One line of JSON.")
    boolean json;

    private Load() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Load()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        int words = words();
        int all = requests > 0 ? requests : 4 * clients;
        Questions questions = new Questions(target.model, words, shared, maxTokens, schema, seed, more);
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(20))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build()) {
            Asking asking = new Asking(client, target);
            // Numbers below those of the run: what the warm-up leaves in a cache helps nobody but by the shared prompt.
            for (int i = 1; i <= warmup; i++) require(asking.ask(questions.body(-i, true)));
            List<Answer> answers = run(asking, questions, all);
            report(answers, all);
            return answers.stream().anyMatch(a -> a.problem() != null) ? 1 : 0;
        }
    }

    private int words() {
        int words = switch (prompt) {
            case "short" -> SHORT_WORDS;
            case "long" -> LONG_WORDS;
            default -> prompt.matches("[1-9]\\d{0,5}") ? Integer.parseInt(prompt) : 0;
        };
        if (words == 0 || clients < 1 || maxTokens < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--prompt is short, long or a number of words; --clients and --max-tokens are 1 or more");
        }
        return words;
    }

    private static void require(Answer answer) {
        if (answer.problem() != null) throw new IllegalStateException("the warm-up failed: " + answer.problem());
    }

    /** Each client asks its next question when its last is answered. */
    private List<Answer> run(Asking asking, Questions questions, int all) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
        CountDownLatch begin = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(clients);
        for (int c = 0; c < clients; c++) {
            Thread.ofVirtual().start(() -> {
                try {
                    begin.await();
                    for (int n; (n = next.getAndIncrement()) < all; ) answers.add(asking.ask(questions.body(n, true)));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    over.countDown();
                }
            });
        }
        begin.countDown();
        over.await();
        return List.copyOf(answers);
    }

    private void report(List<Answer> answers, int all) {
        List<Answer> good = answers.stream().filter(a -> a.problem() == null).toList();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        answers.stream().filter(a -> a.problem() != null).limit(5).forEach(a -> err.println("failed: " + a.problem()));
        if (good.size() < all) err.println(all - good.size() + " of " + all + " requests failed");
        if (good.isEmpty()) return;
        if (good.stream().anyMatch(a -> !a.counted()))
            err.println("the server does not count tokens: its pieces are counted");
        double seconds = (answers.stream().mapToLong(Answer::endNanos).max().orElseThrow()
                        - answers.stream().mapToLong(Answer::startNanos).min().orElseThrow())
                / 1e9;
        long written = good.stream().mapToLong(Answer::answerTokens).sum();
        long read = good.stream().mapToLong(Answer::promptTokens).sum();
        long cached = good.stream().mapToLong(Answer::cachedTokens).sum();
        double[] first =
                sorted(good, a -> ((a.firstNanos() == 0 ? a.endNanos() : a.firstNanos()) - a.startNanos()) / 1e9);
        double[] whole = sorted(good, a -> (a.endNanos() - a.startNanos()) / 1e9);
        if (json) {
            ObjectNode o = new JsonMapper().createObjectNode();
            o.put("clients", clients)
                    .put("requests", all)
                    .put("failed", all - good.size())
                    .put("seconds", seconds);
            o.put("prompt_tokens", read).put("cached_tokens", cached).put("answer_tokens", written);
            o.put("answer_tokens_per_second", written / seconds);
            o.put("total_tokens_per_second", (written + read) / seconds);
            o.put("first_token_p50", at(first, 0.5)).put("first_token_p95", at(first, 0.95));
            o.put("first_token_max", at(first, 1));
            o.put("answer_p50", at(whole, 0.5)).put("answer_p95", at(whole, 0.95));
            out.println(o);
        } else {
            out.printf(
                    Locale.ROOT,
                    "%d clients, %d requests in %.2f s: %d tokens read (%d from a cache), %d written%n"
                            + "  written %.1f tokens/s, with those read %.1f tokens/s%n"
                            + "  first token p50 %.3f s, p95 %.3f s, max %.3f s; whole answer p50 %.3f s, p95 %.3f s%n",
                    clients,
                    all,
                    seconds,
                    read,
                    cached,
                    written,
                    written / seconds,
                    (written + read) / seconds,
                    at(first, 0.5),
                    at(first, 0.95),
                    at(first, 1),
                    at(whole, 0.5),
                    at(whole, 0.95));
        }
        out.flush();
    }

    private static double[] sorted(List<Answer> answers, ToDoubleFunction<Answer> value) {
        double[] all = answers.stream().mapToDouble(value).toArray();
        Arrays.sort(all);
        return all;
    }

    /** The nearest rank. */
    private static double at(double[] sorted, double share) {
        return sorted[Math.clamp((int) Math.ceil(share * sorted.length) - 1, 0, sorted.length - 1)];
    }
}
