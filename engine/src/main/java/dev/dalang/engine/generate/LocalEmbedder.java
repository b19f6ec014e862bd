package dev.dalang.engine.generate;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.Truncation;
import dev.dalang.api.Usage;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Vectors of texts by a model on this machine: an encoder such as BERT, or the final states of a decoder.
 *
 * <p>A text's vector is its tokens' vectors put together by {@link Pooling} and scaled to length 1. Requests from
 * several threads take turns.
 */
public final class LocalEmbedder implements EmbeddingModel {

    private final String name;
    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final Pooling pooling;
    private final ReentrantLock turn = new ReentrantLock(true);

    /** @param runner stays the caller's to close */
    public LocalEmbedder(String name, ModelRunner runner, Tokenizer tokenizer, Pooling pooling) {
        this.name = name;
        this.runner = runner;
        this.tokenizer = tokenizer;
        this.pooling = pooling;
    }

    /** Pooled as the model's file asks for. */
    public LocalEmbedder(String name, ModelRunner runner, Tokenizer tokenizer) {
        this(
                name,
                runner,
                tokenizer,
                Pooling.of(name, runner.source(), runner.decoder().bidirectional()));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int dimensions() {
        return runner.decoder().embedding();
    }

    public Pooling pooling() {
        return pooling;
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
        Integer shorter = request.dimensions();
        int length = shorter == null ? dimensions() : shorter;
        if (length > dimensions()) {
            throw DalangException.invalidRequest(
                    "dimensions is " + length + "; " + name + " gives " + dimensions(), "dimensions");
        }
        List<ChatEvent.Notice> notices = new ArrayList<>();
        if (request.purpose() != EmbeddingRequest.Purpose.UNSPECIFIED) {
            notices.add(new ChatEvent.Notice(
                    "purpose_ignored", "the model's file has no instructions for queries and documents"));
        }
        List<int[]> inputs = new ArrayList<>();
        int tokens = 0;
        for (int i = 0; i < request.inputs().size(); i++) {
            int[] ids = ids(request, i, notices);
            inputs.add(ids);
            tokens += ids.length;
        }
        List<float[]> vectors = new ArrayList<>();
        turn.lock();
        try {
            for (int[] ids : inputs) {
                float[] vector = pooled(ids, cancellation);
                if (cancellation.isCancelled()) {
                    throw DalangException.invalidRequest("the request was cancelled", null);
                }
                vectors.add(unit(Arrays.copyOf(vector, length)));
            }
        } finally {
            turn.unlock();
        }
        return new EmbeddingResponse(name, vectors, Usage.of(tokens, 0), notices);
    }

    private int[] ids(EmbeddingRequest request, int index, List<ChatEvent.Notice> notices) {
        int limit = runner.contextLength();
        int[] ids = switch (request.inputs().get(index)) {
            case Prompt.Raw raw -> tokenizer.withSpecials(tokenizer.encode(raw.text(), false));
            case Prompt.Tokens given -> given.ids();
            default -> throw DalangException.invalidRequest("input must be texts or token ids", "input");
        };
        if (ids.length == 0) throw DalangException.invalidRequest("input " + index + " is empty", "input");
        if (ids.length <= limit) return ids;
        if (request.truncation() == Truncation.REFUSE) {
            throw new DalangException(new Failure.ContextOverflow(
                    "input " + index + " has " + ids.length + " tokens, but the context holds " + limit
                            + "; shorten it",
                    ids.length,
                    limit,
                    List.of("shorten the input", Failure.ContextOverflow.TRUNCATE)));
        }
        notices.add(new ChatEvent.Notice(
                "input_truncated",
                "input " + index + " was cut from " + ids.length + " tokens to " + limit,
                cutting(index, ids.length, limit)));
        return cut(request.inputs().get(index), ids, limit);
    }

    private static Map<String, String> cutting(int index, int before, int after) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("input", Integer.toString(index));
        details.put("tokens_before", Integer.toString(before));
        details.put("tokens", Integer.toString(after));
        return details;
    }

    /** The beginning of a text, with the special tokens that the whole would have around it. */
    private int[] cut(Prompt input, int[] ids, int limit) {
        if (!(input instanceof Prompt.Raw raw)) return Arrays.copyOf(ids, limit);
        int[] bare = tokenizer.encode(raw.text(), false);
        int room = limit - (ids.length - bare.length);
        return room < 1 ? Arrays.copyOf(ids, limit) : tokenizer.withSpecials(Arrays.copyOf(bare, room));
    }

    private float[] pooled(int[] ids, Cancellation cancellation) {
        float[] result = new float[dimensions()];
        double[] sum = new double[result.length];
        try (Sequence sequence = runner.newSequence()) {
            runner.evaluateStates(
                    sequence,
                    ids,
                    (position, state) -> {
                        switch (pooling) {
                            case MEAN -> {
                                for (int i = 0; i < sum.length; i++) sum[i] += state[i];
                            }
                            case CLS -> {
                                if (position == 0) System.arraycopy(state, 0, result, 0, state.length);
                            }
                            case LAST -> {
                                if (position == ids.length - 1) System.arraycopy(state, 0, result, 0, state.length);
                            }
                        }
                    },
                    cancellation);
        }
        if (pooling == Pooling.MEAN) {
            for (int i = 0; i < sum.length; i++) result[i] = (float) (sum[i] / ids.length);
        }
        return result;
    }

    /** Scaled to length 1; a vector of zeros stays. */
    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float v : vector) squares += (double) v * v;
        if (squares == 0) return vector;
        double factor = 1 / Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) vector[i] = (float) (vector[i] * factor);
        return vector;
    }
}
