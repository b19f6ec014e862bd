package dev.dalang.engine.reply;

import dev.dalang.engine.reply.Node.Notation;
import java.util.ArrayList;
import java.util.List;

/**
 * The description of a call section, flattened to instructions so that an interpreter can stop after any symbol and go
 * on with the next. Instructions run in order; {@link Branch} alone jumps.
 */
final class Program {

    sealed interface Op {}

    /**
     * Reads the one of {@code literals} that stands here and goes to its target; where none does, goes to
     * {@code otherwise}, or fails if that is negative.
     */
    record Branch(List<Case> cases, int otherwise, boolean afterSpace) implements Op {}

    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    record Case(int[] literal, int target) {}

    record ReadSpace() implements Op {}

    @SuppressWarnings("ArrayRecordComponent")
    record SkipTo(int[] end) implements Op {}

    record Begin() implements Op {}

    record End() implements Op {}

    record ReadName(String prefix, boolean counted) implements Op {}

    record ReadId() implements Op {}

    @SuppressWarnings("ArrayRecordComponent")
    record ReadKey(int[] end) implements Op {}

    /** The next value is known to be a string, or JSON, whatever the schema says. */
    record SetType(boolean string) implements Op {}

    @SuppressWarnings("ArrayRecordComponent")
    record ReadText(String pad, int[] end) implements Op {}

    /** One argument's value, or all arguments. */
    @SuppressWarnings("ArrayRecordComponent")
    record ReadValue(Notation notation, int[] quote, boolean whole) implements Op {}

    record ReadObject(Node.CallObject keys) implements Op {}

    record Jump(int target) implements Op {}

    private final List<Op> ops = new ArrayList<>();
    private final Symbols symbols;

    Program(List<Node> body, Symbols symbols) {
        this.symbols = symbols;
        compile(body);
    }

    int size() {
        return ops.size();
    }

    Op get(int i) {
        return ops.get(i);
    }

    private void compile(List<Node> nodes) {
        for (Node node : nodes) compile(node);
    }

    private void compile(Node node) {
        switch (node) {
            case Node.Literal n -> literal(n.text(), false);
            case Node.Space n -> ops.add(new ReadSpace());
            case Node.Skip n -> ops.add(new SkipTo(symbols.encode(n.end())));
            case Node.Call n -> {
                ops.add(new Begin());
                compile(n.parts());
                ops.add(new End());
            }
            case Node.Name n -> ops.add(new ReadName(n.prefix(), n.counted()));
            case Node.CallId n -> ops.add(new ReadId());
            case Node.ArgumentName n -> ops.add(new ReadKey(symbols.encode(n.end())));
            case Node.Typed n -> {
                int at = ops.size();
                ops.add(new Branch(
                        List.of(
                                new Case(symbols.encode(n.string()), at + 1),
                                new Case(symbols.encode(n.json()), at + 3)),
                        -1,
                        false));
                ops.add(new SetType(true));
                ops.add(new Jump(at + 4));
                ops.add(new SetType(false));
            }
            case Node.TextValue n -> ops.add(new ReadText(n.pad(), symbols.encode(n.end())));
            case Node.Value n ->
                ops.add(new ReadValue(n.notation(), symbols.encode(n.notation().quote()), false));
            case Node.Arguments n ->
                ops.add(new ReadValue(n.notation(), symbols.encode(n.notation().quote()), true));
            case Node.CallObject n -> {
                literal("{", true);
                ops.add(new Begin());
                ops.add(new ReadObject(n));
                ops.add(new End());
            }
            case Node.OptionalPart n -> {
                int at = reserve();
                compile(n.parts());
                ops.set(at, new Branch(List.of(new Case(symbols.encode(n.open()), at + 1)), ops.size(), false));
            }
            case Node.Repeat n -> repeat(n);
        }
    }

    private void literal(String text, boolean afterSpace) {
        ops.add(new Branch(List.of(new Case(symbols.encode(text), ops.size() + 1)), -1, afterSpace));
    }

    /** Branch to the first round or the end; the round; the separator or the end. */
    private void repeat(Node.Repeat n) {
        int head = reserve();
        compile(n.parts());
        int tail = n.separator().isEmpty() ? -1 : reserve();
        if (tail < 0) ops.add(new Jump(head));
        int exit = ops.size();
        Case close = new Case(symbols.encode(n.close()), exit);
        List<Case> first =
                n.each().isEmpty() ? List.of(close) : List.of(new Case(symbols.encode(n.each()), head + 1), close);
        ops.set(head, new Branch(first, n.each().isEmpty() ? head + 1 : -1, true));
        if (tail >= 0) {
            ops.set(tail, new Branch(List.of(new Case(symbols.encode(n.separator()), head), close), -1, true));
        }
    }

    private int reserve() {
        ops.add(new ReadSpace());
        return ops.size() - 1;
    }
}
