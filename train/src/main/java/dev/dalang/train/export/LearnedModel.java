package dev.dalang.train.export;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.train.graph.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was learned, as a model in the terms of GGUF that is not in a file yet: all tensors F32. The parameters stay
 * their owner's, and must not change while this is read.
 */
public final class LearnedModel implements ModelSource {

    private static final int CHUNK = 1 << 16;

    private final String name;
    private final Metadata metadata;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    /**
     * @param name what the model is called in messages
     * @param metadata of its GGUF file
     */
    public LearnedModel(String name, Metadata metadata, List<Parameter> learned) {
        this.name = name;
        this.metadata = metadata;
        long offset = 0;
        for (Parameter p : learned) {
            long[] shape = new long[p.shape().size()];
            for (int d = 0; d < shape.length; d++) shape[d] = p.shape().get(shape.length - 1 - d);
            TensorInfo info = new TensorInfo(p.name(), BlockType.F32, shape, 0, offset, 4L * p.count());
            tensors.put(p.name(), info);
            parameters.put(p.name(), p);
            offset += info.bytes();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Metadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * A copy.
     *
     * @throws DalangException (internal) if a value is not a finite number: such a model is of no use to anybody
     */
    @Override
    public MemorySegment data(TensorInfo tensor) {
        Parameter p = parameters.get(tensor.name());
        if (p == null) throw new IllegalArgumentException("no tensor " + tensor.name());
        Floats values = p.value();
        MemorySegment bytes = Arena.ofAuto().allocate(tensor.bytes(), 64);
        float[] chunk = new float[Math.min(CHUNK, values.length())];
        for (int at = 0; at < values.length(); at += chunk.length) {
            int n = Math.min(chunk.length, values.length() - at);
            values.get(at, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                if (Float.isFinite(chunk[i])) continue;
                throw new DalangException(new Failure.Internal(
                        name + ": " + tensor.name() + " holds " + chunk[i] + "; the training has diverged"));
            }
            MemorySegment.copy(chunk, 0, bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * at, n);
        }
        return bytes;
    }

    /** Nothing: the parameters are their owner's. */
    @Override
    public void close() {}
}
