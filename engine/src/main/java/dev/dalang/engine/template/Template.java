package dev.dalang.engine.template;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.template.Node.Stmt;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed Jinja 2 template. Immutable: one instance renders on any number of threads.
 *
 * <p>The context holds {@code null}, {@link Boolean}, integers, {@link Double}, {@link String}, {@link MarkedText},
 * {@link List} and {@link Map} with string keys, nested at will. Plain strings count as untrusted.
 */
public final class Template {
    /** Longer than any template in use by a factor of ten; keeps the tree small. */
    private static final int MAX_SOURCE_CHARS = 1 << 20;

    private final String source;
    private final List<Stmt> body;

    private Template(String source, List<Stmt> body) {
        this.source = source;
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @throws DalangException ({@link Failure.BadModelFile}, or {@link Failure.Unsupported} for a construct that chat
     *     templates do not have) with line and column
     */
    public static Template parse(String source) {
        if (source.length() > MAX_SOURCE_CHARS) {
            throw DalangException.badModelFile(
                    "the chat template has " + source.length() + " characters, more than the " + MAX_SOURCE_CHARS
                            + " allowed",
                    null,
                    "chat_template");
        }
        String normalised = Lexer.normalise(source);
        try {
            return new Template(normalised, Parser.parse(normalised));
        } catch (TemplateError e) {
            throw failed(e, normalised);
        } catch (StackOverflowError e) {
            throw failed(tooDeep(), normalised);
        }
    }

    /** Its text, with the line ends that the parser saw. */
    String source() {
        return source;
    }

    /**
     * Renders the template.
     *
     * @throws DalangException {@link Failure.InvalidRequest} when the template itself refuses the conversation
     *     ({@code raise_exception}), {@link Failure.Unsupported} for a filter, test or function that does not exist,
     *     {@link Failure.BadModelFile} for every other error; each with line and column
     */
    public Rendered render(Map<String, ? extends @Nullable Object> context, RenderOptions options) {
        try {
            ContextValues values = new ContextValues();
            DictValue names = values.dict(context);
            Render render = new Render(options, values.chars());
            Scope globals = Globals.scope();
            Scope scope = new Scope(globals);
            for (DictValue.Entry entry : names.entries()) {
                scope.set(PythonText.str(render, entry.key()).text(), entry.value());
            }
            return Interpreter.run(render, body, scope);
        } catch (TemplateError e) {
            throw failed(e, source);
        } catch (StackOverflowError e) {
            // The depth limit comes first on a stack of usual size; this is for small ones.
            throw failed(tooDeep(), source);
        }
    }

    private static TemplateError tooDeep() {
        return TemplateError.limit("the template nests deeper than this thread's stack allows");
    }

    private static DalangException failed(TemplateError e, String source) {
        String where = e.position() < 0 ? "" : ", " + location(source, e.position());
        return new DalangException(failure(e, where), e);
    }

    private static Failure failure(TemplateError e, String where) {
        return switch (e.kind()) {
            case RAISED ->
                new Failure.InvalidRequest(
                        "the model's chat template refuses this conversation: " + e.text() + " (chat template" + where
                                + ")",
                        "messages");
            case UNSUPPORTED -> new Failure.Unsupported("chat template" + where + ": " + e.text(), "chat_template");
            case SYNTAX, UNDEFINED, TYPE, VALUE, SECURITY, LIMIT ->
                new Failure.BadModelFile("chat template" + where + ": " + e.text(), null, "chat_template");
        };
    }

    /** Line and column, from 1; the column counts code points. */
    private static String location(String source, int offset) {
        int at = Math.min(offset, source.length());
        int line = 1;
        int start = 0;
        for (int i = source.indexOf('\n'); i >= 0 && i < at; i = source.indexOf('\n', i + 1)) {
            line++;
            start = i + 1;
        }
        return "line " + line + ", column " + (source.codePointCount(start, at) + 1);
    }

    /** What a template error was, or null for another exception: for callers that treat kinds differently. */
    static TemplateError.@Nullable Kind kind(DalangException e) {
        return e.getCause() instanceof TemplateError error ? error.kind() : null;
    }
}
