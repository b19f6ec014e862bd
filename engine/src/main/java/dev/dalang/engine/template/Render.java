package dev.dalang.engine.template;

/** One rendering in progress: its options and what is left of its limits. */
final class Render {
    /** Nesting of values that printing, comparing and JSON follow; Python's own limit is about as high. */
    static final int MAX_VALUE_DEPTH = 200;

    /** As many as Jinja's sandbox allows in a {@code range}. */
    static final int MAX_RANGE = 100_000;

    private final RenderOptions options;
    private long steps;
    private int depth;

    Render(RenderOptions options, long contextChars) {
        this.options = options;
        this.steps = options.maxSteps() + 64 * contextChars;
    }

    RenderOptions options() {
        return options;
    }

    void step() {
        if (--steps < 0) throw outOfSteps();
    }

    /** Pays for visiting or copying {@code elements} values. */
    void elements(long elements) {
        steps -= elements;
        if (steps < 0) throw outOfSteps();
    }

    /** Pays for making a string of {@code chars} UTF-16 units, before it is made. */
    void chars(long chars) {
        if (chars > options.maxOutputChars()) {
            throw TemplateError.limit("the template makes a text longer than " + options.maxOutputChars()
                    + " characters, the limit of one rendering");
        }
        steps -= 1 + (chars >> 4);
        if (steps < 0) throw outOfSteps();
    }

    MarkedText concat(MarkedText left, MarkedText right) {
        chars((long) left.length() + right.length());
        return left.concat(right);
    }

    void enter() {
        if (++depth > options.maxDepth()) {
            throw TemplateError.limit("the template nests or recurses deeper than " + options.maxDepth() + " levels");
        }
    }

    void leave() {
        depth--;
    }

    static void checkValueDepth(int depth) {
        if (depth > MAX_VALUE_DEPTH) {
            throw TemplateError.limit("a value is nested deeper than " + MAX_VALUE_DEPTH + " levels");
        }
    }

    private TemplateError outOfSteps() {
        return TemplateError.limit("the template does more work than the " + options.maxSteps()
                + " steps allowed; it may loop without end");
    }
}
