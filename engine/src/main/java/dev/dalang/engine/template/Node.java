package dev.dalang.engine.template;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The syntax tree. {@code at} is an offset in the normalised source. */
sealed interface Node {
    int at();

    // ---- expressions -----------------------------------------------------------------------------------------------

    sealed interface Expr extends Node {}

    record Literal(int at, Value value) implements Expr {}

    record Name(int at, String name) implements Expr {}

    record ListLiteral(int at, List<Expr> items) implements Expr {}

    record TupleLiteral(int at, List<Expr> items) implements Expr {}

    record DictLiteral(int at, List<Expr> keys, List<Expr> values) implements Expr {}

    /** {@code target.name}: attribute first, then item. */
    record Attribute(int at, Expr target, String name) implements Expr {}

    /** {@code target[index]}: item first, then attribute. */
    record Item(int at, Expr target, Expr index) implements Expr {}

    record Slice(
            int at,
            Expr target,
            @Nullable Expr start,
            @Nullable Expr stop,
            @Nullable Expr step) implements Expr {}

    record Call(int at, Expr callee, Arguments arguments) implements Expr {}

    record Filtered(int at, Expr input, FilterCall filter) implements Expr {}

    record Test(int at, Expr input, String name, Arguments arguments) implements Expr {}

    record Not(int at, Expr operand) implements Expr {}

    /** {@code -x} and {@code +x}. */
    record Sign(int at, boolean negative, Expr operand) implements Expr {}

    record Arithmetic(int at, String operator, Expr left, Expr right) implements Expr {}

    record And(int at, Expr left, Expr right) implements Expr {}

    record Or(int at, Expr left, Expr right) implements Expr {}

    /** {@code a ~ b ~ c}. */
    record Concat(int at, List<Expr> parts) implements Expr {}

    /** {@code a < b <= c}: {@code operators.get(i)} stands before {@code rest.get(i)}. */
    record Comparison(int at, Expr first, List<String> operators, List<Expr> rest) implements Expr {}

    record Conditional(
            int at, Expr condition, Expr then, @Nullable Expr otherwise) implements Expr {}

    record Arguments(
            List<Expr> positional,
            List<Named> named,
            @Nullable Expr star,
            @Nullable Expr doubleStar) {
        static final Arguments NONE = new Arguments(List.of(), List.of(), null, null);
    }

    record Named(String name, Expr value) {}

    record FilterCall(int at, String name, Arguments arguments) {}

    // ---- targets of assignments ------------------------------------------------------------------------------------

    sealed interface Target {}

    record NameTarget(int at, String name) implements Target {}

    record TupleTarget(int at, List<Target> parts) implements Target {}

    /** {@code ns.attribute}; only a namespace can be assigned to. */
    record NamespaceTarget(int at, String name, String attribute) implements Target {}

    // ---- statements ------------------------------------------------------------------------------------------------

    sealed interface Stmt extends Node {}

    record Text(int at, MarkedText text) implements Stmt {}

    record Output(int at, Expr value) implements Stmt {}

    record Branch(Expr condition, List<Stmt> body) {}

    record If(int at, List<Branch> branches, List<Stmt> otherwise) implements Stmt {}

    record For(
            int at,
            Target target,
            Expr iterable,
            @Nullable Expr filter,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise)
            implements Stmt {}

    record Assign(int at, Target target, Expr value) implements Stmt {}

    record AssignBlock(int at, Target target, List<FilterCall> filters, List<Stmt> body) implements Stmt {}

    /**
     * A macro, or the body of a call block. {@code used} holds those of {@code caller}, {@code varargs} and
     * {@code kwargs} that the body mentions: only then does the macro accept them.
     */
    record MacroDefinition(int at, String name, List<Parameter> parameters, List<Stmt> body, Set<String> used)
            implements Stmt {}

    record Parameter(String name, @Nullable Expr fallback) {}

    record CallBlock(int at, Call call, MacroDefinition caller) implements Stmt {}

    record FilterBlock(int at, List<FilterCall> filters, List<Stmt> body) implements Stmt {}

    record With(int at, List<Target> targets, List<Expr> values, List<Stmt> body) implements Stmt {}

    /** The part of the output that the model itself writes, as Hugging Face marks it for training. */
    record Generation(int at, List<Stmt> body) implements Stmt {}

    /** A named part; with no other template to fill it, its own body. Sees the loop around it only if {@code scoped}. */
    record Block(int at, boolean scoped, List<Stmt> body) implements Stmt {}

    record Break(int at) implements Stmt {}

    record Continue(int at) implements Stmt {}
}
