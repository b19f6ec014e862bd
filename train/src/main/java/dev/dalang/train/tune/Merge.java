package dev.dalang.train.tune;

import dev.dalang.engine.adapter.AdapterWriter;
import dev.dalang.engine.format.ModelQuantizer;
import java.util.HashMap;
import java.util.Map;

/** {@code W + α/rank·B·A} row by row, in 32 bits, on the way into a file. */
final class Merge implements ModelQuantizer.Change {

    private final Map<String, AdapterWriter.Pair> pairs = new HashMap<>();
    private final int rank;
    private final float scale;

    /** A of the tensor that is on its way, on the heap, where reading it costs least. */
    private volatile Side side = new Side("", new float[0]);

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Side(String tensor, float[] a) {}

    Merge(AdapterWriter adapter) {
        for (AdapterWriter.Pair p : adapter.pairs()) pairs.put(p.tensor(), p);
        this.rank = adapter.rank();
        this.scale = (float) (adapter.alpha() / rank);
    }

    @Override
    public boolean concerns(String tensor) {
        return pairs.containsKey(tensor);
    }

    @Override
    public void apply(String tensor, int row, float[] values) {
        AdapterWriter.Pair pair = pairs.get(tensor);
        if (pair == null) throw new IllegalArgumentException(tensor);
        Side current = side;
        if (!current.tensor.equals(tensor)) {
            current = new Side(tensor, pair.a().toArray());
            side = current;
        }
        float[] a = current.a;
        for (int r = 0; r < rank; r++) {
            float b = scale * pair.b().get(row * rank + r);
            int from = r * values.length;
            for (int i = 0; i < values.length; i++) values[i] += b * a[from + i];
        }
    }
}
