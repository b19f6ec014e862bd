package dev.dalang.engine.arch;

import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KvRows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much each position of one head attends to each position before it, computed beside a pass from the same queries and
 * cached keys: softmax(q·k·scale), with the model's cap, window and sinks (Vaswani et al. 2017). In plain loops: it is for
 * looking at, and changes nothing of the pass.
 */
public final class AttentionWatch {

    private final int layer;
    private final int head;
    private final List<float[]> rows = new ArrayList<>();
    private @Nullable AttentionShape seen;

    /** @param layer of the model, from 0, as {@code head} within it */
    public AttentionWatch(int layer, int head) {
        this.layer = layer;
        this.head = head;
    }

    /**
     * A row for each position that went through, in order: its weights on positions {@code 0 ..} itself, which sum to 1, or
     * to less where a sink takes its share. Empty when the layer has no attention of this kind, or not that many heads.
     */
    public List<float[]> rows() {
        return Collections.unmodifiableList(rows);
    }

    /** The layer's attention, null when it has none of this kind. */
    public @Nullable AttentionShape shape() {
        return seen;
    }

    boolean wants(int asked) {
        return asked == layer;
    }

    /** @param q queries as they meet the keys, {@code [rows][heads][keyDim]} */
    void look(AttentionShape shape, Floats q, Step.Span span, KvRows keys, @Nullable Floats sinks) {
        seen = shape;
        if (head >= shape.heads()) return;
        int dk = shape.keyDim();
        int end = span.position() + span.count();
        float[] key = new float[dk];
        for (int t = 0; t < span.count(); t++) {
            int position = span.position() + t;
            int first = shape.causal() ? shape.firstVisible(position) : 0;
            int last = shape.causal() ? position : end - 1;
            int query = ((span.firstRow() + t) * shape.heads() + head) * dk;
            float[] row = new float[last + 1];
            double max = sinks == null ? Double.NEGATIVE_INFINITY : sinks.get(head);
            double[] scores = new double[last + 1];
            for (int p = first; p <= last; p++) {
                read(keys, head / shape.group(), p, key);
                double dot = 0;
                for (int i = 0; i < dk; i++) dot += (double) q.get(query + i) * key[i];
                double score = dot * shape.scale();
                if (shape.softcap() != 0) score = shape.softcap() * Math.tanh(score / shape.softcap());
                scores[p] = score;
                max = Math.max(max, score);
            }
            double total = sinks == null ? 0 : Math.exp(sinks.get(head) - max);
            for (int p = first; p <= last; p++) total += Math.exp(scores[p] - max);
            for (int p = first; p <= last; p++) row[p] = (float) (Math.exp(scores[p] - max) / total);
            rows.add(row);
        }
    }

    private static void read(KvRows rows, int head, int position, float[] target) {
        MemorySegment page = rows.page(position / KvRows.PAGE);
        long offset = ((long) head * KvRows.PAGE + position % KvRows.PAGE) * rows.rowBytes();
        rows.type().dequantizer().dequantize(page, offset, target, 0, rows.rowElements());
    }
}
