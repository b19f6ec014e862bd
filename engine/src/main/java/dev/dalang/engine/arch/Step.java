package dev.dalang.engine.arch;

import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.engine.kernel.Phase;
import dev.dalang.engine.kernel.Team;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One pass through a model: the tokens, where each stands in its sequence, and working memory for the layers.
 *
 * <p>Tokens of several sequences may go together; {@link Span} says which rows belong to whom. Buffers are taken with
 * {@link #floats} and given back in one go by {@link #release}: a stack, so that a forward pass allocates nothing once
 * its buffers have grown.
 */
public final class Step {

    /** Rows {@code firstRow .. firstRow+count-1} are successive tokens of a sequence from {@code position} on. */
    public record Span(Sequence sequence, int firstRow, int count, int position, Phase phase) {}

    /** Rows of sequences under the same adapters, side by side. */
    record Adapted(AdapterMix adapters, int firstRow, int count) {}

    private final Compute compute;
    private final List<Floats> buffers = new ArrayList<>();
    private int used;
    private BooleanSupplier cancelled = () -> false;
    private @Nullable AttentionWatch watch;
    private int[] ids = new int[0];
    private int[] positions = new int[0];
    private List<Span> spans = List.of();
    private List<Adapted> adapted = List.of();
    private int promptTokens;
    private long number;
    private final Map<Rope, Rope.Table> rotations = new HashMap<>();
    private final Map<Object, Floats> kept = new HashMap<>();

    public Step(Compute compute) {
        this.compute = compute;
    }

    /** Whose wish breaks a pass off between two layers. */
    public void cancelledBy(BooleanSupplier wish) {
        cancelled = wish;
    }

    /** Who looks at one head's attention in the passes from now on; null for nobody. */
    public void watchedBy(@Nullable AttentionWatch watcher) {
        watch = watcher;
    }

    @Nullable
    AttentionWatch watch() {
        return watch;
    }

    /** @throws CancellationException if the wish has come */
    void checkCancelled() {
        if (cancelled.getAsBoolean()) throw new CancellationException();
    }

    /** Sets the tokens of the next pass; the spans follow one another, prompts first, and cover {@code ids}. */
    void begin(int[] ids, List<Span> spans) {
        this.ids = ids;
        this.spans = List.copyOf(spans);
        if (positions.length < ids.length) positions = new int[ids.length];
        int row = 0;
        promptTokens = 0;
        for (Span s : spans) {
            if (s.phase == Phase.PROMPT) {
                if (promptTokens != row) throw new IllegalArgumentException("a prompt stands after an answer");
                promptTokens += s.count;
            }
            if (s.firstRow != row) throw new IllegalArgumentException("span starts at " + s.firstRow + ", not " + row);
            for (int i = 0; i < s.count; i++) positions[row++] = s.position + i;
        }
        if (row != ids.length) throw new IllegalArgumentException(row + " rows in spans of " + ids.length + " tokens");
        adapted = adapted(spans);
        number++;
        kept.clear();
        used = 0;
    }

    private static List<Adapted> adapted(List<Span> spans) {
        List<Adapted> found = new ArrayList<>();
        for (Span s : spans) {
            AdapterMix mix = s.sequence.adapters();
            if (mix.isEmpty()) continue;
            Adapted before = found.isEmpty() ? null : found.getLast();
            if (before != null && before.firstRow + before.count == s.firstRow && before.adapters.equals(mix)) {
                found.set(found.size() - 1, new Adapted(mix, before.firstRow, before.count + s.count));
            } else {
                found.add(new Adapted(mix, s.firstRow, s.count));
            }
        }
        return found;
    }

    public Compute compute() {
        return compute;
    }

    /** How many tokens go through together. */
    public int tokens() {
        return ids.length;
    }

    /** How many of them, the first ones, are of {@link Phase#PROMPT}. */
    public int promptTokens() {
        return promptTokens;
    }

    public int id(int row) {
        return ids[row];
    }

    public int position(int row) {
        return positions[row];
    }

    public List<Span> spans() {
        return spans;
    }

    /** The rows that adapters change, ascending; none when all sequences are under the base model alone. */
    List<Adapted> adapted() {
        return adapted;
    }

    /** A buffer of undefined content, valid until {@link #release} of a mark taken before. */
    public Floats floats(int length) {
        if (used == buffers.size()) {
            buffers.add(Floats.allocate(Arena.ofAuto(), length));
        } else if (buffers.get(used).length() < length) {
            buffers.set(used, Floats.allocate(Arena.ofAuto(), length));
        }
        return buffers.get(used++);
    }

    /** A buffer of {@code elements} for every token. */
    public Floats rows(int elements) {
        return floats(Math.multiplyExact(tokens(), elements));
    }

    public int mark() {
        return used;
    }

    public void release(int mark) {
        Objects.checkIndex(mark, used + 1);
        used = mark;
    }

    /**
     * Sets something aside for later layers of this pass, under a key of the family's choice.
     *
     * @param value a buffer taken before the first layer, as layers give back what they take
     */
    void keep(Object key, Floats value) {
        kept.put(key, value);
    }

    /** What {@link #keep} has set aside. */
    Floats kept(Object key) {
        return Objects.requireNonNull(kept.get(key), "nothing was kept for the layers");
    }

    /** The sines and cosines of this pass's positions, computed once for all layers that share a rotation. */
    Rope.Table rotation(Rope rope) {
        Rope.Table table = rotations.computeIfAbsent(rope, r -> new Rope.Table());
        rope.fill(table, this);
        return table;
    }

    /** Counts the passes. */
    long number() {
        return number;
    }

    /** {@code x += scale · y} for every token, of {@code size} elements each. */
    void add(Floats x, Floats y, int size, float scale) {
        Kernels k = compute.kernels();
        // An answer's token does this in every layer: no object for it.
        if (tokens() == 1) k.addScaled(x, 0, y, 0, size, scale);
        else forEachToken((t, worker) -> k.addScaled(x, t * size, y, t * size, size, scale));
    }

    /** Runs {@code task} for every token, on all threads; one token is not worth waking anybody for. */
    void forEachToken(Team.Task task) {
        compute.forEach(tokens(), task);
    }
}
