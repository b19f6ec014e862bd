package dev.dalang.engine.kernel;

import dev.dalang.engine.format.BlockType;
import org.jspecify.annotations.Nullable;

/**
 * Tensor arithmetic on one thread: one implementation per tier. {@link Compute} spreads the calls over a {@link Team}.
 *
 * <p>Two rules hold for every tier. A result depends only on its own operands, never on how many tokens or rows went
 * into the same call: a token comes out with the same bits alone or in a batch, on any number of threads. And a result
 * does not depend on whether the JIT has compiled the code yet, which rules out lane reductions of unspecified order.
 *
 * <p>Activations are row-major {@code [tokens][elements]}.
 */
public interface Kernels {

    /** {@code scalar}, {@code vector} or {@code native}. */
    String name();

    /** One line for a person: the tier, and the instruction set or vector width. */
    String description();

    /** Why a better tier does not run, for a person; null when this one was asked for or is the best. */
    @Nullable
    String refusals();

    /**
     * {@code out[t][r] = Σ_c w[r][c]·x[t][c]} for rows {@code from <= r < to}; other rows of {@code out} stay.
     *
     * @param x {@code [tokens][w.columns]}
     * @param out {@code [tokens][w.rows]}
     */
    void multiply(Matrix w, int from, int to, Floats x, int tokens, Floats out, Scratch scratch);

    /**
     * The whole product {@code out[t] = W · x[t]}, spread over a team. The first {@code prompt} tokens are of
     * {@link Phase#PROMPT}, the rest of {@link Phase#ANSWER}.
     *
     * @param x {@code [tokens][w.columns]}
     * @param out {@code [tokens][w.rows]}
     */
    default void multiply(Matrix w, Floats x, int tokens, int prompt, Floats out, Compute compute) {
        // Whole groups of 16 rows, so that no decoded panel is cut.
        int groups = (w.rows() + 15) / 16;
        int parts = compute.chunks(groups);
        compute.forEach(parts, (chunk, worker) -> {
            int from = (int) ((long) groups * chunk / parts) * 16;
            int to = Math.min(w.rows(), (int) ((long) groups * (chunk + 1) / parts) * 16);
            multiply(w, from, to, x, tokens, out, compute.scratch(worker));
        });
    }

    /**
     * The whole products of several matrices with the same {@code x}: bit for bit as one after the other, and perhaps in
     * one parallel region.
     *
     * @param outs one for each matrix, {@code [tokens][its rows]}
     */
    default void multiply(Matrix[] ws, Floats x, int tokens, int prompt, Floats[] outs, Compute compute) {
        for (int i = 0; i < ws.length; i++) multiply(ws[i], x, tokens, prompt, outs[i], compute);
    }

    /** Whether what weights of this type make of a token has the same bits in either {@link Phase}. */
    default boolean phasesAgree(BlockType type) {
        return true;
    }

    /** Gives back what the kernels hold; none of them may run any more. */
    default void close() {}

    /** Row {@code row} of a matrix as floats, written to {@code out} at {@code to}. */
    void row(Matrix w, int row, Floats out, int to, Scratch scratch);

    /**
     * {@code out = x / √(mean(x²) + ε) · weight} over {@code count} elements (Zhang and Sennrich 2019); no weight means
     * all ones. {@code out} may be {@code x}.
     */
    void rmsNorm(Floats x, int xFrom, int count, @Nullable Floats weight, float epsilon, Floats out, int outFrom);

    /** {@code (x - mean) / √(variance + ε) · weight + bias} (Ba et al. 2016). {@code out} may be {@code x}. */
    void layerNorm(
            Floats x,
            int xFrom,
            int count,
            @Nullable Floats weight,
            @Nullable Floats bias,
            float epsilon,
            Floats out,
            int outFrom);

    /** {@code x[i] = f(x[i])}. */
    void activate(Activation f, Floats x, int from, int count);

    /** {@code gate[i] = f(gate[i]) · up[i]}: the gated linear units of Shazeer 2020. */
    void gate(Activation f, Floats gate, int gateFrom, Floats up, int upFrom, int count);

    /** {@code target[i] += factor · x[i]}. */
    void addScaled(Floats target, int targetFrom, Floats x, int xFrom, int count, float factor);

    /** {@code target[i] *= x[i]}. */
    void multiplyElements(Floats target, int targetFrom, Floats x, int xFrom, int count);

    /** {@code target[i] += a[i] · b[i]}. */
    void multiplyAdd(Floats target, int targetFrom, Floats a, int aFrom, Floats b, int bFrom, int count);

    /** {@code x[i] = factor · x[i]}. */
    void scale(Floats x, int from, int count, float factor);

