package dev.dalang.train.graph;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Floats;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Parameters in memory as a model's tensors of 32-bit floats: what is read is what they are at that moment. */
final class LiveModel implements ModelSource {

    private final Metadata metadata;
    private final @Nullable ModelSource base;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, MemorySegment> learned = new HashMap<>();

    /** @param base where tensors that are not set come from; stays open, null for none */
    LiveModel(Metadata metadata, @Nullable ModelSource base) {
        this.metadata = metadata;
        this.base = base;
        if (base != null) tensors.putAll(base.tensors());
    }

    /** @param shape slowest dimension first */
    LiveModel with(String name, List<Integer> shape, Floats values) {
        TensorInfo replaced = tensors.get(name);
        long[] lengths = replaced != null
                ? replaced.shape()
                : shape.reversed().stream().mapToLong(d -> d).toArray();
        tensors.put(name, new TensorInfo(name, BlockType.F32, lengths, 0, 0, 4L * values.length()));
        learned.put(name, values.segment());
        return this;
    }

    @Override
    public String name() {
        return base == null ? "model in training" : base.name();
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public MemorySegment data(TensorInfo tensor) {
        MemorySegment mine = learned.get(tensor.name());
        return mine != null ? mine : Objects.requireNonNull(base).data(tensor);
    }

    /** The parameters belong to their network, and the base to whoever opened it. */
    @Override
    public void close() {}
}
