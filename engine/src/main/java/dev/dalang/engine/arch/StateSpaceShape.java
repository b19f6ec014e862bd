package dev.dalang.engine.arch;

import dev.dalang.engine.cache.LayerMemory;

/**
 * The numbers of a state space layer, {@code ssm.*}.
 *
 * @param kernel taps of the convolution, the current token included
 * @param inner channels: all heads together
 * @param state elements of one channel's state
 * @param rank {@code time_step_rank}: the width of the time step's projection in Mamba, the heads in Mamba-2 and after
 * @param groups of heads that share their input and output vectors
 */
record StateSpaceShape(int kernel, int inner, int state, int rank, int groups) {

    private static final int MAX_WIDTH = 1 << 20;

    /** Taps of a convolution; published models have 3 or 4. */
    static final int MAX_KERNEL = 1 << 8;

    /** What one layer may remember of one sequence: a gigabyte, far more than any published model needs. */
    private static final long MAX_STATE = 1 << 28;

    /** One number for each of the heads that {@code rank} counts; groups divide them. */
    static StateSpaceShape heads(Hyper h) {
        StateSpaceShape s = read(h, h.integer("ssm.group_count", 1, MAX_WIDTH));
        if (s.inner % s.rank != 0) throw h.bad("ssm.time_step_rank", "is " + s.rank + ", not a divisor of " + s.inner);
        if (s.rank % s.groups != 0) throw h.bad("ssm.group_count", "is " + s.groups + ", not a divisor of " + s.rank);
        if ((long) s.groups * s.state > MAX_WIDTH) {
            throw h.bad("ssm.state_size", "is " + s.state + " for " + s.groups + " groups, more than any model has");
        }
        return s;
    }

    /** Without groups. */
    static StateSpaceShape channels(Hyper h) {
        return read(h, 1);
    }

    private static StateSpaceShape read(Hyper h, int groups) {
        return new StateSpaceShape(
                h.integer("ssm.conv_kernel", 1, MAX_KERNEL),
                h.integer("ssm.inner_size", 1, MAX_WIDTH),
                h.integer("ssm.state_size", 1, MAX_WIDTH),
                h.integer("ssm.time_step_rank", 1, MAX_WIDTH),
                groups);
    }

    int headDim() {
        return inner / rank;
    }

    /** Channels of the convolution in Mamba-2 and after: the heads' inputs, and two vectors for each group. */
    int convolved() {
        return Math.addExact(inner, Math.multiplyExact(2 * groups, state));
    }

    /** The memory of a convolution's tail and of {@code rows} states of {@code size} elements, refused when absurd. */
    static LayerMemory.Recurrent memory(Hyper h, CausalConvolution convolution, long rows, long size) {
        long floats = convolution.stateFloats() + rows * size;
        if (floats > MAX_STATE) throw h.bad("ssm.state_size", "makes a state of " + floats + " numbers a layer");
        return new LayerMemory.Recurrent((int) floats);
    }
}
