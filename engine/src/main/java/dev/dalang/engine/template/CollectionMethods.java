package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Function;
import dev.dalang.engine.template.Value.Int;
import dev.dalang.engine.template.Value.ListValue;
import dev.dalang.engine.template.Value.Undefined;
import dev.dalang.engine.template.Value.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Methods of lists, tuples, ranges and dictionaries. Those that would change one are refused when they are used. */
final class CollectionMethods {
    private CollectionMethods() {}

    static @Nullable Value of(ListValue list, String name) {
        return switch (name) {
            case "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort" ->
                Undefined.unsafe(name, "list");
            case "copy" -> new Function(name, (render, args) -> list);
            default -> sequence(list.items(), name);
        };
    }

    static @Nullable Value of(Value sequence, String name) {
        List<Value> items = Operators.sized(sequence);
        if (items == null) return null;
        if (sequence instanceof Value.TupleValue t && t.group()) {
            if (name.equals("grouper")) return items.get(0);
            if (name.equals("list")) return items.get(1);
        }
        if (sequence instanceof Value.Range r) {
            switch (name) {
                case "start" -> {
                    return Int.of(r.start());
                }
                case "stop" -> {
                    return Int.of(r.stop());
                }
                case "step" -> {
                    return Int.of(r.step());
                }
                default -> {}
            }
        }
        return sequence(items, name);
    }

    private static @Nullable Value sequence(List<Value> items, String name) {
        return switch (name) {
            case "count" ->
                new Function(name, (render, args) -> {
                    Value wanted = args.bind("count", 1, "value").require(0);
                    int count = 0;
                    for (Value item : items) if (Operators.equal(render, item, wanted)) count++;
                    return Int.of(count);
                });
            case "index" ->
                new Function(name, (render, args) -> {
                    Args.Bound bound = args.positionalOnly("index()").bind("index", 1, "value", "start", "stop");
                    int from = position(bound.integer(1, 0), items.size());
                    int to = position(bound.integer(2, items.size()), items.size());
                    for (int i = from; i < to; i++) {
                        if (Operators.equal(render, items.get(i), bound.require(0))) return Int.of(i);
                    }
                    throw TemplateError.value(
                            PythonText.repr(render, bound.require(0)).text() + " is not in list");
                });
            default -> null;
        };
    }

    private static int position(int index, int size) {
        return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
    }

    static @Nullable Value of(DictValue dict, String name) {
        return switch (name) {
            case "clear", "pop", "popitem", "setdefault", "update" -> Undefined.unsafe(name, "dict");
            case "items" -> view(name, "dict_items", dict);
            case "keys" -> view(name, "dict_keys", dict);
            case "values" -> view(name, "dict_values", dict);
            case "copy" -> new Function(name, (render, args) -> dict);
            case "get" ->
                new Function(name, (render, args) -> {
                    Args.Bound bound = args.positionalOnly("dict.get()").bind("get", 1, "key", "default");
                    Value found = dict.get(bound.require(0));
                    return found != null ? found : bound.or(1, Value.NONE);
                });
            default -> null;
        };
    }

    private static Value view(String name, String type, DictValue dict) {
        return new Function(name, (render, args) -> {
            args.bind(name, 0);
            render.elements(dict.size());
            return new View(
                    type,
                    switch (name) {
                        case "items" -> dict.items();
                        case "keys" -> dict.keys();
                        default -> dict.values();
                    });
        });
    }
}
