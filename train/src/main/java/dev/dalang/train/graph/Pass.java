package dev.dalang.train.graph;

import dev.dalang.engine.arch.Rope;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Gemm;
import dev.dalang.engine.kernel.Gradients;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.train.graph.Documents.Document;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Some documents on their way through a network and back: their tokens, where each stands, and what operators compute
 * with.
 */
final class Pass {

    /** Rows that a task takes together; a constant, so that sums over rows do not depend on the number of threads. */
    static final int ROWS = 128;

    /** Work on rows {@code from .. to-1}. */
    @FunctionalInterface
    interface RowTask {
        void run(int from, int to, int part);
    }

    private final Compute compute;
    private final Gemm gemm;
    private final Gradients gradients;
    private final Workspace workspace;
    private final Map<Rope, Angles> angles = new HashMap<>();
    private int[] ids = new int[0];
    private int[] positions = new int[0];
    private List<Document> documents = List.of();
    private int longest;
    private boolean adapted = true;
    private boolean drops;
    private long step;
    private int firstOfBatch;

    Pass(Compute compute, boolean exact, Workspace workspace) {
        this.compute = compute;
        this.gemm = Gemm.of(compute.kernels(), exact);
        this.gradients = Gradients.of(compute.kernels());
        this.workspace = workspace;
    }

    /** Sets the documents of the next way through; they follow one another in the batch. */
    void begin(Batch batch, List<Document> group) {
        int first = group.getFirst().first();
        int count = group.getLast().first() + group.getLast().count() - first;
        firstOfBatch = first;
        ids = new int[count];
        positions = new int[count];
        longest = 0;
        for (int t = 0; t < count; t++) {
            ids[t] = batch.tokens()[first + t];
            positions[t] = first + t - batch.starts()[first + t];
            longest = Math.max(longest, positions[t] + 1);
        }
        documents = group.stream()
                .map(d -> new Document(d.first() - first, d.count()))
                .toList();
    }

    int tokens() {
        return ids.length;
    }

    int id(int row) {
        return ids[row];
    }

    /** How far a token is from the start of its document. */
    int position(int row) {
        return positions[row];
    }

    List<Document> documents() {
        return documents;
    }

    /** Tokens of the longest document. */
    int longest() {
        return longest;
    }

    /** Where the first token stands in the whole batch. */
    int firstOfBatch() {
        return firstOfBatch;
    }

    Kernels kernels() {
        return compute.kernels();
    }

    Gemm gemm() {
        return gemm;
    }

    Gradients gradients() {
        return gradients;
    }

    Compute compute() {
        return compute;
    }

    int threads() {
        return compute.threads();
    }

    /** Whether low-rank additions take part. */
    boolean adapted() {
        return adapted;
    }

    void adapted(boolean on) {
        adapted = on;
    }

    /** Whether inputs of low-rank additions are dropped: in training only. */
    boolean drops() {
        return drops;
    }

    void drops(boolean on) {
        drops = on;
    }

    /** What decides, with a seed, which inputs are dropped. */
    long step() {
        return step;
    }

    void step(long number) {
        step = number;
    }

    /** A buffer of {@code width} for each token, for the way back. */
    Floats saved(int width) {
        return workspace.saved().take(Math.multiplyExact(tokens(), width));
    }

    /** A buffer until the {@link #release} of a mark taken before. */
    Floats temporary(int length) {
        return workspace.temporary().take(length);
    }

    /** A buffer of {@code width} for each token until the {@link #release} of a mark taken before. */
    Floats temporaryRows(int width) {
        return temporary(Math.multiplyExact(tokens(), width));
    }

    Workspace.Stack.Mark mark() {
        return workspace.temporary().mark();
    }

    void release(Workspace.Stack.Mark mark) {
        workspace.temporary().release(mark);
    }

    /** Cuts {@code rows} rows into parts of {@link #ROWS} and does them on all threads. */
    void forRows(int rows, RowTask task) {
        compute.forEach(parts(rows), (part, worker) -> {
            int from = part * ROWS;
            task.run(from, Math.min(rows, from + ROWS), part);
        });
    }

    /** How many parts {@link #forRows} makes. */
    static int parts(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    void zero(Floats x, int length) {
        int part = 1 << 16;
        compute.forEach((length + part - 1) / part, (i, worker) -> {
            int from = i * part;
            x.slice(from, Math.min(part, length - from)).fill(0);
        });
    }

    /** {@code width} numbers of every token. */
    void zero(Rows x, int width) {
        forRows(tokens(), (from, to, part) -> {
            for (int t = from; t < to; t++) x.data().slice(x.at(t), width).fill(0);
        });
    }

    /** {@code target += factor · x}. */
    void addScaled(Floats target, Floats x, int rows, int width, float factor) {
        forRows(
                rows,
                (from, to, part) ->
                        kernels().addScaled(target, from * width, x, from * width, (to - from) * width, factor));
    }

    /** {@code x *= factor}. */
    void scale(Floats x, int rows, int width, float factor) {
        if (factor == 1) return;
        forRows(rows, (from, to, part) -> kernels().scale(x, from * width, (to - from) * width, factor));
    }

    /** {@code sums[c] += Σ_r x[r][c]}, in the order of the rows. */
    void addColumns(Rows x, int rows, Floats sums) {
        int slice = 64;
        int width = sums.length();
        compute.forEach((width + slice - 1) / slice, (i, worker) -> {
            int from = i * slice;
            int count = Math.min(slice, width - from);
            for (int r = 0; r < rows; r++) kernels().addScaled(sums, from, x.data(), x.at(r) + from, count, 1);
        });
    }

    /** The angles of a rotation, at least up to the longest document's end. */
    Angles angles(Rope rope) {
        Angles known = angles.computeIfAbsent(rope, r -> new Angles(r, workspace));
        known.upTo(longest);
        return known;
    }
}
