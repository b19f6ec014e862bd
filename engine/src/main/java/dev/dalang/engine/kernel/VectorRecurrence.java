package dev.dalang.engine.kernel;

import static dev.dalang.engine.kernel.Memory.ALL;
import static dev.dalang.engine.kernel.Memory.LITTLE;
import static dev.dalang.engine.kernel.VectorMath.F;
import static dev.dalang.engine.kernel.VectorMath.LANES;

import jdk.incubator.vector.FloatVector;

/** The inner loops of recurrent layers on addresses that {@link VectorKernels} has checked. */
final class VectorRecurrence {

    private VectorRecurrence() {}

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, LITTLE);
    }

    static void multiplyAdd(long target, long a, long b, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            load(a + 4L * i)
                    .fma(load(b + 4L * i), load(target + 4L * i))
                    .intoMemorySegment(ALL, target + 4L * i, LITTLE);
        }
        for (; i < count; i++) {
            float sum = Math.fma(Memory.f32(a + 4L * i), Memory.f32(b + 4L * i), Memory.f32(target + 4L * i));
            Memory.f32(target + 4L * i, sum);
        }
    }

    /** One state: {@code h = decay·h + input·b}; returns {@code h·c}. */
    static float stateSpace(long state, int size, float decay, float input, long b, long c) {
        FloatVector sum = FloatVector.zero(F);
        FloatVector inputs = FloatVector.broadcast(F, input);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector h = load(b + 4L * i).fma(inputs, load(state + 4L * i).mul(decay));
            h.intoMemorySegment(ALL, state + 4L * i, LITTLE);
            sum = h.fma(load(c + 4L * i), sum);
        }
        float total = VectorMath.sum(sum);
        for (; i < size; i++) {
            float h = Math.fma(input, Memory.f32(b + 4L * i), decay * Memory.f32(state + 4L * i));
            Memory.f32(state + 4L * i, h);
            total = Math.fma(h, Memory.f32(c + 4L * i), total);
        }
        return total;
    }

    /** One state: {@code h = exp(dt·a)·h + input·b}; returns {@code h·c}. */
    static float selective(long state, int size, long a, float dt, float input, long b, long c) {
        FloatVector sum = FloatVector.zero(F);
        FloatVector inputs = FloatVector.broadcast(F, input);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector decay = VectorMath.exp(load(a + 4L * i).mul(dt));
            FloatVector h = load(b + 4L * i).fma(inputs, load(state + 4L * i).mul(decay));
            h.intoMemorySegment(ALL, state + 4L * i, LITTLE);
            sum = h.fma(load(c + 4L * i), sum);
        }
        float total = VectorMath.sum(sum);
        for (; i < size; i++) {
            float decay = (float) Math.exp(dt * Memory.f32(a + 4L * i));
            float h = Math.fma(input, Memory.f32(b + 4L * i), decay * Memory.f32(state + 4L * i));
            Memory.f32(state + 4L * i, h);
            total = Math.fma(h, Memory.f32(c + 4L * i), total);
        }
        return total;
    }

    /** One state: {@code s = decay·s}; {@code s += β·(v - s·k)·k}; returns {@code s·q}. */
    static float delta(long state, int size, long decay, long k, float v, float beta, long q) {
        FloatVector sum = FloatVector.zero(F);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector s = load(state + 4L * i).mul(load(decay + 4L * i));
            s.intoMemorySegment(ALL, state + 4L * i, LITTLE);
            sum = s.fma(load(k + 4L * i), sum);
        }
        float recalled = VectorMath.sum(sum);
        for (; i < size; i++) {
            float s = Memory.f32(state + 4L * i) * Memory.f32(decay + 4L * i);
            Memory.f32(state + 4L * i, s);
            recalled = Math.fma(s, Memory.f32(k + 4L * i), recalled);
        }
        float change = beta * (v - recalled);
        FloatVector changes = FloatVector.broadcast(F, change);
        sum = FloatVector.zero(F);
        for (i = 0; i <= size - LANES; i += LANES) {
            FloatVector s = load(k + 4L * i).fma(changes, load(state + 4L * i));
            s.intoMemorySegment(ALL, state + 4L * i, LITTLE);
            sum = s.fma(load(q + 4L * i), sum);
        }
        float total = VectorMath.sum(sum);
        for (; i < size; i++) {
            float s = Math.fma(change, Memory.f32(k + 4L * i), Memory.f32(state + 4L * i));
            Memory.f32(state + 4L * i, s);
            total = Math.fma(s, Memory.f32(q + 4L * i), total);
        }
        return total;
    }
}
