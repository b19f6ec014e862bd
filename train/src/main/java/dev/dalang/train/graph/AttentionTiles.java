package dev.dalang.train.graph;

import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.FloatMatrix;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Documents.Document;
import dev.dalang.train.graph.Tensors.Vector;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code softmax(scale·q·kᵀ)·v} within each document, by tiles of {@link #QUERIES} queries against all the keys that
 * they see. The way back computes a tile's probabilities again (as Dao et al. 2022 do), so that no more than a tile of
 * them is ever kept.
 *
 * <p>A task is one key-value head of one document with the query heads that share it: whatever a task adds to is its
 * own, so that sums have one order on any number of threads.
 */
final class AttentionTiles {

    /** Queries in a tile. */
    private static final int QUERIES = 128;

    private final AttentionShape shape;
    private final @Nullable Vector sinks;
    private final int heads;
    private final int kvHeads;
    private final int dk;
    private final int dv;

    /** @param sinks one logit per query head that takes weight without giving a value, or null */
    AttentionTiles(AttentionShape shape, @Nullable Vector sinks) {
        this.shape = shape;
        this.sinks = sinks;
        heads = shape.heads();
        kvHeads = shape.kvHeads();
        dk = shape.keyDim();
        dv = shape.valueDim();
    }

    /** Floats of working memory that each worker needs. */
    long perWorker(int longest) {
        long scores = (shape.softcap() == 0 ? 2L : 3L) * stride(longest);
        return Math.min(QUERIES, longest) * (dk + scores) + Math.max(stride(longest), Math.max(dk, dv));
    }

    /** A row of scores, with a place for the sink's. */
    private static int stride(int longest) {
        return (longest + 1 + 15) / 16 * 16;
    }

    /** One worker's memory: scaled queries, probabilities, their derivatives, capped scores, zeros. */
    private record Bench(Floats queries, Floats scores, Floats derivatives, Floats capped, Floats zeros) {}

    private Bench[] benches(Pass pass) {
        int length = stride(pass.longest());
        int queries = Math.min(QUERIES, pass.longest());
        Bench[] all = new Bench[pass.threads()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Bench(
                    pass.temporary(queries * dk),
                    pass.temporary(queries * length),
                    pass.temporary(queries * length),
                    pass.temporary(shape.softcap() == 0 ? 0 : queries * length),
                    pass.temporary(Math.max(length, Math.max(dk, dv))));
            all[i].zeros.fill(0);
        }
        return all;
    }

    /** Indices of the documents, the longest first, so that no thread is left with a long one at the end. */
    private static int[] order(List<Document> documents) {
        return IntStream.range(0, documents.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer d) -> -documents.get(d).count()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * @param q {@code [heads][keyDim]} of each token
     * @param k {@code [kvHeads][keyDim]} of each token
     * @param v {@code [kvHeads][valueDim]} of each token
     * @param out {@code [heads][valueDim]} of each token
     */
    void forward(Pass pass, Rows q, Rows k, Rows v, Rows out) {
        var mark = pass.mark();
        Bench[] benches = benches(pass);
        int[] order = order(pass.documents());
        pass.compute().forEach(order.length * kvHeads, (task, worker) -> {
            Document d = pass.documents().get(order[task / kvHeads]);
            int kv = task % kvHeads;
            for (int h = kv * shape.group(); h < (kv + 1) * shape.group(); h++) {
                for (int first = 0; first < d.count(); first += QUERIES) {
                    Tile t = new Tile(pass, benches[worker], worker, d, kv, h, first);
                    t.probabilities(q, k);
                    t.multiply(t.scores(t.bench.scores), t.keys(v, dv), t.queries(out, dv), false);
                }
            }
        });
        pass.release(mark);
    }

    /**
     * Overwrites dq, dk and dv, and adds to the sinks' gradients.
     *
     * @param dOut {@code [heads][valueDim]} of each token
     */
    void backward(Pass pass, Rows q, Rows k, Rows v, Rows dOut, Rows dq, Rows dk, Rows dv) {
        var mark = pass.mark();
        Bench[] benches = benches(pass);
        int[] order = order(pass.documents());
        double[] dSinks = new double[order.length * heads];
        pass.compute().forEach(order.length * kvHeads, (task, worker) -> {
            int document = order[task / kvHeads];
            Document d = pass.documents().get(document);
            int kv = task % kvHeads;
            // The last tile, which comes first, sees all keys and overwrites; not so with a window.
            boolean add = shape.window() != 0;
            if (add) clear(d, kv, benches[worker], dk, dv);
            for (int h = kv * shape.group(); h < (kv + 1) * shape.group(); h++) {
                for (int first = (d.count() - 1) / QUERIES * QUERIES; first >= 0; first -= QUERIES) {
                    Tile t = new Tile(pass, benches[worker], worker, d, kv, h, first);
                    dSinks[document * heads + h] += t.backward(q, k, v, dOut, dq, dk, dv, add);
                    add = true;
                }
            }
        });
        if (sinks != null && sinks.gradient() != null) {
            for (int i = 0; i < dSinks.length; i++) {
                int h = i % heads;
                sinks.gradient().set(h, (float) (sinks.gradient().get(h) + dSinks[i]));
            }
        }
        pass.release(mark);
    }

    private void clear(Document d, int kv, Bench bench, Rows dKeys, Rows dValues) {
        for (int t = d.first(); t < d.first() + d.count(); t++) {
            dKeys.data().copy(dKeys.at(t) + kv * dk, bench.zeros, 0, dk);
            dValues.data().copy(dValues.at(t) + kv * dv, bench.zeros, 0, dv);
        }
    }

    /** Queries {@code first ..} of a document's head, and the keys from the first that any of them sees to their last. */
    private final class Tile {
        private final Pass pass;
        private final Bench bench;
        private final int worker;
        private final Document document;
        private final int kv;
        private final int head;
        private final int first;
        private final int count;
        private final int firstKey;
        private final int keys;
        private final int stride;
        /** The sinks' probabilities. */
        private final float[] sunk = new float[QUERIES];

        Tile(Pass pass, Bench bench, int worker, Document document, int kv, int head, int first) {
            this.pass = pass;
            this.bench = bench;
            this.worker = worker;
            this.document = document;
            this.kv = kv;
            this.head = head;
            this.first = first;
            count = Math.min(QUERIES, document.count() - first);
            firstKey = shape.firstVisible(first);
            keys = first + count - firstKey;
            stride = stride(keys);
        }

        void multiply(FloatMatrix a, FloatMatrix b, FloatMatrix out, boolean add) {
            pass.gemm().multiply(pass.compute().scratch(worker), a, b, out, add);
        }

        /** The numbers of this tile's queries in {@code [heads][width]}. */
        FloatMatrix queries(Rows x, int width) {
            int at = x.at(document.first() + first) + head * width;
            return new FloatMatrix(x.data(), at, count, width, x.stride(), false);
        }

        /** Those of this tile's keys in {@code [kvHeads][width]}. */
        FloatMatrix keys(Rows x, int width) {
            int at = x.at(document.first() + firstKey) + kv * width;
            return new FloatMatrix(x.data(), at, keys, width, x.stride(), false);
        }

        FloatMatrix scores(Floats x) {
            return new FloatMatrix(x, 0, count, keys, stride, false);
        }

        /** Fills the bench's scores with probabilities, 0 where a key is not seen. */
        void probabilities(Rows q, Rows k) {
            Floats s = bench.scores;
            Floats scaled = bench.queries;
            int at = q.at(document.first() + first) + head * dk;
            for (int r = 0; r < count; r++) scaled.copy(r * dk, q.data(), at + r * q.stride(), dk);
            pass.kernels().scale(scaled, 0, count * dk, shape.scale());
            multiply(FloatMatrix.of(scaled, count, dk), keys(k, dk).transpose(), scores(s), false);
            for (int r = 0; r < count; r++) {
                int row = r * stride;
                int from = shape.firstVisible(first + r) - firstKey;
                int to = first + r + 1 - firstKey;
                s.copy(row, bench.zeros, 0, from);
                if (shape.softcap() != 0) {
                    pass.kernels().softcap(s, row + from, to - from, shape.softcap());
                    bench.capped.copy(row + from, s, row + from, to - from);
                    bench.capped.copy(row, bench.zeros, 0, from);
                    bench.capped.copy(row + to, bench.zeros, 0, keys - to);
                }
                if (sinks != null) {
                    s.set(row + to, sinks.value().get(head));
                    pass.kernels().softmax(s, row + from, to - from + 1);
                    sunk[r] = s.get(row + to);
                } else {
                    pass.kernels().softmax(s, row + from, to - from);
                }
                s.copy(row + to, bench.zeros, 0, keys - to);
            }
        }

        /**
         * @param add whether the keys' and values' derivatives are added to
         * @return the derivative by the sink
         */
        double backward(Rows q, Rows k, Rows v, Rows dOut, Rows dq, Rows dk, Rows dv, boolean add) {
            int widthK = shape.keyDim();
            int widthV = shape.valueDim();
            probabilities(q, k);
            Floats p = bench.scores;
            Floats d = bench.derivatives;
            multiply(scores(p).transpose(), queries(dOut, widthV), keys(dv, widthV), add);
            multiply(queries(dOut, widthV), keys(v, widthV).transpose(), scores(d), false);
            double dSink = 0;
            for (int r = 0; r < count; r++) {
                int row = r * stride;
                if (sinks != null) dSink -= sunk[r] * dot(p, d, row, keys);
                pass.gradients().softmaxBackward(p, row, d, row, keys, shape.scale());
                if (shape.softcap() != 0) {
                    pass.gradients().softcapBackward(bench.capped, row, d, row, keys, shape.softcap());
                }
            }
            multiply(scores(d), keys(k, widthK), queries(dq, widthK), false);
            multiply(scores(d).transpose(), queries(q, widthK), keys(dk, widthK), add);
            return dSink;
        }

        private static double dot(Floats a, Floats b, int from, int count) {
            double sum = 0;
            for (int i = from; i < from + count; i++) sum += (double) a.get(i) * b.get(i);
            return sum;
        }
    }
}
