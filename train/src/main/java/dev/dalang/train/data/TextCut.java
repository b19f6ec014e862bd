package dev.dalang.train.data;

import java.util.ArrayList;
import java.util.List;

/**
 * How a plain text falls into documents. No character that is not white space is lost; documents lose white space at
 * their ends only.
 */
public sealed interface TextCut {

    /** The documents of a text, none of them blank. */
    List<String> cut(String text);

    /** The text is one document. */
    record Whole() implements TextCut {
        @Override
        public List<String> cut(String text) {
            return sound(List.of(text));
        }
    }

    /** Each line is one. */
    record Lines() implements TextCut {
        @Override
        public List<String> cut(String text) {
            return sound(text.lines().toList());
        }
    }

    /** A mark stands between documents, such as {@code <|endoftext|>}. */
    record Separator(String mark) implements TextCut {
        public Separator {
            if (mark.isEmpty()) throw new IllegalArgumentException("an empty separator");
        }

        @Override
        public List<String> cut(String text) {
            List<String> parts = new ArrayList<>();
            int from = 0;
            for (int at; (at = text.indexOf(mark, from)) >= 0; from = at + mark.length()) {
                parts.add(text.substring(from, at));
            }
            parts.add(text.substring(from));
            return sound(parts);
        }
    }

    /**
     * Paragraphs (blank lines stand between them) are joined until a document has {@code characters}: books in pieces of
     * about that length that begin and end where the author paused. A longer paragraph stays whole.
     */
    record Paragraphs(int characters) implements TextCut {
        public Paragraphs {
            if (characters < 1) throw new IllegalArgumentException(characters + " characters");
        }

        @Override
        public List<String> cut(String text) {
            List<String> documents = new ArrayList<>();
            StringBuilder document = new StringBuilder();
            for (String paragraph : text.split("\\R[ \\t]*\\R\\s*")) {
                if (!document.isEmpty() && document.length() + paragraph.length() > characters) {
                    documents.add(document.toString());
                    document.setLength(0);
                }
                if (!document.isEmpty()) document.append("\n\n");
                document.append(paragraph);
            }
            documents.add(document.toString());
            return sound(documents);
        }
    }

    private static List<String> sound(List<String> documents) {
        return documents.stream().map(String::strip).filter(d -> !d.isEmpty()).toList();
    }
}
