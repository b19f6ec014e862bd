package dev.dalang.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.assembler.CpuFeatures;
import dev.dalang.engine.format.BlockType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What stands between the products, against the scalar reference, with and without AVX-512. */
class NativeElementsTest {

    private static final Kernels[] FAST = {
        new NativeElements(CpuFeatures.detect()),
        new NativeElements(CpuFeatures.detect().masked("-avx512f"))
    };

    private final Kernels scalar = new ScalarKernels("test");

    /** Numbers of a run that starts anywhere, with some beyond either end that must stay. */
    private record Two(Floats expected, Floats actual, int from, int count) {
        static Two of(Random random, int count, float scale) {
            int from = random.nextInt(20);
            Floats a = RandomMatrix.floats(from + count + random.nextInt(20), random);
            for (int i = 0; i < a.length(); i++) a.set(i, a.get(i) * scale);
            return new Two(a, Floats.copyOf(Arena.ofAuto(), a.toArray()), from, count);
        }

        void check(String what, double relative, double absolute) {
            for (int i = 0; i < expected.length(); i++) {
                boolean inside = i >= from && i < from + count;
                float tolerance = inside ? (float) (relative * Math.abs(expected.get(i)) + absolute) : 0;
                assertThat(actual.get(i))
                        .as("%s, element %d of %d", what, i - from, count)
                        .isCloseTo(expected.get(i), within(tolerance));
            }
        }
    }

