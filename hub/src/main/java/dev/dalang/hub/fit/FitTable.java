package dev.dalang.hub.fit;

import dev.dalang.engine.format.BlockType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Quantisation by context by number of requests, with a verdict for each and a recommendation.
 *
 * @param rows the largest quantisation first, then by context, then by requests
 * @param recommended the best that is comfortable or at least fits; null when nothing fits
 * @param remedy when nothing fits, what would make it fit; else empty
 */
public record FitTable(List<Row> rows, @Nullable Row recommended, String remedy) {

    /** Quality that is hardly told from the original in use; larger files are for those who have the room. */
    private static final List<String> PREFERRED =
            List.of("Q4_K_M", "UD-Q4_K_XL", "UD-Q4_K_M", "MXFP4", "Q5_K_M", "Q4_0", "IQ4_XS", "Q6_K", "Q8_0", "Q3_K_M");

    /** A conversation needs this much. */
    private static final int USEFUL_CONTEXT = 4096;

    /**
     * @param cacheQ8 bytes of the cache with keys and values in Q8_0
     * @param memory with the type of cache that was asked for
     * @param diskFits whether the file fits the disk, or is there already
     * @param speed null when nothing was measured
     */
    public record Row(
            ModelShape shape,
            int context,
            int parallel,
            Memory memory,
            long cacheQ8,
            boolean diskFits,
            @Nullable Speed speed,
            Verdict verdict) {}

    /**
     * @param contexts wanted; those over the model's own are cut to it
     * @param parallel numbers of requests
     * @param batch tokens of a prompt that go through together
     * @param onDisk the file is here already
     */
    public record Wish(List<Integer> contexts, List<Integer> parallel, BlockType cacheType, int batch, boolean onDisk) {
        public Wish {
            contexts = List.copyOf(contexts);
            parallel = List.copyOf(parallel);
        }
    }

    public FitTable {
        rows = List.copyOf(rows);
    }

    public static FitTable of(List<ModelShape> shapes, Wish wish, Machine machine, @Nullable Rates rates) {
        List<Row> rows = new ArrayList<>();
        for (ModelShape shape : shapes) {
            Set<Integer> contexts = new LinkedHashSet<>();
            for (int c : wish.contexts()) contexts.add(Math.min(c, shape.contextMax()));
            for (int context : contexts) {
                for (int parallel : wish.parallel()) rows.add(row(shape, context, parallel, wish, machine, rates));
            }
        }
        Row best = recommend(rows);
        return new FitTable(rows, best, best == null ? remedy(shapes, wish, machine) : "");
    }

    private static Row row(
            ModelShape shape, int context, int parallel, Wish wish, Machine machine, @Nullable Rates rates) {
        Memory memory = Memory.of(shape, context, parallel, wish.cacheType(), wish.batch(), 0);
        boolean disk = wish.onDisk() || machine.diskFree() == null || shape.fileBytes() <= machine.diskFree();
        Verdict verdict = Verdict.of(memory.total(), machine.memoryAvailable());
        return new Row(
                shape,
                context,
                parallel,
                memory,
                parallel * Memory.cacheBytes(shape, context, BlockType.Q8_0),
                disk,
                rates == null || machine.bandwidth() == 0 ? null : Speed.of(shape, context, rates, machine.bandwidth()),
                disk ? verdict : Verdict.NO);
    }

    /** A preferred quantisation that is comfortable with a useful context; the longest context that still is. */
    private static @Nullable Row recommend(List<Row> rows) {
        for (Verdict wanted : List.of(Verdict.COMFORTABLE, Verdict.TIGHT)) {
            for (String quantisation : PREFERRED) {
                Row best = longest(rows, wanted, quantisation);
                if (best != null) return best;
            }
            Row any = longest(rows, wanted, null);
            if (any != null) return any;
        }
        return null;
    }

    private static @Nullable Row longest(List<Row> rows, Verdict wanted, @Nullable String quantisation) {
        Row best = null;
        int longestAsked = rows.stream().mapToInt(Row::context).max().orElse(0);
        for (Row r : rows) {
            if (r.verdict() != wanted || r.parallel() != rows.getFirst().parallel()) continue;
            if (quantisation != null && !quantisation.equalsIgnoreCase(r.shape().quantisation())) continue;
            boolean useful = r.context() >= Math.min(USEFUL_CONTEXT, longestAsked);
            if (useful && (best == null || r.context() > best.context())) best = r;
        }
        return best;
    }

    private static String remedy(List<ModelShape> shapes, Wish wish, Machine machine) {
        if (shapes.isEmpty()) return "its size is not known";
        ModelShape smallest = shapes.getFirst();
        for (ModelShape s : shapes) if (s.fileBytes() < smallest.fileBytes()) smallest = s;
        long available = machine.memoryAvailable();
        int fits = Memory.contextThatFits(
                smallest, available, smallest.contextMax(), 1, wish.cacheType(), wish.batch(), 0);
        if (fits > 0 && fits < Math.min(USEFUL_CONTEXT, smallest.contextMax())) {
            return smallest.quantisation() + " with a context of " + fits + " fits";
        }
        int context = Math.min(USEFUL_CONTEXT, smallest.contextMax());
        Memory least = Memory.of(smallest, context, 1, BlockType.Q8_0, wish.batch(), 0);
        if (least.total() <= available) {
            if (machine.diskFree() != null && smallest.fileBytes() > machine.diskFree() && !wish.onDisk()) {
                return gigabytes(smallest.fileBytes() - machine.diskFree()) + " more free disk";
            }
            return smallest.quantisation() + " with keys and values in Q8_0 and a context of " + context + " fits";
        }
        String more = gigabytes(least.total() - available) + " more free memory for " + smallest.quantisation();
        return least.total() <= machine.memoryTotal() ? more + " (other programs hold it)" : more;
    }

    private static String gigabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
