package dev.dalang.engine.template;

/** One token; {@code at} is its offset in the source with line ends normalised to {@code \n}. */
record Token(Kind kind, String text, int at) {

    enum Kind {
        /** Text between tags, whitespace control already applied. */
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        /** A string literal, unescaped. */
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind wanted) {
        return kind == wanted;
    }

    boolean isOperator(String symbol) {
        return kind == Kind.OPERATOR && text.equals(symbol);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /** For messages: the token as a person would name it. */
    String describe() {
        return switch (kind) {
            case DATA -> "template text";
            case VARIABLE_BEGIN -> "'{{'";
            case VARIABLE_END -> "'}}'";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "'%}'";
            case STRING -> "a string";
            case INTEGER, FLOAT -> "the number " + text;
            case NAME, OPERATOR -> "'" + text + "'";
            case END -> "the end of the template";
        };
    }
}
