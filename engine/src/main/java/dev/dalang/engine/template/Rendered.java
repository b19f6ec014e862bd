package dev.dalang.engine.template;

import dev.dalang.engine.tokenizer.Span;
import java.util.List;

/**
 * A rendered template.
 *
 * <p>A tokenizer must look for control tokens only where a whole token lies inside a trusted span, and must encode
 * what is left between them as joined text: splitting at every change of trust would change how words are cut.
 *
 * @param text the output with the origin of each character
 * @param generations what blocks of that name wrote, in order: the part of the text that the model itself says
 */
public record Rendered(MarkedText text, List<Range> generations) {

    /** From {@code start} to before {@code end}, in UTF-16 units of the text. */
    public record Range(int start, int end) {}

    public Rendered {
        generations = List.copyOf(generations);
    }

    /** The runs of the text by origin. */
    public List<Span> spans() {
        return text.spans();
    }
}
