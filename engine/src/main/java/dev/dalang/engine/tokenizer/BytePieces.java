package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The pieces that a byte-level vocabulary encodes each by itself: what its merges never cross. Who learns a vocabulary
 * counts them.
 */
public final class BytePieces {

    private final String name;
    private final List<String> patterns;
    private final PreTokenizer cut;

    private BytePieces(String name, GgufPreTokenizer pre) {
        this.name = name;
        this.patterns = pre.patterns();
        this.cut = pre.compile();
    }

    /**
     * The pieces that {@code tokenizer.ggml.pre} names.
     *
     * @throws DalangException for a name that is not known, or one whose vocabularies are not byte-level
     */
    public static BytePieces named(String name) {
        GgufPreTokenizer pre = GgufPreTokenizer.named(name);
        if (pre.spaceMarks() || name.equals("whitespace")) {
            throw DalangException.invalidRequest("the vocabularies of '" + name + "' are not byte-level", "pre");
        }
        return new BytePieces(name, pre);
    }

    /** The value of {@code tokenizer.ggml.pre}. */
    public String name() {
        return name;
    }

    /** The regular expressions that are cut at one after the other, matches and gaps alike being pieces. */
    public List<String> patterns() {
        return patterns;
    }

    /** Hands out the pieces of a text in order, each in the letters of {@link #alphabet}. */
    public void cut(String text, Consumer<String> sink) {
        cut.split(text, true, (piece, start) -> sink.accept(ByteAlphabet.encode(piece)));
    }

    /** The 256 letters that stand for bytes, in the order of their code points. */
    public static List<String> alphabet() {
        List<String> letters = new ArrayList<>(256);
        for (int b = 0; b < 256; b++) letters.add(String.valueOf(ByteAlphabet.letter(b)));
        letters.sort(null);
        return List.copyOf(letters);
    }
}
