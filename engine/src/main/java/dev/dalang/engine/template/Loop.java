package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Bool;
import dev.dalang.engine.template.Value.Function;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.Undefined;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} object inside a loop. Items are taken from the source no earlier than an attribute asks for them. */
final class Loop implements Value.CallableObject {
    private final Interpreter interpreter;
    private final Node.For statement;
    private final Scope outer;
    private final Iterator<Value> source;
    private final int depth;
    private final Deque<Value> ahead = new ArrayDeque<>();
    private long index = -1;
    private @Nullable Value previous;
    private @Nullable Value current;
    private @Nullable List<Value> lastChanged;

    Loop(Interpreter interpreter, Node.For statement, Scope outer, Iterator<Value> source, int depth) {
        this.interpreter = interpreter;
        this.statement = statement;
        this.outer = outer;
        this.source = source;
        this.depth = depth;
    }

    boolean advance() {
        if (ahead.isEmpty() && !source.hasNext()) return false;
        previous = current;
        current = ahead.isEmpty() ? source.next() : ahead.poll();
        index++;
        return true;
    }

    Value current() {
        if (current == null) throw new IllegalStateException("the loop has not started");
        return current;
    }

    @Override
    public String type() {
        return "LoopContext";
    }

    @Override
    public @Nullable Value attribute(Render render, String name) {
        return switch (name) {
            case "index" -> Int.of(index + 1);
            case "index0" -> Int.of(index);
            case "first" -> Bool.of(index == 0);
            case "last" -> Bool.of(peek() == null);
            case "length" -> Int.of(length());
            case "revindex" -> Int.of(length() - index);
            case "revindex0" -> Int.of(length() - index - 1);
            case "depth" -> Int.of(depth + 1L);
            case "depth0" -> Int.of(depth);
            case "previtem" -> previous != null ? previous : Undefined.because("there is no previous item");
            case "nextitem" -> {
                Value next = peek();
                yield next != null ? next : Undefined.because("there is no next item");
            }
            case "cycle" ->
                new Function(name, (r, args) -> {
                    if (args.positional().isEmpty()) throw TemplateError.type("no items for cycling given");
                    return args.positional()
                            .get((int) (index % args.positional().size()));
                });
            case "changed" ->
                new Function(name, (r, args) -> {
                    boolean same = lastChanged != null
                            && Operators.equal(
                                    r, new Value.TupleValue(lastChanged), new Value.TupleValue(args.positional()));
                    if (!same) lastChanged = args.positional();
                    return Bool.of(!same);
                });
            default -> null;
        };
    }

    private @Nullable Value peek() {
        if (ahead.isEmpty() && source.hasNext()) ahead.add(source.next());
        return ahead.peek();
    }

    private long length() {
        while (source.hasNext()) ahead.add(source.next());
        return index + 1 + ahead.size();
    }

    @Override
    public Value call(Render render, Args args) {
        Value iterable = args.bind("loop", 1, "iterable").require(0);
        return interpreter.recurse(statement, iterable, outer, depth + 1);
    }

    @Override
    public String repr() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }
}
