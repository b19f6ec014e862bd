package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Attention over documents longer than a tile, with windows, caps and sinks: the result and its derivatives (of a
 * weighted sum of the results, along random directions) against attention in 64-bit floats and its central differences.
 */
class AttentionTilesTest {

    private static final int HEADS = 4;
    private static final int DK = 8;
    private static final int DV = 6;
    private static final int[] LENGTHS = {300, 3, 128, 140};

    private final Random random = new Random(8);
    private final Arena arena = Arena.ofAuto();

    private Floats some(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float) random.nextGaussian();
        return Floats.copyOf(arena, values);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, 0, false",
        "2, 0, 0, false",
        "1, 20, 0, false",
        "2, 0, 1.5, false",
        "2, 0, 0, true",
        "2, 133, 2, true",
    })
    void agreesWithPlainAttention(int kvHeads, int window, float cap, boolean sinks) {
        AttentionShape shape = new AttentionShape(HEADS, kvHeads, DK, DV, 0.4f, cap, window, false, true);
        Batch batch = CheckpointingTest.batch(LENGTHS);
        int n = batch.count();
        Floats q = some(n * HEADS * DK);
        Floats k = some(n * kvHeads * DK);
        Floats v = some(n * kvHeads * DV);
        Floats s = some(HEADS);
        Floats weights = some(n * HEADS * DV);
        Floats out = Floats.allocate(arena, n * HEADS * DV);
        Floats[] d = {
            Floats.allocate(arena, q.length()),
            Floats.allocate(arena, k.length()),
            Floats.allocate(arena, v.length()),
            Floats.allocate(arena, HEADS)
        };
        try (Workspace workspace = new Workspace();
                Compute compute = new Compute(KernelTier.named("scalar"), 2)) {
            Pass pass = new Pass(compute, true, workspace);
            pass.begin(batch, Documents.of(batch));
            AttentionTiles tiles = new AttentionTiles(shape, sinks ? new Tensors.Vector(s, d[3]) : null);
            Rows rq = Rows.of(q, HEADS * DK);
            Rows rk = Rows.of(k, kvHeads * DK);
            Rows rv = Rows.of(v, kvHeads * DV);
            tiles.forward(pass, rq, rk, rv, Rows.of(out, HEADS * DV));
            tiles.backward(
                    pass,
                    rq,
                    rk,
                    rv,
                    Rows.of(weights, HEADS * DV),
                    Rows.of(d[0], HEADS * DK),
                    Rows.of(d[1], kvHeads * DK),
                    Rows.of(d[2], kvHeads * DV));
        }
        double[][] inputs = {wide(q), wide(k), wide(v), wide(s)};
        double[] expected = attention(shape, batch, inputs, sinks);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) out.get(i)).isCloseTo(expected[i], within(2e-6 * Math.max(1, Math.abs(expected[i]))));
        }
        double[] w = wide(weights);
        for (int input = 0; input < (sinks ? 4 : 3); input++) {
            for (int trial = 0; trial < 5; trial++) {
                double[] direction = new double[inputs[input].length];
                double predicted = 0;
                double length = 0;
                for (int i = 0; i < direction.length; i++) {
                    direction[i] = random.nextGaussian();
                    double g = d[input].get(i);
                    predicted += direction[i] * g;
                    length += g * g;
                }
                double step = 1e-6;
                double above = moved(shape, batch, inputs, input, direction, step, sinks, w);
                double below = moved(shape, batch, inputs, input, direction, -step, sinks, w);
                assertThat(predicted)
                        .as("input %d", input)
                        .isCloseTo((above - below) / (2 * step), within(1e-5 * Math.sqrt(length)));
            }
        }
    }

    private static double moved(
            AttentionShape shape,
            Batch batch,
            double[][] inputs,
            int input,
            double[] direction,
            double by,
            boolean sinks,
            double[] weights) {
        double[][] there = inputs.clone();
        there[input] = inputs[input].clone();
        for (int i = 0; i < direction.length; i++) there[input][i] += by * direction[i];
        double[] out = attention(shape, batch, there, sinks);
        double sum = 0;
        for (int i = 0; i < out.length; i++) sum += out[i] * weights[i];
        return sum;
    }

    private static double[] wide(Floats values) {
        double[] wide = new double[values.length()];
        for (int i = 0; i < wide.length; i++) wide[i] = values.get(i);
        return wide;
    }

    private static double[] attention(AttentionShape s, Batch batch, double[][] in, boolean sinks) {
        int n = batch.count();
        double[] out = new double[n * HEADS * DV];
        for (int i = 0; i < n; i++) {
            int start = batch.starts()[i];
            int first = s.window() == 0 ? start : Math.max(start, i - s.window() + 1);
            for (int h = 0; h < HEADS; h++) {
                int kv = h / (HEADS / s.kvHeads());
                double total = sinks ? Math.exp(in[3][h]) : 0;
                double[] p = new double[i + 1];
                for (int j = first; j <= i; j++) {
                    double score = 0;
                    for (int c = 0; c < DK; c++) {
                        score += in[0][(i * HEADS + h) * DK + c] * in[1][(j * s.kvHeads() + kv) * DK + c];
                    }
                    score *= s.scale();
                    if (s.softcap() != 0) score = s.softcap() * Math.tanh(score / s.softcap());
                    p[j] = Math.exp(score);
                    total += p[j];
                }
                for (int j = first; j <= i; j++) {
                    for (int c = 0; c < DV; c++) {
                        out[(i * HEADS + h) * DV + c] += p[j] / total * in[2][(j * s.kvHeads() + kv) * DV + c];
                    }
                }
            }
        }
        return out;
    }
}
