package dev.dalang.engine.cache;

/** What one layer must remember of a sequence. */
public sealed interface LayerMemory {

    /** Keys and values of every position, per key-value head. */
    record KeyValue(int heads, int keyDim, int valueDim) implements LayerMemory {}

    /** A state of fixed size, whatever the length: convolution tails and recurrent matrices. */
    record Recurrent(int floats) implements LayerMemory {}

    /** Both at once: attention and a recurrence side by side (Falcon-H1). */
    record Hybrid(KeyValue attention, Recurrent recurrence) implements LayerMemory {}

    /** Nothing: the layer keeps no state, or reads another layer's. */
    record None() implements LayerMemory {}
}
