package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How well texts answer a question, by a cross-encoder on this machine (Nogueira and Cho 2019, arXiv:1901.04085): question and
 * text go through the model together, and a classifier on the first token's state gives the score, a logit.
 *
 * <p>Files of such models say {@code <architecture>.pooling_type = 4} and hold the classifier: {@code cls.output} with one
 * row, before it {@code cls} with a tanh, where there is one.
 */
public final class LocalRanker {

    /** {@code <architecture>.pooling_type} of models that rank texts, which give no embeddings. */
    public static final int RANK = 4;

    /** Scores in the order of the texts, and tokens read. */
    @SuppressWarnings("ArrayRecordComponent") // made for one answer, and the caller's to keep
    public record Ranking(float[] scores, int tokens) {}

    /** {@code weights x + bias}; a row for each output. */
    private record Layer(float[] weights, float[] bias, int inputs, int outputs) {
        float[] apply(float[] x) {
            float[] y = bias.clone();
            for (int o = 0; o < outputs; o++) {
                double sum = y[o];
                for (int i = 0; i < inputs; i++) sum += (double) weights[o * inputs + i] * x[i];
                y[o] = (float) sum;
            }
            return y;
        }
    }

    private final String name;
    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final @Nullable Layer hidden;
    private final Layer output;

    /**
     * @param runner stays the caller's to close
     * @throws DalangException (unsupported) if the model was not made to rank texts
     */
    public LocalRanker(String name, ModelRunner runner, Tokenizer tokenizer) {
        this.name = name;
        this.runner = runner;
        this.tokenizer = tokenizer;
        ModelSource file = runner.source();
        String family = file.metadata().string("general.architecture");
        boolean ranks = file.metadata().integer(family + ".pooling_type", -1) == RANK;
        Layer last = layer(file, "cls.output", 1);
        Layer first = layer(file, "cls", 0);
        if (!ranks || (last == null && (first == null || first.outputs != 1))) {
            throw DalangException.unsupported(
                    name + " was not made to rank texts; rerankers (bge-reranker and the like) are", "rerank");
        }
        this.hidden = last == null ? null : first;
        this.output = last != null ? last : java.util.Objects.requireNonNull(first);
    }

    private @Nullable Layer layer(ModelSource file, String tensor, int outputs) {
        TensorInfo weights = file.tensors().get(tensor + ".weight");
        if (weights == null) return null;
        int inputs = runner.decoder().embedding();
        long rows = weights.elements() / inputs;
        boolean fits =
                weights.elements() % inputs == 0 && rows >= 1 && rows <= inputs && (outputs == 0 || rows == outputs);
        TensorInfo bias = file.tensors().get(tensor + ".bias");
        if (!fits || (bias != null && bias.elements() != rows)) {
            throw DalangException.badModelFile(
                    file.name() + ": " + tensor + " has " + weights.elements()
                            + " weights, which does not fit a width of " + inputs,
                    file.name(),
                    tensor + ".weight");
        }
        return new Layer(
                values(file, weights), bias == null ? new float[(int) rows] : values(file, bias), inputs, (int) rows);
    }

    private static float[] values(ModelSource file, TensorInfo t) {
        float[] values = new float[Math.toIntExact(t.elements())];
        t.type().dequantizer().dequantize(file.data(t), 0, values, 0, values.length);
        return values;
    }

    /**
     * @throws DalangException (context overflow) if question and text are too long together; nothing is cut
     */
    public Ranking rank(String question, List<String> texts, Cancellation cancellation) {
        List<int[]> inputs = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < texts.size(); i++) {
            int[] ids = pair(question, texts.get(i));
            if (ids.length > runner.contextLength()) {
                throw new DalangException(new Failure.ContextOverflow(
                        "the query with document " + i + " has " + ids.length + " tokens, but the context of " + name
                                + " holds " + runner.contextLength() + "; shorten the document or split it",
                        ids.length,
                        runner.contextLength(),
                        List.of("shorten the document", "split it")));
            }
            inputs.add(ids);
            tokens += ids.length;
        }
        float[] scores = new float[texts.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = score(inputs.get(i), cancellation);
            if (cancellation.isCancelled()) throw DalangException.invalidRequest("the request was cancelled", null);
        }
        return new Ranking(scores, tokens);
    }

    /** {@code [CLS] question [SEP] text [SEP]}; RoBERTa's kin have two marks in the middle. */
    private int[] pair(String question, String text) {
        int[] first = tokenizer.withSpecials(tokenizer.encode(question, false));
        int[] second = tokenizer.withSpecials(tokenizer.encode(text, false));
        int bos = tokenizer.special().bos();
        int sep = tokenizer.special().sep();
        boolean two = sep >= 0
                && bos >= 0
                && sep == tokenizer.special().eos()
                && !tokenizer.kind().startsWith("WordPiece");
        int[] middle = two ? new int[] {sep} : new int[0];
        // The second text has no mark of its own at its beginning.
        int[] rest = tokenizer.addsBos() && second.length > 0
                ? java.util.Arrays.copyOfRange(second, 1, second.length)
                : second;
        return IntStream.of(0, 1, 2)
                .flatMap(part -> IntStream.of(part == 0 ? first : part == 1 ? middle : rest))
                .toArray();
    }

    private float score(int[] ids, Cancellation cancellation) {
        float[] state = new float[runner.decoder().embedding()];
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluateStates(
                    sequence,
                    ids,
                    (position, row) -> {
                        if (position == 0) System.arraycopy(row, 0, state, 0, state.length);
                    },
                    cancellation);
        }
        float[] x = state;
        if (hidden != null) {
            x = hidden.apply(state);
            for (int i = 0; i < x.length; i++) x[i] = (float) Math.tanh(x[i]);
        }
        return output.apply(x)[0];
    }
}
