package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Phase;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What the watch sees against the attention kernel: with values that are unit vectors its result is the weights. */
class AttentionWatchTest {

    @Property(tries = 40)
    void theWeightsAreThoseThatMixTheValues(@ForAll long seed) {
        Random random = new Random(seed);
        int kvHeads = 1 + random.nextInt(2);
        int heads = kvHeads * (1 + random.nextInt(3));
        int dk = 1 + random.nextInt(20);
        int length = 1 + random.nextInt(30);
        int window = random.nextBoolean() ? 0 : 1 + random.nextInt(12);
        AttentionShape shape = new AttentionShape(
                heads, kvHeads, dk, length, 0.4f, random.nextBoolean() ? 0 : 3, window, random.nextBoolean(), true);
        Floats sinks = random.nextBoolean() ? null : floats(heads, random);
        Floats q = floats(length * heads * dk, random);
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1);
                Sequence sequence =
                        new Sequence(List.of(new LayerMemory.KeyValue(kvHeads, dk, length)), BlockType.F32)) {
            sequence.reserve(length);
            for (int p = 0; p < length; p++) {
                sequence.storeKeys(compute.kernels(), 0, floats(kvHeads * dk, random), 0, p);
                Floats unit = Floats.allocate(Arena.ofAuto(), kvHeads * length);
                for (int h = 0; h < kvHeads; h++) unit.set(h * length + p, 1);
                sequence.storeValues(compute.kernels(), 0, unit, 0, p);
            }
            Floats mixed = Floats.allocate(Arena.ofAuto(), length * heads * length);
            compute.kernels()
                    .attention(
                            shape,
                            Phase.PROMPT,
                            q,
                            0,
                            length,
                            0,
                            length,
                            sequence.keys(0),
                            sequence.values(0),
                            sinks,
                            mixed,
                            compute);
            int head = random.nextInt(heads);
            AttentionWatch watch = new AttentionWatch(0, head);
            watch.look(shape, q, new Step.Span(sequence, 0, length, 0, Phase.PROMPT), sequence.keys(0), sinks);
            assertThat(watch.rows()).hasSize(length);
            for (int t = 0; t < length; t++) {
                float[] row = watch.rows().get(t);
                assertThat(row).hasSize(t + 1);
                for (int p = 0; p < row.length; p++) {
                    assertThat(row[p]).isCloseTo(mixed.get((t * heads + head) * length + p), within(1e-5f));
                }
            }
        }
    }

    private static Floats floats(int length, Random random) {
        Floats f = Floats.allocate(Arena.ofAuto(), length);
        for (int i = 0; i < length; i++) f.set(i, (float) random.nextGaussian());
        return f;
    }
}
