package dev.dalang.engine.tokenizer;

import java.util.List;

/** Cuts ordinary text into the pieces that are encoded each by itself, and may rewrite them. */
@FunctionalInterface
interface PreTokenizer {

    /** Takes a piece; {@code atStart} says that it begins the whole text. */
    @FunctionalInterface
    interface Sink {
        void piece(String piece, boolean atStart);
    }

    void split(String text, boolean atStart, Sink sink);

    /** No cutting at all. */
    PreTokenizer WHOLE = (text, atStart, sink) -> {
        if (!text.isEmpty()) sink.piece(text, atStart);
    };

    /** One after the other, each on the pieces of the one before. */
    static PreTokenizer sequence(List<PreTokenizer> steps) {
        PreTokenizer all = WHOLE;
        for (int i = steps.size() - 1; i >= 0; i--) {
            PreTokenizer step = steps.get(i);
            PreTokenizer rest = all;
            all = i == steps.size() - 1
                    ? step
                    : (text, atStart, sink) ->
                            step.split(text, atStart, (piece, start) -> rest.split(piece, start, sink));
        }
        return all;
    }
}
