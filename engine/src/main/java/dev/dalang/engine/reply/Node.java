package dev.dalang.engine.reply;

import java.util.List;

/**
 * A piece of the description of how a family writes its tool calls. A description is read and written from left to
 * right; wherever there is a choice, the text at hand decides it, so that nothing is ever guessed or tried twice.
 */
public sealed interface Node {

    /** Exactly this text. */
    record Literal(String text) implements Node {}

    /** Any white space; {@code canonical} is what is written. */
    record Space(String canonical) implements Node {}

    /** Anything up to {@code end}, and {@code end}; {@code canonical} is written before it. Stays on one line. */
    record Skip(String canonical, String end) implements Node {}

    /** One tool call: a name, perhaps an id, and arguments are somewhere in {@code parts}. */
    record Call(List<Node> parts) implements Node {
        public Call {
            parts = List.copyOf(parts);
        }
    }

    /**
     * The tool's name: letters, digits and {@code _ . : / -}.
     *
     * @param prefix stands before it and is not part of it
     * @param counted a colon and the number of the call follow, and the whole is the call's id (Kimi)
     */
    record Name(String prefix, boolean counted) implements Node {}

    /** The call's id. */
    record CallId() implements Node {}

    /** {@code parts}, if {@code open} stands here; written only when the call has an id of the model's kind. */
    record OptionalPart(String open, List<Node> parts) implements Node {
        public OptionalPart {
            parts = List.copyOf(parts);
        }
    }

    /**
     * {@code parts} over and over, white space between them: as calls where they hold a {@link Call}, as arguments where
     * they hold a {@link ArgumentName}.
     *
     * @param each begins every round; empty where the first part itself does
     * @param separator between rounds; empty for none
     * @param between the white space written between rounds
     * @param close ends it
     */
    record Repeat(String each, List<Node> parts, String separator, String between, String close) implements Node {
        public Repeat {
            parts = List.copyOf(parts);
        }
    }

    /** The name of one argument, up to {@code end}, and {@code end}. */
    record ArgumentName(String end) implements Node {}

    /** One of two texts that say whether the argument's value is a string or JSON. */
    record Typed(String string, String json) implements Node {}

    /**
     * The value of one argument as text, up to {@code end}, and {@code end}: a string as it is, anything else as JSON.
     * Which it is, the tool's schema says.
     *
     * @param pad line breaks around the text that are not part of it
     */
    record TextValue(String pad, String end) implements Node {}

    /** The value of one argument in a notation. */
    record Value(Notation notation) implements Node {}

    /** All arguments in a notation. */
    record Arguments(Notation notation) implements Node {}

    /**
     * A whole call as a JSON object, in any order of keys. The opening brace is part of it.
     *
     * @param name keys that may hold the name, the usual one first
     * @param arguments keys that may hold the arguments, the usual one first
     * @param id keys that may hold the id, the usual one first; it is written if {@code writeId}
     */
    record CallObject(List<String> name, List<String> arguments, List<String> id, boolean writeId) implements Node {
        public CallObject {
            name = List.copyOf(name);
            arguments = List.copyOf(arguments);
            id = List.copyOf(id);
        }
    }

    /** How values are written. */
    enum Notation {
        JSON,
        /** Python literals. */
        PYTHON,
        /** Gemma 4: bare keys, strings between {@code <|"|>}. */
        GEMMA,
        /** FunctionGemma: bare keys, strings between {@code <escape>}. */
        FUNCTION_GEMMA;

        /** What stands around a string, or empty for the usual quotes. */
        public String quote() {
            return switch (this) {
                case JSON, PYTHON -> "";
                case GEMMA -> "<|\"|>";
                case FUNCTION_GEMMA -> "<escape>";
            };
        }
    }
}
