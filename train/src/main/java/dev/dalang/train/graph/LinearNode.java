package dev.dalang.train.graph;

import dev.dalang.engine.arch.Linear;
import dev.dalang.engine.kernel.FloatMatrix;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import dev.dalang.train.graph.Tensors.Stacked;
import dev.dalang.train.graph.Tensors.Vector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = W·x + b} with a matrix that learns ({@code dW += dyᵀ·x}), or one that stays in its blocks, and perhaps a
 * low-rank addition that learns; {@code dx = Wᵀ·dy} in either case.
 */
final class LinearNode {

    /** Added to the outputs from {@code from} on. */
    private record Bias(int from, Vector vector) {}

    private final int inputs;
    private final int outputs;
    private final Matrix frozen;
    private final @Nullable Stacked learned;
    private final List<Bias> biases = new ArrayList<>();
    private final @Nullable LowRankNode addition;

    /** @param index tells this map's addition from the others' */
    LinearNode(Linear linear, Tensors tensors, Trained trained, int index) {
        inputs = linear.inputs();
        outputs = linear.outputs();
        frozen = linear.weight();
        Parameter p = tensors.learned(frozen);
        learned = p == null ? null : new Stacked(p.value(), p.gradient());
        bias(0, linear, tensors);
        addition = trained instanceof Trained.Lora form && form.targets().test(linear.tensor())
                ? new LowRankNode(tensors, linear.tensor(), inputs, outputs, form, index)
                : null;
    }

    /** Maps of one input that learn as one, whose outputs lie side by side. */
    LinearNode(List<Linear> linears, Tensors tensors) {
        inputs = linears.getFirst().inputs();
        frozen = linears.getFirst().weight();
        learned = tensors.stacked(linears.stream().map(Linear::weight).toList());
        int from = 0;
        for (Linear l : linears) {
            bias(from, l, tensors);
            from += l.outputs();
        }
        outputs = from;
        addition = null;
    }

    private void bias(int from, Linear linear, Tensors tensors) {
        Vector vector = tensors.vector(linear.bias());
        if (vector != null) biases.add(new Bias(from, vector));
    }

    int inputs() {
        return inputs;
    }

    int outputs() {
        return outputs;
    }

    /** Floats for each row that are in use at most at a time, there or back. */
    long temporary() {
        return addition == null ? 0 : addition.temporary();
    }

    /** From {@code [rows][inputs]} to {@code [rows][outputs]}. */
    void forward(Pass pass, Floats x, int rows, Floats out) {
        FloatMatrix in = FloatMatrix.of(x, rows, inputs);
        FloatMatrix y = FloatMatrix.of(out, rows, outputs);
        if (learned == null) {
            pass.gemm().multiplyByColumns(pass.compute(), in, frozen, y, false);
        } else {
            pass.gemm().multiply(pass.compute(), in, weights(learned.value()).transpose(), y, false);
        }
        for (Bias b : biases) {
            Floats v = b.vector.value();
            pass.forRows(rows, (from, to, part) -> {
                for (int r = from; r < to; r++) {
                    pass.kernels().addScaled(out, r * outputs + b.from, v, 0, v.length(), 1);
                }
            });
        }
        if (addition != null) addition.forward(pass, x, rows, out);
    }

    /**
     * @param x what {@link #forward} was given
     * @param dOut {@code [rows][outputs]}; not changed
     * @param dx {@code [rows][inputs]}, added to or overwritten
     */
    void backward(Pass pass, Floats x, int rows, Floats dOut, Floats dx, boolean add) {
        FloatMatrix dy = FloatMatrix.of(dOut, rows, outputs);
        FloatMatrix d = FloatMatrix.of(dx, rows, inputs);
        if (learned == null) {
            pass.gemm().multiplyByRows(pass.compute(), dy, frozen, d, add);
        } else {
            FloatMatrix in = FloatMatrix.of(x, rows, inputs);
            pass.gemm().multiply(pass.compute(), dy.transpose(), in, weights(learned.gradient()), true);
            pass.gemm().multiply(pass.compute(), dy, weights(learned.value()), d, add);
        }
        for (Bias b : biases) {
            Floats gradient = b.vector.gradient();
            if (gradient != null) pass.addColumns(new Rows(dOut, b.from, outputs), rows, gradient);
        }
        if (addition != null) addition.backward(pass, x, rows, dOut, dx);
    }

    private FloatMatrix weights(Floats values) {
        return FloatMatrix.of(values, outputs, inputs);
    }
}
