package dev.dalang.train.graph;

import dev.dalang.engine.arch.Decoder;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tensors of a decoder as its differentiable twin has them: learned ones in memory of their own, or as they are. */
final class Tensors {

    /** A vector, with its gradient when it learns. */
    record Vector(Floats value, @Nullable Floats gradient) {}

    private final Decoder decoder;
    private final Compute compute;
    private final Workspace workspace;
    private final Trained trained;
    private final Map<String, Floats> inPlace;
    private final Map<Object, Parameter> known = new IdentityHashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();

    /** @param inPlace numbers that learn where they are, by tensor; others are copied */
    Tensors(Decoder decoder, Compute compute, Workspace workspace, Trained trained, Map<String, Floats> inPlace) {
        this.decoder = decoder;
        this.compute = compute;
        this.workspace = workspace;
        this.trained = trained;
        this.inPlace = inPlace;
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
        String name = decoder.tensorOf(m);
        Floats value = inPlace.get(name);
        if (value == null) {
            Floats decoded = workspace.keep(Math.multiplyExact(m.rows(), m.columns()));
            compute.forEach(
                    m.rows(),
                    (r, worker) -> compute.kernels().row(m, r, decoded, r * m.columns(), compute.scratch(worker)));
            value = decoded;
        }
        return add(m, name, List.of(m.rows(), m.columns()), value, true);
    }

    /** A weight or bias; null stays null. */
    @Nullable
    Vector vector(@Nullable Floats values) {
        if (values == null) return null;
        if (!(trained instanceof Trained.All)) return new Vector(values, null);
        Parameter p = known.get(values);
        if (p == null) {
            String name = decoder.tensorOf(values);
            Floats value = inPlace.get(name);
            if (value == null) {
                value = workspace.keep(values.length());
                value.copy(0, values, 0, values.length());
            }
            p = add(values, name, List.of(values.length()), value, false);
        }
        return new Vector(p.value(), p.gradient());
    }

    /** A tensor that the decoder does not have, of zeros. */
    Parameter added(String name, int rows, int columns) {
        return add(new Object(), name, List.of(rows, columns), workspace.keep(Math.multiplyExact(rows, columns)), true);
    }

    private Parameter add(Object part, String name, List<Integer> shape, Floats value, boolean decays) {
        Parameter p = new Parameter(name, shape, value, workspace.keep(value.length()), decays);
        known.put(part, p);
        parameters.add(p);
        return p;
    }
}
