package dev.dalang.engine.kernel;

/**
 * A tier's kernels spread over a team: what the layers of a model call. One forward pass at a time.
 */
public final class Compute implements AutoCloseable {

    /** Chunks per thread and matrix: enough that an unlucky thread costs little, few enough to stay cheap. */
    private static final int CHUNKS_PER_THREAD = 4;

    private final Kernels kernels;
    private final Team team;
    private final Scratch[] scratch;

    public Compute(Kernels kernels, int threads) {
        this.kernels = kernels;
        this.team = new Team(threads);
        this.scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) scratch[i] = new Scratch();
    }

    public Kernels kernels() {
        return kernels;
    }

    public int threads() {
        return team.threads();
    }

    /** Working memory of a worker, inside a {@link #forEach}. */
    public Scratch scratch(int worker) {
        return scratch[worker];
    }

    /** Runs {@code task} for {@code 0 .. count-1}, in any order, on all threads. */
    public void forEach(int count, Team.Task task) {
        team.run(count, task);
    }

    /** {@code out[t] = W · x[t]} for all tokens; {@code x} is {@code [tokens][columns]}, {@code out} {@code [tokens][rows]}. */
    public void multiply(Matrix w, Floats x, int tokens, Floats out) {
        if (x.length() < (long) tokens * w.columns() || out.length() < (long) tokens * w.rows()) {
            throw new IllegalArgumentException(
                    "buffers too short for " + tokens + " tokens of " + w.columns() + "→" + w.rows());
        }
        // Whole groups of 16 rows, so that no decoded panel is cut.
        int groups = (w.rows() + 15) / 16;
        int chunks = Math.min(groups, team.threads() * CHUNKS_PER_THREAD);
        if (team.threads() == 1) chunks = 1;
        int parts = chunks;
        team.run(parts, (chunk, worker) -> {
            int from = (int) ((long) groups * chunk / parts) * 16;
            int to = Math.min(w.rows(), (int) ((long) groups * (chunk + 1) / parts) * 16);
            kernels.multiply(w, from, to, x, tokens, out, scratch[worker]);
        });
    }

    @Override
    public void close() {
        team.close();
    }
}