    /** {@code x[i] = cap · tanh(x[i] / cap)}. */
    void softcap(Floats x, int from, int count, float cap);

    /** {@code x[i] = min(max(x[i], low), high)}. */
    void clamp(Floats x, int from, int count, float low, float high);

    /** {@code x = exp(x - max) / Σ}, in place. */
    void softmax(Floats x, int from, int count);

    /**
     * Turns the pairs (a, b) of {@code heads} heads to (a·cos - b·sin, a·sin + b·cos), all heads by the same angles.
     *
     * @param x the first head's first pair is at {@code from}, each next head's {@code stride} further
     * @param adjacent whether a pair are neighbours, else they are {@code pairs} apart
     * @param cos {@code [pairs]} at {@code angle}, or when adjacent {@code [2·pairs]}, each cosine twice
     * @param sin likewise, or when adjacent each sine after its negative
     */
    void rotate(
            Floats x, int from, int heads, int stride, int pairs, boolean adjacent, Floats cos, Floats sin, int angle);

    /**
     * Encodes a position's keys, or values, into the cache.
     *
     * @param x {@code [heads, rowElements]} from {@code from} on
     */
    void store(Floats x, int from, int heads, KvRows rows, int position);

    /**
     * Attention of {@code tokens} successive positions of one sequence, for the query heads of one key-value head:
     * {@code out = softmax(scale · q·Kᵀ) · V} over the visible positions.
     *
     * @param phase of these tokens
     * @param q {@code [..][heads][keyDim]}, of which rows {@code firstRow ..} are used
     * @param position the first token's position; keys and values up to the last visible one are stored already
     * @param length how many positions are stored, for encoders that see all of them
     * @param sinks one logit per query head that takes part in the softmax without a value (gpt-oss), or null
     * @param out {@code [..][heads][valueDim]}, same rows
     */
    void attention(
            AttentionShape shape,
            Phase phase,
            int kvHead,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Scratch scratch);

    /**
     * The same for all heads, spread over a team. A token's result depends neither on how many of its sequence's tokens
     * are in the call, as long as they are of one phase, nor on the number of threads.
     */
    default void attention(
            AttentionShape shape,
            Phase phase,
            Floats q,
            int firstRow,
            int tokens,
            int position,
            int length,
            KvRows keys,
            KvRows values,
            @Nullable Floats sinks,
            Floats out,
            Compute compute) {
        // Queries that one task takes together, for reuse of the keys it reads.
        int perTask = Math.max(1, 32 / shape.group());
        int parts = (tokens + perTask - 1) / perTask;
        compute.forEach(parts * shape.kvHeads(), (task, worker) -> {
            int first = task / shape.kvHeads() * perTask;
            attention(
                    shape,
                    phase,
                    task % shape.kvHeads(),
                    q,
                    firstRow + first,
                    Math.min(perTask, tokens - first),
                    position + first,
                    length,
                    keys,
                    values,
                    sinks,
                    out,
                    compute.scratch(worker));
        });
    }

    /**
     * One token of a state space model whose decay is one number for a whole head (Dao and Gu 2024, Mamba-2): for each
     * of {@code rows} states {@code h} of {@code size} elements, {@code h = decay·h + dt·x[row]·b} and
     * {@code out[row] = h·c}.
     */
    void stateSpaceStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            float decay,
            float dt,
            Floats x,
            int xFrom,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom,
            Floats out,
            int outFrom);

    /**
     * One token of one channel of a selective state space model (Gu and Dao 2023, Mamba):
     * {@code h = exp(dt·a)·h + dt·x·b}, element by element; returns {@code h·c}.
     */
    float selectiveStep(
            Floats state,
            int stateFrom,
            int size,
            Floats a,
            int aFrom,
            float dt,
            float x,
            Floats b,
            int bFrom,
            Floats c,
            int cFrom);

    /**
     * One token of the gated delta rule (Yang et al. 2024, arXiv:2412.06464): for each of {@code rows} states {@code s}
     * of {@code size} elements, {@code s = decay·s}, {@code s += β·(v[row] - s·k)·k} and {@code out[row] = s·q}.
     *
     * @param decay one factor for each element of a state
     */
    void deltaStep(
            Floats state,
            int stateFrom,
            int rows,
            int size,
            Floats decay,
            int decayFrom,
            Floats k,
            int kFrom,
            Floats v,
            int vFrom,
            float beta,
            Floats q,
            int qFrom,
            Floats out,
            int outFrom);

    /** Whether a key-value cache may hold this type. */
    static boolean isCacheType(BlockType type) {
        return switch (type) {
            case F32, F16, BF16, Q8_0, Q4_0 -> true;
            default -> false;
        };
    }
}
