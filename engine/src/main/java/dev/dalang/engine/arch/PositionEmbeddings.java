package dev.dalang.engine.arch;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.Matrix;
import java.util.List;

/**
 * A learned embedding of each position, added to the tokens' (Gehring et al. 2017).
 *
 * @param table {@code [positions][embedding]}; there is nothing beyond its last row
 */
public record PositionEmbeddings(Matrix table) implements Decoder.Input {

    @Override
    public void prepare(Step step, Floats x) {
        int mark = step.mark();
        int width = table.columns();
        Floats row = step.floats(width);
        for (int t = 0; t < step.tokens(); t++) {
            int position = step.position(t);
            if (position >= table.rows()) {
                throw new DalangException(new Failure.ContextOverflow(
                        "position " + position + " is beyond the " + table.rows()
                                + " that this model has embeddings for",
                        position + 1,
                        table.rows(),
                        List.of("shorten the prompt")));
            }
            step.compute().kernels().row(table, position, row, 0, step.compute().scratch(0));
            step.compute().kernels().addScaled(x, t * width, row, 0, width, 1);
        }
        step.release(mark);
    }
}
