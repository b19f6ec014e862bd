package dev.dalang.engine.template;

import dev.dalang.engine.template.Node.Arguments;
import dev.dalang.engine.template.Node.Expr;
import dev.dalang.engine.template.Node.FilterCall;
import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Real;
import dev.dalang.engine.template.Value.Str;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Expressions, by recursive descent. From loosest to tightest: {@code x if c else y}, {@code or}, {@code and},
 * {@code not}, comparisons and {@code in}, {@code + -}, {@code ~}, {@code * / // %}, {@code **}, sign, then
 * {@code . [] ()}, and last {@code |filter} and {@code is test}. Unlike Python, {@code **} groups from the left and a
 * sign binds tighter than it.
 */
class ExpressionParser {
    /** Nesting of brackets, blocks, signs and the like. */
    private static final int MAX_NESTING = 150;

    private static final int MAX_INTEGER_DIGITS = 4_300;

    protected final List<Token> tokens;
    protected int next;
    private int nesting;
    /** For each macro being parsed, the names its body mentions. */
    protected final Deque<Set<String>> mentioned = new ArrayDeque<>();

    protected ExpressionParser(List<Token> tokens) {
        this.tokens = tokens;
        mentioned.push(new HashSet<>());
    }

    // ---- tokens ----------------------------------------------------------------------------------------------------

    protected Token peek() {
        return tokens.get(next);
    }

    protected Token take() {
        Token token = tokens.get(next);
        if (!token.is(Token.Kind.END)) next++;
        return token;
    }

    protected boolean skipOperator(String symbol) {
        if (!peek().isOperator(symbol)) return false;
        next++;
        return true;
    }

    protected boolean skipName(String name) {
        if (!peek().isName(name)) return false;
        next++;
        return true;
    }

    protected void expectOperator(String symbol) {
        if (!skipOperator(symbol)) throw unexpected("'" + symbol + "'");
    }

    protected Token expect(Token.Kind kind, String what) {
        if (!peek().is(kind)) throw unexpected(what);
        return take();
    }

    protected TemplateError unexpected(String wanted) {
        return TemplateError.syntax("expected " + wanted + ", found " + peek().describe(), peek().at());
    }

    protected void enter() {
        if (++nesting > MAX_NESTING) {
            throw new TemplateError(
                            TemplateError.Kind.LIMIT, "the template nests deeper than " + MAX_NESTING + " levels")
                    .at(peek().at());
        }
    }

    protected void leave() {
        nesting--;
    }

    // ---- expressions -----------------------------------------------------------------------------------------------

    /** One expression, or a tuple without parentheses. */
    Expr tuple(boolean conditional) {
        int at = peek().at();
        List<Expr> items = new ArrayList<>();
        boolean comma = false;
        while (!endsTuple()) {
            items.add(conditional ? expression() : or());
            if (!skipOperator(",")) {
                if (!comma) return items.getFirst();
                break;
            }
            comma = true;
        }
        if (items.isEmpty()) throw unexpected("an expression");
        return new Node.TupleLiteral(at, items);
    }

    private boolean endsTuple() {
        Token token = peek();
        return switch (token.kind()) {
            case VARIABLE_END, BLOCK_END, END -> true;
            case OPERATOR -> token.text().equals(")");
            case NAME -> token.text().equals("recursive");
            default -> false;
        };
    }

    Expr expression() {
        enter();
        Expr value = or();
        while (peek().isName("if")) {
            int at = take().at();
            Expr condition = or();
            Expr otherwise = skipName("else") ? expression() : null;
            value = new Node.Conditional(at, condition, value, otherwise);
        }
        leave();
        return value;
    }

    protected Expr or() {
        Expr left = and();
        while (peek().isName("or")) left = new Node.Or(take().at(), left, and());
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (peek().isName("and")) left = new Node.And(take().at(), left, not());
        return left;
    }

    private Expr not() {
        if (!peek().isName("not")) return comparison();
        enter();
        Expr negated = new Node.Not(take().at(), not());
        leave();
        return negated;
    }

    private Expr comparison() {
        int at = peek().at();
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> rest = new ArrayList<>();
        while (true) {
            Token token = peek();
            if (token.is(Token.Kind.OPERATOR) && isComparison(token.text())) {
                next++;
                operators.add(token.text());
            } else if (token.isName("in")) {
                next++;
                operators.add("in");
            } else if (token.isName("not") && tokens.get(next + 1).isName("in")) {
                next += 2;
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Node.Comparison(at, first, operators, rest);
            }
            rest.add(sum());
        }
    }

    private static boolean isComparison(String symbol) {
        return switch (symbol) {
            case "==", "!=", "<", "<=", ">", ">=" -> true;
            default -> false;
        };
    }

    private Expr sum() {
        Expr left = concat();
        while (peek().isOperator("+") || peek().isOperator("-")) {
            Token operator = take();
            left = new Node.Arithmetic(operator.at(), operator.text(), left, concat());
        }
        return left;
    }

    private Expr concat() {
        Expr first = product();
        if (!peek().isOperator("~")) return first;
        int at = peek().at();
        List<Expr> parts = new ArrayList<>(List.of(first));
        while (skipOperator("~")) parts.add(product());
        return new Node.Concat(at, parts);
    }

    private Expr product() {
        Expr left = power();
        while (peek().isOperator("*") || peek().isOperator("/") || peek().isOperator("//") || peek().isOperator("%")) {
            Token operator = take();
            left = new Node.Arithmetic(operator.at(), operator.text(), left, power());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (peek().isOperator("**")) {
            Token operator = take();
            left = new Node.Arithmetic(operator.at(), "**", left, unary(true));
        }
        return left;
    }

    private Expr unary(boolean filters) {
        Token token = peek();
        Expr value;
        if (token.isOperator("-") || token.isOperator("+")) {
            enter();
            next++;
            value = new Node.Sign(token.at(), token.text().equals("-"), unary(false));
            leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filters ? filters(value) : value;
    }

    // ---- primaries -------------------------------------------------------------------------------------------------

    private Expr primary() {
        Token token = take();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (peek().is(Token.Kind.STRING)) text.append(take().text());
                yield new Node.Literal(token.at(), Str.trusted(text.toString()));
            }
            case INTEGER -> new Node.Literal(token.at(), integer(token));
            case FLOAT ->
                new Node.Literal(
                        token.at(), new Real(Double.parseDouble(token.text().replace("_", ""))));
            case OPERATOR -> {
                enter();
                Expr bracketed = bracketed(token);
                leave();
                yield bracketed;
            }
            default -> {
                if (next > 0 && !token.is(Token.Kind.END)) next--;
                throw unexpected("an expression");
            }
        };
    }

    private Expr name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Node.Literal(token.at(), Bool.TRUE);
            case "false", "False" -> new Node.Literal(token.at(), Bool.FALSE);
            case "none", "None" -> new Node.Literal(token.at(), Value.NONE);
            default -> {
                for (Set<String> names : mentioned) names.add(token.text());
                yield new Node.Name(token.at(), token.text());
            }
        };
    }

    private static Int integer(Token token) {
        String text = token.text().replace("_", "");
        int radix = 10;
        if (text.length() > 2 && text.charAt(0) == '0') {
            radix = switch (text.charAt(1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                case 'b', 'B' -> 2;
                default -> 10;
            };
        }
        if (text.length() > MAX_INTEGER_DIGITS) {
            throw TemplateError.syntax("an integer has more than " + MAX_INTEGER_DIGITS + " digits", token.at());
        }
        return new Int(new BigInteger(radix == 10 ? text : text.substring(2), radix));
    }

    private Expr bracketed(Token token) {
        switch (token.text()) {
            case "(" -> {
                if (skipOperator(")")) return new Node.TupleLiteral(token.at(), List.of());
                Expr inner = tuple(true);
                expectOperator(")");
                return inner;
            }
            case "[" -> {
                List<Expr> items = new ArrayList<>();
                while (!peek().isOperator("]")) {
                    items.add(expression());
                    if (!peek().isOperator("]")) expectOperator(",");
                }
                next++;
                return new Node.ListLiteral(token.at(), items);
            }
            case "{" -> {
                List<Expr> keys = new ArrayList<>();
                List<Expr> values = new ArrayList<>();
                while (!peek().isOperator("}")) {
                    keys.add(expression());
                    expectOperator(":");
                    values.add(expression());
                    if (!peek().isOperator("}")) expectOperator(",");
                }
                next++;
                return new Node.DictLiteral(token.at(), keys, values);
            }
            default -> {
                next--;
                throw unexpected("an expression");
            }
        }
    }

    // ---- what follows a primary ------------------------------------------------------------------------------------

    private Expr postfix(Expr start) {
        Expr value = start;
        while (true) {
            Token token = peek();
            if (token.isOperator(".")) {
                next++;
                Token name = take();
                if (name.is(Token.Kind.NAME)) {
                    value = new Node.Attribute(token.at(), value, name.text());
                } else if (name.is(Token.Kind.INTEGER)) {
                    value = new Node.Item(token.at(), value, new Node.Literal(name.at(), integer(name)));
                } else {
                    throw TemplateError.syntax("expected a name or a number after '.'", token.at());
                }
            } else if (token.isOperator("[")) {
                value = subscript(value);
            } else if (token.isOperator("(")) {
                value = new Node.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expr subscript(Expr target) {
        int at = take().at();
        enter();
        Expr start = peek().isOperator(":") ? null : expression();
        Expr result;
        if (peek().isOperator(":")) {
            next++;
            Expr stop = endsSlicePart() ? null : expression();
            Expr step = skipOperator(":") && !endsSlicePart() ? expression() : null;
            result = new Node.Slice(at, target, start, stop, step);
        } else if (start != null && peek().isOperator(",")) {
            List<Expr> items = new ArrayList<>(List.of(start));
            while (skipOperator(",") && !peek().isOperator("]")) items.add(expression());
            result = new Node.Item(at, target, new Node.TupleLiteral(at, items));
        } else {
            if (start == null) throw unexpected("an index");
            result = new Node.Item(at, target, start);
        }
        expectOperator("]");
        leave();
        return result;
    }

    private boolean endsSlicePart() {
        return peek().isOperator("]") || peek().isOperator(":");
    }

    protected Arguments arguments() {
        expectOperator("(");
        enter();
        List<Expr> positional = new ArrayList<>();
        List<Node.Named> named = new ArrayList<>();
        Expr star = null;
        Expr doubleStar = null;
        while (!peek().isOperator(")")) {
            int at = peek().at();
            if (skipOperator("**")) {
                if (doubleStar != null) throw TemplateError.syntax("a call has two ** arguments", at);
                doubleStar = expression();
            } else if (skipOperator("*")) {
                if (star != null || doubleStar != null) {
                    throw TemplateError.syntax("a * argument must come once, before **", at);
                }
                star = expression();
            } else if (peek().is(Token.Kind.NAME) && tokens.get(next + 1).isOperator("=")) {
                if (doubleStar != null) throw TemplateError.syntax("an argument follows the ** argument", at);
                String name = take().text();
                next++;
                named.add(new Node.Named(name, expression()));
            } else {
                if (star != null || doubleStar != null || !named.isEmpty()) {
                    throw TemplateError.syntax("a positional argument follows a keyword or * argument", at);
                }
                positional.add(expression());
            }
            if (!peek().isOperator(")")) expectOperator(",");
        }
        next++;
        leave();
        return new Arguments(positional, named, star, doubleStar);
    }

    private Expr filters(Expr start) {
        Expr value = start;
        while (true) {
            Token token = peek();
            if (token.isOperator("|")) {
                next++;
                value = new Node.Filtered(token.at(), value, filterCall());
            } else if (token.isName("is")) {
                value = test(value);
            } else if (token.isOperator("(")) {
                value = new Node.Call(token.at(), value, arguments());
            } else {
                return value;
            }
        }
    }

    protected FilterCall filterCall() {
        int at = peek().at();
        String name = dottedName("the name of a filter");
        return new FilterCall(at, name, peek().isOperator("(") ? arguments() : Arguments.NONE);
    }

    private String dottedName(String what) {
        StringBuilder name = new StringBuilder(expect(Token.Kind.NAME, what).text());
        while (skipOperator("."))
            name.append('.').append(expect(Token.Kind.NAME, what).text());
        return name.toString();
    }

    private Expr test(Expr input) {
        int at = take().at();
        boolean negated = skipName("not");
        String name = dottedName("the name of a test");
        Arguments arguments = Arguments.NONE;
        Token token = peek();
        if (token.isOperator("(")) {
            arguments = arguments();
        } else if (startsTestArgument(token)) {
            if (token.isName("is")) throw TemplateError.syntax("tests cannot be chained with 'is'", token.at());
            arguments = new Arguments(List.of(postfix(primary())), List.of(), null, null);
        }
        Expr test = new Node.Test(at, input, name, arguments);
        return negated ? new Node.Not(at, test) : test;
    }

    private static boolean startsTestArgument(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME ->
                !token.text().equals("else")
                        && !token.text().equals("or")
                        && !token.text().equals("and");
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }

    /** The chain of filters in a filter block or block assignment, the first without its {@code |}. */
    protected List<FilterCall> filterChain() {
        List<FilterCall> chain = new ArrayList<>(List.of(filterCall()));
        while (skipOperator("|")) chain.add(filterCall());
        return chain;
    }
}
