package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.machine.Place;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How values are written.
 *
 * @param quote reads the mark on either side of a string and goes on; null for JSON's quotes and escapes. With a mark of
 *     their own, strings stand as they are and keys stand bare.
 * @param mark the text of that mark, which no string may hold
 */
public record Notation(
        String nul, String yes, String no, @Nullable UnaryOperator<Place> quote, String mark) {

    public static final Notation JSON = new Notation("null", "true", "false", null, "");

    /** Python's literals, strings in double quotes. */
    public static final Notation PYTHON = new Notation("None", "True", "False", null, "");
}
