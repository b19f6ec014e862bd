package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;
import org.jspecify.annotations.Nullable;

/**
 * The end of a decoder: final norm, logits, and the cross-entropy of targets, over some rows at a time, so that there
 * are never logits of all tokens at once; rows without a target are not looked at.
 */
final class HeadNode {

    /** Floats of logits at a time, 128 MiB: enough rows that decoding a large frozen matrix for them is worth it. */
    private static final int LOGITS = 1 << 25;

    private final int width;
    private final int vocabulary;
    private final int slice;
    private final @Nullable NormNode norm;
    private final LinearNode output;
    private final float scale;
    private final float softcap;

    HeadNode(int width, @Nullable NormNode norm, LinearNode output, float scale, float softcap) {
        this.width = width;
        this.norm = norm;
        this.output = output;
        this.scale = scale;
        this.softcap = softcap;
        vocabulary = output.outputs();
        slice = Math.clamp(LOGITS / vocabulary / 16 * 16, 16, 512);
    }

    /** Receives the logits of some of the rows asked for. */
    @FunctionalInterface
    interface Logits {
        /** @param logits {@code [count][vocabulary]} */
        void of(int first, int count, Floats logits);
    }

    /**
     * The negative log-probabilities of targets.
     *
     * @param x the stream after the last layer, {@code [tokens][embedding]}
     * @param rows which rows have targets
     * @param targets of these
     * @param losses receives the numbers
     */
    void losses(Pass pass, Floats x, int[] rows, int[] targets, double[] losses) {
        if (rows.length == 0) return;
        logits(
                pass,
                x,
                rows,
                (first, count, logits) -> pass.compute()
                        .forEach(
                                count,
                                (i, worker) -> losses[first + i] = pass.gradients()
                                        .crossEntropy(logits, i * vocabulary, vocabulary, targets[first + i])));
    }

    /** The logits of some rows. */
    void logits(Pass pass, Floats x, int[] rows, Logits receiver) {
        var mark = pass.mark();
        Floats gathered = gather(pass, x, rows);
        Floats normed = normed(pass, gathered, rows.length);
        Floats logits = pass.temporary(Math.min(slice, rows.length) * vocabulary);
        for (int first = 0; first < rows.length; first += slice) {
            int count = Math.min(slice, rows.length - first);
            logits(pass, normed.slice(first * width, count * width), count, logits);
            receiver.of(first, count, logits);
        }
        pass.release(mark);
    }

    /**
     * As {@link #losses}, with derivatives.
     *
     * @param scales factor on the derivative of each row's loss
     * @param d becomes the derivative by {@code x}
     */
    void lossesAndBackward(Pass pass, Floats x, int[] rows, int[] targets, float[] scales, double[] losses, Floats d) {
        pass.zero(d, pass.tokens() * width);
        if (rows.length == 0) return;
        var mark = pass.mark();
        int n = rows.length;
        Floats gathered = gather(pass, x, rows);
        Floats normed = normed(pass, gathered, n);
        Floats dNormed = pass.temporary(n * width);
        int most = Math.min(slice, n) * vocabulary;
        Floats logits = pass.temporary(most);
        Floats capped = pass.temporary(softcap == 0 ? 0 : most);
        for (int from = 0; from < n; from += slice) {
            int first = from;
            int count = Math.min(slice, n - first);
            Floats in = normed.slice(first * width, count * width);
            logits(pass, in, count, logits);
            pass.compute().forEach(count, (i, worker) -> {
                int at = i * vocabulary;
                if (softcap != 0) capped.copy(at, logits, at, vocabulary);
                losses[first + i] = pass.gradients()
                        .crossEntropy(logits, at, vocabulary, targets[first + i], scales[first + i] * scale);
                if (softcap != 0) {
                    pass.gradients().softcapBackward(capped, at, logits, at, vocabulary, softcap);
                }
            });
            output.backward(pass, in, count, logits, dNormed.slice(first * width, count * width), false);
        }
        Floats dGathered = dNormed;
        if (norm != null) {
            dGathered = pass.temporary(n * width);
            pass.zero(dGathered, n * width);
            norm.backward(pass, gathered, n, dNormed, dGathered);
        }
        Floats scattered = dGathered;
        pass.forRows(n, (from, to, part) -> {
            for (int i = from; i < to; i++) d.copy(rows[i] * width, scattered, i * width, width);
        });
        pass.release(mark);
    }

    private Floats gather(Pass pass, Floats x, int[] rows) {
        Floats gathered = pass.temporary(rows.length * width);
        pass.forRows(rows.length, (from, to, part) -> {
            for (int i = from; i < to; i++) gathered.copy(i * width, x, rows[i] * width, width);
        });
        return gathered;
    }

    private Floats normed(Pass pass, Floats gathered, int rows) {
        if (norm == null) return gathered;
        Floats normed = pass.temporary(rows * width);
        norm.forward(pass, gathered, rows, normed);
        return normed;
    }

    private void logits(Pass pass, Floats in, int count, Floats logits) {
        output.forward(pass, in, count, logits);
        pass.compute().forEach(count, (i, worker) -> {
            if (scale != 1) pass.kernels().scale(logits, i * vocabulary, vocabulary, scale);
            if (softcap != 0) pass.kernels().softcap(logits, i * vocabulary, vocabulary, softcap);
        });
    }

    /** Floats that are in use at most at a time, for so many rows with targets. */
    long temporary(long rows) {
        long logits = Math.min(slice, rows) * vocabulary * (softcap == 0 ? 1 : 2);
        return rows * width * (norm == null ? 2 : 4) + logits + rows * output.temporary();
    }
}
