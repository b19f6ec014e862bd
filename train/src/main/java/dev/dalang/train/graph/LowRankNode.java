package dev.dalang.train.graph;

import dev.dalang.engine.kernel.FloatMatrix;
import dev.dalang.engine.kernel.Floats;
import java.util.SplittableRandom;

/**
 * {@code out += scale·B·(A·x)} (Hu et al. 2021), with {@code x} dropped here and there in training (Srivastava et al.
 * 2014): element by element with probability p, the rest grown by 1/(1-p).
 *
 * <p>Keeps nothing for the way back: {@code A·x} is small and computed again, the same elements are dropped again.
 */
final class LowRankNode {

    private final Parameter a;
    private final Parameter b;
    private final int inputs;
    private final int outputs;
    private final int rank;
    private final Trained.Lora form;
    private final long key;

    /** @param index tells this addition's drops from the others' */
    LowRankNode(Tensors tensors, String tensor, int inputs, int outputs, Trained.Lora form, int index) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.form = form;
        rank = form.rank();
        a = tensors.added(tensor + ".lora_a", rank, inputs);
        b = tensors.added(tensor + ".lora_b", outputs, rank);
        key = mix(form.seed() ^ mix(index + 1));
        SplittableRandom random = new SplittableRandom(key);
        double bound = 1 / Math.sqrt(inputs);
        for (int i = 0; i < a.count(); i++) a.value().set(i, (float) random.nextDouble(-bound, bound));
    }

    void forward(Pass pass, Floats x, int rows, Floats out) {
        if (!pass.adapted()) return;
        var mark = pass.mark();
        Floats low = low(pass, dropped(pass, x, rows), rows);
        pass.gemm()
                .multiply(
                        pass.compute(),
                        FloatMatrix.of(low, rows, rank),
                        FloatMatrix.of(b.value(), outputs, rank).transpose(),
                        FloatMatrix.of(out, rows, outputs),
                        true);
        pass.release(mark);
    }

    /** Adds to the gradients of A and B, and to {@code dx}. */
    void backward(Pass pass, Floats x, int rows, Floats dOut, Floats dx) {
        if (!pass.adapted()) return;
        var mark = pass.mark();
        Floats in = dropped(pass, x, rows);
        Floats low = low(pass, in, rows);
        FloatMatrix dy = FloatMatrix.of(dOut, rows, outputs);
        pass.gemm()
                .multiply(
                        pass.compute(),
                        dy.transpose(),
                        FloatMatrix.of(low, rows, rank),
                        FloatMatrix.of(b.gradient(), outputs, rank),
                        true);
        Floats dLow = pass.temporary(rows * rank);
        pass.gemm()
                .multiply(
                        pass.compute(),
                        dy,
                        FloatMatrix.of(b.value(), outputs, rank),
                        FloatMatrix.of(dLow, rows, rank),
                        false);
        pass.scale(dLow, rows, rank, form.scale());
        pass.gemm()
                .multiply(
                        pass.compute(),
                        FloatMatrix.of(dLow, rows, rank).transpose(),
                        FloatMatrix.of(in, rows, inputs),
                        FloatMatrix.of(a.gradient(), rank, inputs),
                        true);
        boolean drops = in != x;
        Floats dIn = drops ? pass.temporary(rows * inputs) : dx;
        pass.gemm()
                .multiply(
                        pass.compute(),
                        FloatMatrix.of(dLow, rows, rank),
                        FloatMatrix.of(a.value(), rank, inputs),
                        FloatMatrix.of(dIn, rows, inputs),
                        !drops);
        if (drops) {
            Floats masked = dropped(pass, dIn, rows);
            pass.addScaled(dx, masked, rows, inputs, 1);
        }
        pass.release(mark);
    }

    /** Floats for each row that are in use at most at a time. */
    long temporary() {
        return 2L * rank + (form.dropout() == 0 ? 0 : 3L * inputs);
    }

    /** {@code scale·A·x}. */
    private Floats low(Pass pass, Floats x, int rows) {
        Floats low = pass.temporary(rows * rank);
        pass.gemm()
                .multiply(
                        pass.compute(),
                        FloatMatrix.of(x, rows, inputs),
                        FloatMatrix.of(a.value(), rank, inputs).transpose(),
                        FloatMatrix.of(low, rows, rank),
                        false);
        pass.scale(low, rows, rank, form.scale());
        return low;
    }

    /** {@code x} itself where nothing is dropped, else a copy with gaps. */
    private Floats dropped(Pass pass, Floats x, int rows) {
        if (form.dropout() == 0 || !pass.drops()) return x;
        Floats out = pass.temporary(rows * inputs);
        long step = mix(key ^ mix(pass.step()));
        // Four elements to a random number of 64 bits.
        int limit = (int) Math.round(form.dropout() * 0x10000);
        float grown = (float) (1 / (1 - form.dropout()));
        pass.forRows(rows, (from, to, part) -> {
            for (int r = from; r < to; r++) {
                long bits = 0;
                for (int c = 0; c < inputs; c++) {
                    if ((c & 3) == 0) bits = mix(step ^ mix((long) (pass.firstOfBatch() + r) * inputs + c));
                    boolean drop = (int) (bits >>> 16 * (c & 3) & 0xffff) < limit;
                    out.set(r * inputs + c, drop ? 0 : grown * x.get(r * inputs + c));
                }
            }
        });
        return out;
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    private static long mix(long z) {
        z += 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
