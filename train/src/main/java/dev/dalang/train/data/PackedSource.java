package dev.dalang.train.data;

import dev.dalang.api.DalangException;
import dev.dalang.train.graph.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Documents packed into batches, in rounds. A round holds each document of a part as often as the part's weight says,
 * shuffled together with those of the other parts; the next round holds them in another order, packed anew. No document
 * is cut or lost by packing; only a round's last batch may be much shorter than the others.
 *
 * <p>One caller at a time. Batches asked for in rising order cost no search.
 */
public final class PackedSource implements DataSource {

    /**
     * Documents of one kind.
     *
     * @param weight how often a round goes through them: 2 for twice, 0.5 for a half of them each time, in turn
     */
    public record Part(Documents documents, double weight) {
        public Part {
            if (!(weight > 0 && weight <= 1000)) throw new IllegalArgumentException("weight " + weight);
        }
    }

    /**
     * A round, packed.
     *
     * @param first number of its first batch
     * @param part where each of the round's items is from: one of the parts
     * @param piece and one of its pieces
     * @param batches the items of each batch
     */
    private record Round(long number, long first, int[] part, int[] piece, List<int[]> batches) {
        long end() {
            return first + batches.size();
        }
    }

    private final List<Part> parts;
    private final List<Pieces> pieces = new ArrayList<>();
    private final int context;
    private final int size;
    private final LongDocuments longDocuments;
    private final long seed;
    private final boolean shuffled;
    private final Round first;
    private Round current;

    private PackedSource(
            List<Part> parts, int context, int size, LongDocuments longDocuments, long seed, boolean shuffled) {
        if (context < 1 || size < context) {
            throw DalangException.invalidRequest(
                    "batches of " + size + " tokens do not hold a context of " + context, "batch");
        }
        this.parts = List.copyOf(parts);
        this.context = context;
        this.size = size;
        this.longDocuments = longDocuments;
        this.seed = seed;
        this.shuffled = shuffled;
        long items = 0;
        for (Part part : parts) {
            Pieces p = new Pieces(part.documents(), context, longDocuments);
            pieces.add(p);
            items += end(pieces.size() - 1, 0);
        }
        if (items == 0) throw DalangException.invalidRequest("the data hold nothing to learn", "data");
        if (items > Integer.MAX_VALUE / 2) throw DalangException.invalidRequest("too many documents", "data");
        first = round(0, 0);
        current = first;
    }

    /**
     * Batches for training.
     *
     * @param context positions of the longest document that may stay whole
     * @param size positions of a batch; at least {@code context}
     * @throws DalangException (invalid request) if there is nothing to learn, or a document is too long and refused
     */
    public static PackedSource shuffled(
            List<Part> parts, int context, int size, LongDocuments longDocuments, long seed) {
        return new PackedSource(parts, context, size, longDocuments, seed, true);
    }

    /** Batches for measuring: each document once, packed the same way every time. */
    public static PackedSource ordered(Documents documents, int context, int size, LongDocuments longDocuments) {
        return new PackedSource(List.of(new Part(documents, 1)), context, size, longDocuments, 0, false);
    }

    /** What became of the documents of each part. */
    public List<Intake> intake() {
        return pieces.stream().map(Pieces::intake).toList();
    }

    /** How much of the first round's batches is filled, the last one not counted: 0 to 1. */
    public double fill() {
        int full = first.batches.size() - 1;
        if (full == 0) return 1;
        long used = 0;
        for (int[] batch : first.batches.subList(0, full)) used += positions(first, batch);
        return (double) used / ((long) full * size);
    }

    @Override
    public long round() {
        return first.batches.size();
    }

    @Override
    public double rounds(long batches) {
        if (batches == 0) return 0;
        Round r = holding(batches - 1);
        return r.number + (double) (batches - r.first) / r.batches.size();
    }

    @Override
    public Batch batch(long index) {
        if (index < 0) throw new IllegalArgumentException("batch " + index);
        Round r = holding(index);
        int[] items = r.batches.get((int) (index - r.first));
        int n = positions(r, items);
        int[] tokens = new int[n];
        int[] targets = new int[n];
        int[] starts = new int[n];
        int at = 0;
        for (int item : items) {
            Pieces from = pieces.get(r.part[item]);
            from.write(r.piece[item], tokens, targets, starts, at, Batch.IGNORED);
            at += from.length(r.piece[item]);
        }
        return new Batch(tokens, targets, starts);
    }

    private int positions(Round r, int[] items) {
        int n = 0;
        for (int item : items) n += pieces.get(r.part[item]).length(r.piece[item]);
        return n;
    }

    private Round holding(long index) {
        if (index < current.first) current = first;
        while (index >= current.end()) current = round(current.number + 1, current.end());
        return current;
    }

    /** How many items part {@code p} has given by the end of round {@code round}. */
    private long end(int p, long round) {
        return Math.round(parts.get(p).weight() * pieces.get(p).count() * (round + 1));
    }

    private Round round(long number, long firstBatch) {
        int n = 0;
        for (int p = 0; p < parts.size(); p++) n += (int) (end(p, number) - end(p, number - 1));
        int[] part = new int[n];
        int[] piece = new int[n];
        int i = 0;
        for (int p = 0; p < parts.size(); p++) {
            int count = pieces.get(p).count();
            // Each part goes through its own documents in a random order, over and over, in a new one each time.
            int[] order = {};
            long ordered = -1;
            for (long at = end(p, number - 1); at < end(p, number); at++) {
                if (at / count != ordered) {
                    ordered = at / count;
                    order = order(count, p, ordered);
                }
                part[i] = p;
                piece[i++] = order[(int) (at % count)];
            }
        }
        int[] items = order(n, -1, number);
        int[] lengths = new int[n];
        for (int k = 0; k < n; k++) lengths[k] = pieces.get(part[items[k]]).length(piece[items[k]]);
        List<int[]> batches = Packing.pack(lengths, size);
        for (int[] batch : batches) for (int k = 0; k < batch.length; k++) batch[k] = items[batch[k]];
        return new Round(number, firstBatch, part, piece, batches);
    }

    private int[] order(int count, int part, long time) {
        if (shuffled) return new Shuffle(seed, part, time).order(count);
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        return order;
    }

    @Override
    public String digest() {
        long d = Shuffle.mix(shuffled ? seed : 0);
        d = Shuffle.mix(d + context);
        d = Shuffle.mix(d + size);
        d = Shuffle.mix(d + longDocuments.name().hashCode());
        for (int p = 0; p < parts.size(); p++) {
            d = Shuffle.mix(d + pieces.get(p).digest());
            d = Shuffle.mix(d + Double.doubleToLongBits(parts.get(p).weight()));
        }
        return "%016x".formatted(d);
    }
}
