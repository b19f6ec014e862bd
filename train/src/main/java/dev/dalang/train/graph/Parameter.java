package dev.dalang.train.graph;

import dev.dalang.engine.kernel.Floats;
import java.util.List;

/**
 * A tensor that learns.
 *
 * @param name as in a GGUF file: {@code blk.0.attn_q.weight}
 * @param shape slowest dimension first: {@code [rows][columns]} of a matrix
 * @param value its numbers, row by row
 * @param gradient of the loss, summed since it was last set to zero
 * @param decays whether weight decay applies: matrices, not norms or biases
 */
public record Parameter(String name, List<Integer> shape, Floats value, Floats gradient, boolean decays) {

    public Parameter {
        shape = List.copyOf(shape);
        long count = shape.stream().mapToLong(d -> d).reduce(1, Math::multiplyExact);
        if (value.length() != count || gradient.length() != count) {
            throw new IllegalArgumentException(name + " has " + value.length() + " values, not " + count);
        }
    }

    public int count() {
        return value.length();
    }
}
