package dev.dalang.engine.generate;

import dev.dalang.engine.constrain.Grammar;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A reply language's marks as grammars: control tokens where the vocabulary has them, text where it has not. */
final class ControlMarks {

    private record Control(String text, int id) {}

    /** Longest first, so that of two that begin alike the longer is taken, as the reply parser does. */
    private final List<Control> controls;

    ControlMarks(Tokenizer tokenizer) {
        controls = IntStream.range(0, tokenizer.vocabularySize())
                .filter(tokenizer::isControl)
                .mapToObj(id -> new Control(tokenizer.token(id), id))
                .filter(c -> !c.text.isEmpty())
                .sorted(Comparator.comparingInt((Control c) -> c.text.length()).reversed())
                .toList();
    }

    private record Piece(String text, int token) {}

    private List<Piece> pieces(String mark) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < mark.length(); ) {
            int at = i;
            Control c = controls.stream()
                    .filter(k -> mark.startsWith(k.text, at))
                    .findFirst()
                    .orElse(null);
            if (c == null) {
                text.append(mark.charAt(i++));
                continue;
            }
            if (!text.isEmpty()) pieces.add(new Piece(text.toString(), -1));
            text.setLength(0);
            pieces.add(new Piece("", c.id));
            i += c.text.length();
        }
        if (!text.isEmpty()) pieces.add(new Piece(text.toString(), -1));
        return pieces;
    }

    /** The mark itself. */
    Grammar of(String mark) {
        return sequence(pieces(mark));
    }

    private static Grammar sequence(List<Piece> pieces) {
        return Grammar.sequence(pieces.stream()
                .map(p -> p.token < 0 ? Grammar.text(p.text) : Grammar.token(p.token))
                .toList());
    }

    /** The mark as what ends a free text, with what follows it. */
    Grammar.End end(String mark, Grammar then) {
        List<Piece> pieces = pieces(mark);
        Piece first = pieces.getFirst();
        Grammar rest = Grammar.sequence(sequence(pieces.subList(1, pieces.size())), then);
        return new Grammar.End(first.token < 0 ? first.text : null, first.token, rest);
    }

    /** The part of a mark that could stand in ordinary text: nothing, if it begins with a control token. */
    String spelled(String mark) {
        List<Piece> pieces = pieces(mark);
        return pieces.isEmpty() || pieces.getFirst().token >= 0 ? "" : pieces.getFirst().text;
    }
}
