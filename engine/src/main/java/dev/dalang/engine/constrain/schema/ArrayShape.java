package dev.dalang.engine.constrain.schema;

import java.util.List;

/**
 * A set of arrays.
 *
 * @param layers all of them hold for each item
 * @param max number of items; negative for no limit
 * @param unique no two items are equal
 */
record ArrayShape(List<Layer> layers, int min, int max, List<Contains> contains, boolean unique) {

    /** The first items by place, all others alike. */
    record Layer(List<Expr> prefix, Expr rest) {}

    /** From item {@code from} on, at least {@code min} and at most {@code max} (negative for no limit) are of {@code what}. */
    record Contains(int from, Expr what, int min, int max) {}

    static final ArrayShape ALL = new ArrayShape(List.of(), 0, -1, List.of(), false);

    /** The limit that both limits make. */
    static int least(int a, int b) {
        return a < 0 ? b : b < 0 ? a : Math.min(a, b);
    }

    ArrayShape withLayer(Layer layer) {
        return new ArrayShape(Shapes.join(layers, List.of(layer)), min, max, contains, unique);
    }

    ArrayShape withLength(int atLeast, int atMost) {
        return new ArrayShape(layers, Math.max(min, atLeast), least(max, atMost), contains, unique);
    }

    ArrayShape withContains(Contains c) {
        return new ArrayShape(layers, min, max, Shapes.join(contains, List.of(c)), unique);
    }

    ArrayShape asUnique() {
        return new ArrayShape(layers, min, max, contains, true);
    }

    ArrayShape and(ArrayShape o) {
        if (this.equals(ALL)) return o;
        return new ArrayShape(
                Shapes.join(layers, o.layers),
                Math.max(min, o.min),
                least(max, o.max),
                Shapes.join(contains, o.contains),
                unique || o.unique);
    }
}
