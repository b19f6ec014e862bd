package dev.dalang.train.recipe;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** A model of which there is the tokenizer and the chat template, and nothing else yet. */
record Weightless(String name, Metadata metadata) implements ModelSource {

    @Override
    public Map<String, TensorInfo> tensors() {
        return Map.of();
    }

    @Override
    public MemorySegment data(TensorInfo tensor) {
        throw new IllegalArgumentException("no tensor " + tensor.name());
    }

    @Override
    public void close() {}
}
