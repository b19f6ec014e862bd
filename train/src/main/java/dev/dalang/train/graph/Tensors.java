package dev.dalang.train.graph;

import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tensors of a decoder as its differentiable twin has them: learned ones in memory of their own, or as they are. */
final class Tensors {

    /** A vector, with its gradient when it learns. */
    record Vector(Floats value, @Nullable Floats gradient) {}

    /** Several matrices that learn, as one, with its gradient. */
    record Stacked(Floats value, Floats gradient) {}

    private final Decoder decoder;
    private final Compute compute;
    private final Workspace workspace;
    private final Trained trained;
    private final boolean blank;
    private final IdentityHashMap<Object, Parameter> known = new IdentityHashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();

    /** @param blank whether learned numbers stay 0 instead of being copied */
    Tensors(Decoder decoder, Compute compute, Workspace workspace, Trained trained, boolean blank) {
        this.decoder = decoder;
        this.compute = compute;
        this.workspace = workspace;
        this.trained = trained;
        this.blank = blank;
    }

    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    /** The parameter that a matrix becomes, or null where it stays frozen. One matrix, however often used, is one. */
    @Nullable
    Parameter learned(Matrix m) {
        if (!(trained instanceof Trained.All)) return null;
        Parameter p = known.get(m);
        if (p != null) return p;
        int count = Math.multiplyExact(m.rows(), m.columns());
        return add(m, workspace.keep(count), workspace.keep(count));
    }

    /** Matrices of so many inputs that have not been asked for, one under the other as a single one. */
    Stacked stacked(List<Matrix> matrices) {
        int count = matrices.stream()
                .mapToInt(m -> Math.multiplyExact(m.rows(), m.columns()))
                .reduce(0, Math::addExact);
        Stacked all = new Stacked(workspace.keep(count), workspace.keep(count));
        int from = 0;
        for (Matrix m : matrices) {
            int part = m.rows() * m.columns();
            add(m, all.value.slice(from, part), all.gradient.slice(from, part));
            from += part;
        }
        return all;
    }

    private Parameter add(Matrix m, Floats value, Floats gradient) {
        if (!blank) {
            compute.forEach(
                    m.rows(),
                    (r, worker) -> compute.kernels().row(m, r, value, r * m.columns(), compute.scratch(worker)));
        }
        return add(m, new Parameter(decoder.tensorOf(m), List.of(m.rows(), m.columns()), value, gradient, true));
    }

    /** A weight or bias; null stays null. */
    @Nullable
    Vector vector(@Nullable Floats values) {
        if (values == null) return null;
        if (!(trained instanceof Trained.All)) return new Vector(values, null);
        Parameter p = known.get(values);
        if (p == null) {
            int count = values.length();
            Floats value = workspace.keep(count);
            if (!blank) value.copy(0, values, 0, count);
            p = add(
                    values,
                    new Parameter(decoder.tensorOf(values), List.of(count), value, workspace.keep(count), false));
        }
        return new Vector(p.value(), p.gradient());
    }

    /** A tensor that the decoder does not have, of zeros. */
    Parameter added(String name, int rows, int columns) {
        int count = Math.multiplyExact(rows, columns);
        return add(
                name, new Parameter(name, List.of(rows, columns), workspace.keep(count), workspace.keep(count), true));
    }

    private Parameter add(Object part, Parameter p) {
        known.put(part, p);
        parameters.add(p);
        return p;
    }
}
