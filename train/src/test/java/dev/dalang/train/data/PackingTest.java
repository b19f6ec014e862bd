package dev.dalang.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Every item in exactly one batch, no batch too full, and none with much room left. */
class PackingTest {

    @Property
    void losesNothingAndOverfillsNothing(
            @ForAll @Size(max = 300) List<@IntRange(min = 1, max = 64) Integer> lengths,
            @ForAll @IntRange(min = 64, max = 200) int capacity) {
        int[] items = lengths.stream().mapToInt(i -> i).toArray();
        List<int[]> batches = Packing.pack(items, capacity);
        assertThat(batches.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                .isEqualTo(IntStream.range(0, items.length).toArray());
        for (int[] batch : batches) {
            assertThat(batch).isNotEmpty();
            assertThat(Arrays.stream(batch).map(i -> items[i]).sum()).isLessThanOrEqualTo(capacity);
        }
    }

    @Property(tries = 50)
    void nothingWaitsLong(@ForAll long seed) {
        Random random = new Random(seed);
        int[] items = IntStream.range(0, 3000).map(i -> 1 + random.nextInt(100)).toArray();
        List<int[]> batches = Packing.pack(items, 400);
        int oldest = 0;
        boolean[] gone = new boolean[items.length];
        for (int[] batch : batches) {
            while (gone[oldest]) oldest++;
            assertThat(batch[0]).isEqualTo(oldest);
            for (int i : batch) gone[i] = true;
        }
    }

    /** Lengths as texts have them: most short, some very long. */
    @Property(tries = 50)
    void fillsBatchesOfRealisticLengths(@ForAll long seed) {
        Random random = new Random(seed);
        int[] items = IntStream.range(0, 5000)
                .map(i -> (int) Math.clamp(Math.exp(4.5 + 1.1 * random.nextGaussian()), 1, 1024))
                .toArray();
        for (int capacity : new int[] {1024, 2048, 8192}) {
            List<int[]> batches = Packing.pack(items, capacity);
            long used = 0;
            for (int[] b : batches.subList(0, batches.size() - 1)) {
                for (int i : b) used += items[i];
            }
            assertThat((double) used / ((batches.size() - 1L) * capacity)).isGreaterThan(0.95);
        }
    }
}
