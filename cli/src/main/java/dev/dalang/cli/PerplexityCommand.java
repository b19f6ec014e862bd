package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code dalang perplexity}: how well a model predicts a text.
 *
 * <p>The measure is llama-perplexity's, so that figures compare: the text is cut into chunks of the context's length,
 * each evaluated by itself behind a begin-of-text token, and only the second half of each is scored, where every
 * prediction has at least half a context before it.
 */
@Command(name = "perplexity", description = "Measure how well a model predicts a text.")
final class PerplexityCommand implements Callable<Integer> {

    private static final int DEFAULT_CONTEXT = 512;

    @Parameters(paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "The text.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    @Option(names = "--chunks", paramLabel = "N", description = "Only the first N chunks.")
    @Nullable
    Integer chunks;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    ModelFlags flags = new ModelFlags();

    @Mixin
    AdapterFlags adapters = new AdapterFlags();

    private final Surroundings around;

    PerplexityCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (chunks != null && chunks < 1) throw Errors.usage("--chunks must be at least 1, not " + chunks);
        int context = flags.context == null ? DEFAULT_CONTEXT : flags.context;
        if (context < 4) throw Errors.usage("--context must be at least 4, not " + context);
        Path path = ModelArgument.resolve(model, around.store());
        String text = RunCommand.read(file);
        Tokenizer tokenizer = ModelArgument.tokenizer(model, around.store());
        int[] ids = tokenizer.withSpecials(tokenizer.encode(text, false));
        int all = ids.length / context;
        if (all < 1) {
            throw Errors.usage(file + " has " + Text.plural(ids.length, "token")
                    + ", fewer than one chunk of --context " + context);
        }
        int count = chunks == null ? all : Math.min(chunks, all);
        try (ModelRunner runner = Engine.runner(
                ModelFiles.open(path),
                Engine.options(flags.options().withAdapters(adapters.scales().keySet()))
                        .withContextLength(context))) {
            if (runner.decoder().bidirectional()) {
                throw DalangException.unsupported(
                        model + " is an encoder: it gives embeddings, and predicts no text", "model");
            }
            Engine.sayIfSlower(runner, around);
            Score score = new Score(context / 2);
            for (int c = 0; c < count; c++) {
                if (around.interrupt().isCancelled()) return ExitCode.INTERRUPTED;
                int[] chunk = Arrays.copyOfRange(ids, c * context, (c + 1) * context);
                if (tokenizer.addsBos()) chunk[0] = tokenizer.special().bos();
                try (Sequence sequence = runner.newSequence(runner.adapters(adapters.byName()))) {
                    score.chunk(runner, sequence, chunk);
                }
                if (!json) {
                    around.err().println(Text.format("[%d/%d] %.4f", c + 1, count, score.perplexity()));
                    around.err().flush();
                }
            }
            print(score, count, context);
        }
        return ExitCode.DONE;
    }

    private void print(Score score, int count, int context) {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("perplexity", score.perplexity());
            fields.put("stderr", score.error());
            fields.put("chunks", count);
            fields.put("n_ctx", context);
            fields.put("tokens_scored", score.count);
            around.out().println(Json.pretty(fields));
        } else {
            around.out().println(Text.format("Final estimate: PPL = %.4f +/- %.5f", score.perplexity(), score.error()));
        }
    }

    /** Sums of negative log-likelihoods, natural logarithm. */
    private static final class Score {
        private final int first;
        private double sum;
        private double squares;
        private long count;

        Score(int first) {
            this.first = first;
        }

        void chunk(ModelRunner runner, Sequence sequence, int[] ids) {
            runner.evaluateAll(sequence, ids, (position, logits) -> {
                if (position < first || position + 1 >= ids.length) return;
                double nll = negativeLogLikelihood(logits, ids[position + 1]);
                sum += nll;
                squares += nll * nll;
                count++;
            });
        }

        double perplexity() {
            return Math.exp(sum / count);
        }

        /** Standard error of the perplexity, from that of the mean. */
        double error() {
            double mean = sum / count;
            double variance = squares / count - mean * mean;
            return variance <= 0 || count < 2 ? 0 : Math.sqrt(variance / (count - 1)) * perplexity();
        }

        private static double negativeLogLikelihood(float[] logits, int id) {
            double max = Double.NEGATIVE_INFINITY;
            for (float l : logits) max = Math.max(max, l);
            double total = 0;
            for (float l : logits) total += Math.exp(l - max);
            return Math.log(total) + max - logits[id];
        }
    }
}
