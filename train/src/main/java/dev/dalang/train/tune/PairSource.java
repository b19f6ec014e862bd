package dev.dalang.train.tune;

import dev.dalang.train.chat.PreferencePair;
import dev.dalang.train.data.DataSource;
import dev.dalang.train.data.Document;
import dev.dalang.train.graph.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Preference pairs as batches: of each pair the chosen document and right behind it the rejected one. Pairs are put
 * together once, in an order that the seed decides; each round visits the same batches in a new order.
 */
final class PairSource implements DataSource {

    private final List<PreferencePair> pairs;
    private final List<int[]> batches = new ArrayList<>();
    private final int size;
    private final long seed;
    private final boolean shuffled;

    /**
     * @param size positions of a batch; a pair that takes more gets a batch of its own
     * @param shuffled false to visit the pairs in their order, for measuring
     */
    PairSource(List<PreferencePair> pairs, int size, long seed, boolean shuffled) {
        if (pairs.isEmpty()) throw new IllegalArgumentException("no pairs");
        this.pairs = List.copyOf(pairs);
        this.size = size;
        this.seed = seed;
        this.shuffled = shuffled;
        int[] batch = new int[pairs.size()];
        int count = 0;
        int used = 0;
        for (int pair : order(pairs.size(), -1)) {
            int positions = positions(this.pairs.get(pair));
            if (count > 0 && used + positions > size) {
                batches.add(Arrays.copyOf(batch, count));
                count = 0;
                used = 0;
            }
            batch[count++] = pair;
            used += positions;
        }
        batches.add(Arrays.copyOf(batch, count));
    }

    /** Positions of the batch that the pair would need alone. */
    static int positions(PreferencePair pair) {
        return pair.chosen().positions() + pair.rejected().positions();
    }

    @Override
    public Batch batch(long index) {
        long round = index / batches.size();
        int[] chosen = batches.get(order(batches.size(), round)[(int) (index % batches.size())]);
        int count = 0;
        for (int pair : chosen) count += positions(pairs.get(pair));
        int[] tokens = new int[count];
        int[] targets = new int[count];
        int[] starts = new int[count];
        int at = 0;
        for (int pair : chosen) {
            for (Document d : List.of(pairs.get(pair).chosen(), pairs.get(pair).rejected())) {
                System.arraycopy(d.tokens(), 0, tokens, at, d.positions());
                for (int i = 0; i < d.positions(); i++) {
                    targets[at + i] = d.asked().get(i + 1) ? d.tokens()[i + 1] : Batch.IGNORED;
                    starts[at + i] = at;
                }
                at += d.positions();
            }
        }
        return new Batch(tokens, targets, starts);
    }

    @Override
    public long round() {
        return batches.size();
    }

    /** Fisher and Yates, with the generator that Java specifies bit by bit. */
    private int[] order(int count, long round) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L + round);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = shuffled ? random.nextInt(i + 1) : i;
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    @Override
    public String digest() {
        long d = shuffled ? seed : 0;
        for (PreferencePair p : pairs)
            d = 31 * (31 * d + p.chosen().hashCode()) + p.rejected().hashCode();
        return "pairs-%d-%d-%016x".formatted(pairs.size(), size, d);
    }
}