    @Property(tries = 300)
    void activationsMatch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int count) {
        Random random = new Random(seed);
        for (Kernels fast : FAST) {
            for (Activation f : Activation.values()) {
                Two gate = Two.of(random, count, random.nextBoolean() ? 3 : 30);
                Floats up = RandomMatrix.floats(count, random);
                scalar.gate(f, gate.expected, gate.from, up, 0, count);
                fast.gate(f, gate.actual, gate.from, up, 0, count);
                gate.check("gate " + f, 2e-6, f == Activation.GELU_ERF ? 3e-6 : 3e-7);
                if (f == Activation.SWIGLU_CLAMPED) continue;
                Two x = Two.of(random, count, random.nextBoolean() ? 3 : 30);
                scalar.activate(f, x.expected, x.from, count);
                fast.activate(f, x.actual, x.from, count);
                x.check(f.toString(), 2e-6, f == Activation.GELU_ERF ? 1e-6 : 1e-7);
            }
        }
    }

    @Property(tries = 300)
    void elementOperationsMatch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int count) {
        Random random = new Random(seed);
        float factor = 0.1f + random.nextFloat();
        for (Kernels fast : FAST) {
            Floats a = RandomMatrix.floats(count, random);
            Floats b = RandomMatrix.floats(count, random);
            Two x = Two.of(random, count, 3);
            scalar.addScaled(x.expected, x.from, a, 0, count, factor);
            fast.addScaled(x.actual, x.from, a, 0, count, factor);
            x.check("addScaled", 0, 0);
            scalar.multiplyElements(x.expected, x.from, a, 0, count);
            fast.multiplyElements(x.actual, x.from, a, 0, count);
            x.check("multiplyElements", 0, 0);
            scalar.multiplyAdd(x.expected, x.from, a, 0, b, 0, count);
            fast.multiplyAdd(x.actual, x.from, a, 0, b, 0, count);
            x.check("multiplyAdd", 0, 0);
            scalar.scale(x.expected, x.from, count, factor);
            fast.scale(x.actual, x.from, count, factor);
            x.check("scale", 0, 0);
            scalar.clamp(x.expected, x.from, count, -factor, factor / 2);
            fast.clamp(x.actual, x.from, count, -factor, factor / 2);
            x.check("clamp", 0, 0);
            scalar.softcap(x.expected, x.from, count, factor);
            fast.softcap(x.actual, x.from, count, factor);
            x.check("softcap", 1e-6, 0);
            Two y = Two.of(random, count, 20);
            scalar.softmax(y.expected, y.from, count);
            fast.softmax(y.actual, y.from, count);
            y.check("softmax", 3e-6, 1e-12);
        }
    }

    @Property(tries = 300)
    void normsMatch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int count) {
        Random random = new Random(seed);
        for (Kernels fast : FAST) {
            Floats weight = random.nextBoolean() ? null : RandomMatrix.floats(count, random);
            Floats bias = random.nextBoolean() ? null : RandomMatrix.floats(count, random);
            Two x = Two.of(random, count, 3);
            scalar.rmsNorm(x.expected, x.from, count, weight, 1e-5f, x.expected, x.from);
            fast.rmsNorm(x.actual, x.from, count, weight, 1e-5f, x.actual, x.from);
            x.check("rmsNorm", 1e-6, 1e-12);
            Two y = Two.of(random, count, 3);
            scalar.layerNorm(y.expected, y.from, count, weight, bias, 1e-5f, y.expected, y.from);
            fast.layerNorm(y.actual, y.from, count, weight, bias, 1e-5f, y.actual, y.from);
            y.check("layerNorm", 1e-5, count == 1 ? 1e-3 : 2e-6);
        }
    }

    @Property(tries = 200)
    void rotationsMatch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int pairs) {
        Random random = new Random(seed);
        for (Kernels fast : FAST) {
            boolean adjacent = random.nextBoolean();
            int heads = 1 + random.nextInt(4);
            int stride = 2 * pairs + random.nextInt(5);
            Floats cos = RandomMatrix.floats(2 * pairs + 3, random);
            Floats sin = RandomMatrix.floats(2 * pairs + 3, random);
            if (adjacent) {
                for (int i = 0; i < 2 * pairs; i += 2) {
                    cos.set(3 + i, cos.get(4 + i));
                    sin.set(3 + i, -sin.get(4 + i));
                }
            }
            Two x = Two.of(random, (heads - 1) * stride + 2 * pairs, 1);
            scalar.rotate(x.expected, x.from, heads, stride, pairs, adjacent, cos, sin, 3);
            fast.rotate(x.actual, x.from, heads, stride, pairs, adjacent, cos, sin, 3);
            x.check("rotate", 2e-7, 3e-6);
        }
    }

    /** A page of a cache in F16, filled with a byte that shows what was not written. */
    private record Page(MemorySegment bytes, int rowElements) implements KvRows {
        Page(int heads, int rowElements) {
            this(Arena.ofAuto().allocate((long) heads * PAGE * rowElements * 2 + SLACK, 64), rowElements);
            bytes.fill((byte) 0x5A);
        }

        @Override
        public BlockType type() {
            return BlockType.F16;
        }

        @Override
        public MemorySegment page(int index) {
            return bytes;
        }
    }

    @Property(tries = 200)
    void storedHalvesAreTheSameToTheBit(@ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int units) {
        Random random = new Random(seed);
        // Some rows are no multiple of the kernel's unit.
        int elements = random.nextInt(8) == 0 ? 8 * units - 3 : 8 * units;
        int heads = 1 + random.nextInt(4);
        int position = random.nextInt(KvRows.PAGE);
        Floats x = RandomMatrix.floats(heads * elements + 5, random);
        for (int i = 0; i < x.length(); i++) {
            switch (random.nextInt(6)) {
                case 0 -> x.set(i, Float.intBitsToFloat(random.nextInt())); // beyond what F16 holds, and not-a-number
                case 1 -> x.set(i, Math.scalb(random.nextFloat() - 0.5f, -14 - random.nextInt(12))); // subnormal in F16
                case 2 -> x.set(i, Float.float16ToFloat((short) random.nextInt()) * (1 + 0x1p-11f)); // half way
                default -> {}
            }
        }
        Page expected = new Page(heads, elements);
        scalar.store(x, 5, heads, expected, position);
        for (Kernels fast : FAST) {
            Page actual = new Page(heads, elements);
            fast.store(x, 5, heads, actual, position);
            assertThat(actual.bytes().mismatch(expected.bytes())).isEqualTo(-1);
        }
    }

    @Property(tries = 200)
    void recurrencesMatch(@ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int size) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(5);
        for (Kernels fast : FAST) {
            Floats a = RandomMatrix.floats(size, random);
            Floats b = RandomMatrix.floats(size, random);
            Floats c = RandomMatrix.floats(size, random);
            Floats x = RandomMatrix.floats(rows, random);
            Two state = Two.of(random, rows * size, 1);
            Two out = Two.of(random, rows, 1);
            float decay = random.nextFloat();
            float dt = random.nextFloat();
            scalar.stateSpaceStep(
                    state.expected, state.from, rows, size, decay, dt, x, 0, b, 0, c, 0, out.expected, out.from);
            fast.stateSpaceStep(
                    state.actual, state.from, rows, size, decay, dt, x, 0, b, 0, c, 0, out.actual, out.from);
            state.check("stateSpaceStep", 3e-7, 1e-6);
            out.check("stateSpaceStep", 1e-6, 2e-5);
            Two delta = Two.of(random, rows * size, 1);
            scalar.deltaStep(
                    delta.expected, delta.from, rows, size, a, 0, b, 0, x, 0, dt, c, 0, out.expected, out.from);
            fast.deltaStep(delta.actual, delta.from, rows, size, a, 0, b, 0, x, 0, dt, c, 0, out.actual, out.from);
            delta.check("deltaStep", 1e-5, 3e-4);
            out.check("deltaStep", 1e-5, 3e-3);
            Two one = Two.of(random, size, 1);
            float expected = scalar.selectiveStep(one.expected, one.from, size, a, 0, dt, 0.5f, b, 0, c, 0);
            float actual = fast.selectiveStep(one.actual, one.from, size, a, 0, dt, 0.5f, b, 0, c, 0);
            assertThat(actual).isCloseTo(expected, within(1e-4f));
            one.check("selectiveStep", 1e-6, 2e-6);
        }
    }

    @Test
    void extremesStayWhatTheyAre() {
        float[] inputs = {
            0, -0f, 1e-20f, 88, 89, 1000, -87, -88, -1000, 1e30f, -1e30f, Float.NaN, 5e-5f, -0.349f, 0.351f
        };
        for (Kernels fast : FAST) {
            for (Activation f : Activation.values()) {
                if (f == Activation.SWIGLU_CLAMPED) continue;
                Floats x = Floats.copyOf(Arena.ofAuto(), inputs);
                fast.activate(f, x, 0, inputs.length);
                for (int i = 0; i < inputs.length; i++) {
                    float expected = ScalarKernels.apply(f, inputs[i]);
                    if (Float.isNaN(expected) || Float.isNaN(inputs[i]))
                        assertThat(x.get(i)).as(f + " " + inputs[i]).isNaN();
                    else
                        assertThat(x.get(i))
                                .as(f + " of " + inputs[i])
                                .isCloseTo(expected, within(1e-6f * Math.max(1e-1f, Math.abs(expected))));
                }
            }
        }
    }
}
