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
        // Here, so that the JIT sees that the task of a single token stays on the stack.
        if (count == 1) task.run(0, 0);
        else team.run(count, task);
    }

    /** Into how many chunks to cut {@code units} of equal work. */
    int chunks(int units) {
        return team.threads() == 1 ? 1 : Math.min(units, team.threads() * CHUNKS_PER_THREAD);
    }

    /**
     * {@code out[t] = W · x[t]} for all tokens, of which the first {@code prompt} are of {@link Phase#PROMPT} and the
     * rest of {@link Phase#ANSWER}; {@code x} is {@code [tokens][columns]}, {@code out} {@code [tokens][rows]}.
     */
    public void multiply(Matrix w, Floats x, int tokens, int prompt, Floats out) {
        check(w, x, tokens, prompt, out);
        kernels.multiply(w, x, tokens, prompt, out, this);
    }

    /** The same of several matrices with one {@code x}, each into an {@code out} of its own. */
    public void multiply(Matrix[] ws, Floats x, int tokens, int prompt, Floats[] outs) {
        for (int i = 0; i < ws.length; i++) check(ws[i], x, tokens, prompt, outs[i]);
        kernels.multiply(ws, x, tokens, prompt, outs, this);
    }

    private static void check(Matrix w, Floats x, int tokens, int prompt, Floats out) {
        if (x.length() < (long) tokens * w.columns() || out.length() < (long) tokens * w.rows()) {
            throw new IllegalArgumentException(
                    "buffers too short for " + tokens + " tokens of " + w.columns() + "→" + w.rows());
        }
        if (prompt < 0 || prompt > tokens) throw new IllegalArgumentException(prompt + " of " + tokens);
    }

    @Override
    public void close() {
        team.close();
        kernels.close();
    }
}
