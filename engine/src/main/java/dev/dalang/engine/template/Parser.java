package dev.dalang.engine.template;

import dev.dalang.engine.template.Node.Expr;
import dev.dalang.engine.template.Node.MacroDefinition;
import dev.dalang.engine.template.Node.Stmt;
import dev.dalang.engine.template.Node.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Statements. A tag that Jinja knows and a chat template has no use for is refused by its name. */
final class Parser extends ExpressionParser {
    private static final Set<String> MACRO_EXTRAS = Set.of("caller", "varargs", "kwargs");

    private int loops;

    private Parser(List<Token> tokens) {
        super(tokens);
    }

    static List<Stmt> parse(String normalisedSource) {
        Parser parser = new Parser(Lexer.tokenize(normalisedSource));
        return parser.body(0, "the template");
    }

    /**
     * Statements up to an end tag. Its opening brace is consumed, its name is left to be taken.
     *
     * @param opened where the block began, for the message when it never ends
     */
    private List<Stmt> body(int opened, String what, String... ends) {
        enter();
        List<Stmt> body = new ArrayList<>();
        while (true) {
            Token token = take();
            switch (token.kind()) {
                case DATA -> body.add(new Node.Text(token.at(), MarkedText.trusted(token.text())));
                case VARIABLE_BEGIN -> {
                    body.add(new Node.Output(token.at(), tuple(true)));
                    expect(Token.Kind.VARIABLE_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    if (List.of(ends).contains(peek().text()) && peek().is(Token.Kind.NAME)) {
                        leave();
                        return body;
                    }
                    body.add(statement(what, ends));
                }
                case END -> {
                    if (ends.length > 0) throw TemplateError.syntax(what + " is never closed", opened);
                    leave();
                    return body;
                }
                default -> throw TemplateError.syntax("unexpected " + token.describe(), token.at());
            }
        }
    }

    private Stmt statement(String what, String... ends) {
        Token tag = expect(Token.Kind.NAME, "the name of a tag");
        int at = tag.at();
        return switch (tag.text()) {
            case "if" -> ifStatement(at);
            case "for" -> forStatement(at);
            case "set" -> setStatement(at);
            case "macro" -> macroStatement(at);
            case "call" -> callStatement(at);
            case "filter" -> {
                List<Node.FilterCall> filters = filterChain();
                endTag();
                yield new Node.FilterBlock(at, filters, block(at, "filter", "endfilter"));
            }
            case "with" -> withStatement(at);
            case "generation" -> {
                endTag();
                yield new Node.Generation(at, separately(at, "generation", "endgeneration"));
            }
            case "print" -> {
                Expr value = tuple(true);
                endTag();
                yield new Node.Output(at, value);
            }
            case "break", "continue" -> {
                if (loops == 0) throw TemplateError.syntax("'" + tag.text() + "' outside of a loop", at);
                endTag();
                yield tag.text().equals("break") ? new Node.Break(at) : new Node.Continue(at);
            }
            case "block" -> blockStatement(at);
            case "include", "import", "from", "extends", "autoescape", "do", "trans", "debug" ->
                throw TemplateError.unsupported("the tag '" + tag.text() + "' is not available in chat templates")
                        .at(at);
            default -> {
                String expected = ends.length == 0 ? "" : "; " + what + " waits for '" + ends[ends.length - 1] + "'";
                throw TemplateError.syntax("unknown tag '" + tag.text() + "'" + expected, at);
            }
        };
    }

    private void endTag() {
        expect(Token.Kind.BLOCK_END, "'%}'");
    }

    /** The body of a block with one end tag. */
    private List<Stmt> block(int at, String name, String end) {
        List<Stmt> body = body(at, "the '" + name + "' block", end);
        next++;
        endTag();
        return body;
    }

    private Stmt blockStatement(int at) {
        String name = expect(Token.Kind.NAME, "the block's name").text();
        boolean scoped = skipName("scoped");
        skipName("required");
        endTag();
        int outer = loops;
        loops = 0;
        List<Stmt> body = body(at, "the 'block' block", "endblock");
        loops = outer;
        next++;
        skipName(name);
        endTag();
        return new Node.Block(at, scoped, body);
    }

    /** A body that a surrounding loop cannot be left from. */
    private List<Stmt> separately(int at, String name, String end) {
        int outer = loops;
        loops = 0;
        List<Stmt> body = block(at, name, end);
        loops = outer;
        return body;
    }

    private Stmt ifStatement(int at) {
        List<Node.Branch> branches = new ArrayList<>();
        List<Stmt> otherwise = List.of();
        while (true) {
            Expr condition = tuple(false);
            endTag();
            branches.add(new Node.Branch(condition, body(at, "the 'if' block", "elif", "else", "endif")));
            String end = take().text();
            if (end.equals("elif")) continue;
            endTag();
            if (end.equals("else")) otherwise = block(at, "if", "endif");
            return new Node.If(at, branches, otherwise);
        }
    }

    private Stmt forStatement(int at) {
        Target target = target(false);
        if (!skipName("in")) throw unexpected("'in'");
        Expr iterable = tuple(false);
        Expr filter = skipName("if") ? expression() : null;
        boolean recursive = skipName("recursive");
        endTag();
        loops++;
        List<Stmt> body = body(at, "the 'for' block", "else", "endfor");
        loops--;
        String end = take().text();
        endTag();
        List<Stmt> otherwise = end.equals("else") ? block(at, "for", "endfor") : List.of();
        return new Node.For(at, target, iterable, filter, recursive, body, otherwise);
    }

    private Stmt setStatement(int at) {
        Target target = target(true);
        if (skipOperator("=")) {
            Expr value = tuple(true);
            endTag();
            return new Node.Assign(at, target, value);
        }
        List<Node.FilterCall> filters = skipOperator("|") ? filterChain() : List.of();
        endTag();
        return new Node.AssignBlock(at, target, filters, block(at, "set", "endset"));
    }

    private Target target(boolean namespaces) {
        List<Target> parts = new ArrayList<>();
        int at = peek().at();
        boolean comma = false;
        do {
            Token token = peek();
            if (!parts.isEmpty() && !token.is(Token.Kind.NAME) && !token.isOperator("(")) break;
            parts.add(singleTarget(namespaces));
            if (skipOperator(",")) comma = true;
            else break;
        } while (true);
        return comma ? new Node.TupleTarget(at, parts) : parts.getFirst();
    }

    private Target singleTarget(boolean namespaces) {
        int at = peek().at();
        if (skipOperator("(")) {
            enter();
            Target inner = target(namespaces);
            leave();
            expectOperator(")");
            return inner;
        }
        String name = expect(Token.Kind.NAME, "a name to assign to").text();
        switch (name) {
            case "true", "false", "none", "True", "False", "None" ->
                throw TemplateError.syntax("cannot assign to '" + name + "'", at);
            default -> {}
        }
        if (namespaces && skipOperator(".")) {
            for (Set<String> names : mentioned) names.add(name);
            return new Node.NamespaceTarget(
                    at,
                    name,
                    expect(Token.Kind.NAME, "the name of an attribute").text());
        }
        return new Node.NameTarget(at, name);
    }

    private Stmt macroStatement(int at) {
        String name = expect(Token.Kind.NAME, "the name of the macro").text();
        if (!peek().isOperator("(")) throw unexpected("'('");
        return macro(at, name, "macro", "endmacro");
    }

    private MacroDefinition macro(int at, String name, String block, String end) {
        mentioned.push(new HashSet<>());
        List<Node.Parameter> parameters = peek().isOperator("(") ? parameters() : List.of();
        endTag();
        List<Stmt> body = separately(at, block, end);
        Set<String> used = mentioned.pop();
        used.retainAll(MACRO_EXTRAS);
        for (Node.Parameter parameter : parameters) used.remove(parameter.name());
        return new MacroDefinition(at, name, parameters, body, used);
    }

    private List<Node.Parameter> parameters() {
        expectOperator("(");
        List<Node.Parameter> parameters = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (!peek().isOperator(")")) {
            Token name = expect(Token.Kind.NAME, "the name of a parameter");
            if (!names.add(name.text())) {
                throw TemplateError.syntax("two parameters are called '" + name.text() + "'", name.at());
            }
            Expr fallback = skipOperator("=") ? expression() : null;
            if (fallback == null
                    && !parameters.isEmpty()
                    && parameters.getLast().fallback() != null) {
                throw TemplateError.syntax("a parameter without a default follows one with a default", name.at());
            }
            parameters.add(new Node.Parameter(name.text(), fallback));
            if (!peek().isOperator(")")) expectOperator(",");
        }
        next++;
        return parameters;
    }

    private Stmt callStatement(int at) {
        // The caller's parameters come before the call itself, so the call is parsed in between.
        mentioned.push(new HashSet<>());
        List<Node.Parameter> parameters = peek().isOperator("(") ? parameters() : List.of();
        Set<String> used = mentioned.pop();
        Expr call = expression();
        if (!(call instanceof Node.Call target)) throw TemplateError.syntax("expected a call in the 'call' tag", at);
        mentioned.push(used);
        endTag();
        List<Stmt> body = separately(at, "call", "endcall");
        mentioned.pop();
        used.retainAll(MACRO_EXTRAS);
        return new Node.CallBlock(at, target, new MacroDefinition(at, "caller", parameters, body, used));
    }

    private Stmt withStatement(int at) {
        List<Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!peek().is(Token.Kind.BLOCK_END)) {
            if (!targets.isEmpty()) expectOperator(",");
            targets.add(singleTarget(false));
            expectOperator("=");
            values.add(expression());
        }
        endTag();
        return new Node.With(at, targets, values, block(at, "with", "endwith"));
    }
}
