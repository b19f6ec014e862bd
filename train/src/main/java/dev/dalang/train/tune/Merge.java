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
        float[] a = new float[values.length];
        for (int r = 0; r < rank; r++) {
            float b = scale * pair.b().get(row * rank + r);
            pair.a().get(r * values.length, a, 0, values.length);
            for (int i = 0; i < values.length; i++) values[i] += b * a[i];
        }
    }
}
