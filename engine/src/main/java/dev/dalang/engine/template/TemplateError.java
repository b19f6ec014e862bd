package dev.dalang.engine.template;

import org.jspecify.annotations.Nullable;

/**
 * What goes wrong inside a template, on its way to {@link Template}, which turns it into a
 * {@link dev.dalang.api.DalangException} with line and column. The innermost node that sees it adds the position.
 */
final class TemplateError extends RuntimeException {

    enum Kind {
        /** The template does not parse. */
        SYNTAX,
        /** The template called {@code raise_exception}. */
        RAISED,
        /** Use of an undefined value. */
        UNDEFINED,
        /** An operation on values of the wrong type. */
        TYPE,
        /** An operation on a value of the right type that is out of its domain. */
        VALUE,
        /** The sandbox refused. */
        SECURITY,
        /** A construct that is known but not provided: include, extends, an unknown filter. */
        UNSUPPORTED,
        /** A limit on steps, depth, sizes was reached. */
        LIMIT
    }

    private final Kind kind;
    private int position = -1;

    TemplateError(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static TemplateError syntax(String message, int position) {
        return new TemplateError(Kind.SYNTAX, message).at(position);
    }

    static TemplateError type(String message) {
        return new TemplateError(Kind.TYPE, message);
    }

    static TemplateError value(String message) {
        return new TemplateError(Kind.VALUE, message);
    }

    static TemplateError limit(String message) {
        return new TemplateError(Kind.LIMIT, message);
    }

    static TemplateError unsupported(String message) {
        return new TemplateError(Kind.UNSUPPORTED, message);
    }

    TemplateError at(int offset) {
        if (position < 0) position = offset;
        return this;
    }

    Kind kind() {
        return kind;
    }

    /** Offset in the normalised source, or -1. */
    int position() {
        return position;
    }

    String text() {
        @Nullable String message = getMessage();
        return message == null ? kind.name() : message;
    }
}
