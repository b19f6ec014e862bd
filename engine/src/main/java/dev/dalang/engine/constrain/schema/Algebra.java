package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Works out {@link Expr expressions}: to {@link Shapes}, and whether there is any value in them at all. */
final class Algebra {

    /** Expressions worked out: beyond, a schema is too entangled. */
    private static final int MAX_EXPRESSIONS = 20_000;

    private static final long MAX_QUESTIONS = 300_000;

    /** The evaluation of a schema came back to itself without reading anything. */
    private static final class Circle extends RuntimeException {
        Circle() {
            super(null, null, false, false);
        }
    }

    final Expr.Table table = new Expr.Table();
    final Numerals numerals;
    private final SchemaDocument document;
    private final Map<String, TextDfa> patterns = new HashMap<>();
    private final Set<String> notes;
    private final Map<Expr, Shapes> shapes = new HashMap<>();
    private final Set<Expr> working = new HashSet<>();

    Algebra(SchemaDocument document, Numerals numerals, Set<String> notes) {
        this.document = document;
        this.numerals = numerals;
        this.notes = notes;
    }

    /** What an expression comes to. */
    Shapes shapes(Expr e) {
        return guarded(() -> work(e));
    }

    <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (Circle c) {
            throw Refusal.malformed("a schema refers to itself and says nothing else", "#");
        } catch (StackOverflowError e) {
            throw Refusal.tooLarge("a schema whose references are nested too deep");
        }
    }

    private Shapes work(Expr e) {
        Shapes known = shapes.get(e);
        if (known != null) return known;
        if (!working.add(e)) throw new Circle();
        if (shapes.size() > MAX_EXPRESSIONS) throw Refusal.tooLarge("a schema that multiplies out too far");
        try {
            Shapes s = switch (e.op) {
                case ANYTHING -> Shapes.ALL;
                case NOTHING -> Shapes.NONE;
                case VALUE -> values(List.of((Json) e.content));
                case NOT -> work(e.parts.getFirst()).complement(table);
                case AND -> {
                    Shapes all = Shapes.ALL;
                    for (Expr part : e.parts) all = all.and(work(part));
                    yield all;
                }
                case OR -> {
                    Shapes any = Shapes.NONE;
                    for (Expr part : e.parts) any = any.or(work(part));
                    yield any;
                }
                case SCHEMA -> schema((SchemaNode) e.content);
            };
            shapes.put(e, s);
            return s;
        } finally {
            working.remove(e);
        }
    }

    private Shapes schema(SchemaNode node) {
        if (!(node.json() instanceof Json.Obj o)) {
            if (node.json() instanceof Json.Bool b) return b.value() ? Shapes.ALL : Shapes.NONE;
            throw Refusal.malformed("a schema is neither an object nor true or false", Refusal.quote(node.path()));
        }
        Keywords k = keywords(node, o.members());
        Json ref = o.members().get("$ref");
        if (ref != null) {
            if (!(ref instanceof Json.Text t)) throw k.wrong("$ref", "must be a string");
            Shapes target = work(table.schema(document.resolve(node, t.value())));
            if (node.legacy() || o.members().size() == 1) return target;
            return target.and(own(node, k, o.members()));
        }
        return own(node, k, o.members());
    }

    Keywords keywords(SchemaNode node, Map<String, Json> members) {
        return new Keywords(document, table, patterns, notes, node, members);
    }

    private Shapes own(SchemaNode node, Keywords k, Map<String, Json> members) {
        Shapes s = k.assertions();
        List<Json> listed = k.listed();
        if (listed != null) s = s.and(values(listed));
        if (members.get("$dynamicRef") instanceof Json.Text t) {
            s = s.and(work(table.schema(document.dynamic(node, t.value()))));
        }
        if (members.containsKey("$recursiveRef")) {
            throw Refusal.unsupported(
                    "$recursiveRef", "it is not followed; use $ref, at " + Refusal.quote(node.path()));
        }
        Expr keys = k.part("propertyNames");
        if (keys != null && keys != table.anything) {
            s = s.and(Shapes.ALL.withObjects(
                    List.of(ObjectShape.ALL.withKeys(work(keys).strings().unlabelled()))));
        }
        for (Expr part : k.parts("allOf")) s = s.and(work(part));
        if (members.containsKey("anyOf")) {
            Shapes any = Shapes.NONE;
            for (Expr part : k.parts("anyOf")) any = any.or(work(part));
            s = s.and(any);
        }
        if (members.containsKey("oneOf")) s = s.and(one(k.parts("oneOf"), s));
        Expr not = k.part("not");
        if (not != null) s = s.and(work(table.not(not)));
        Expr condition = k.part("if");
        if (condition != null) s = s.and(conditional(condition, k.part("then"), k.part("else")));
        for (Map.Entry<String, Set<String>> e : k.requiredWith().entrySet()) {
            s = s.and(unless(e.getKey(), Shapes.ALL.withObjects(List.of(ObjectShape.ALL.withRequired(e.getValue())))));
        }
        for (Map.Entry<String, Expr> e : k.schemaWith().entrySet()) s = s.and(unless(e.getKey(), work(e.getValue())));
        return new Unevaluated(document, this, node, k).apply(s);
    }

    /** A key is absent, or this holds. */
    private Shapes unless(String key, Shapes then) {
        ObjectShape absent = ObjectShape.ALL.withLayer(ObjectShape.named(key, table.nothing, table));
        ObjectShape present = ObjectShape.ALL.withRequired(Set.of(key));
        return Shapes.ALL.withObjects(List.of(absent)).or(then.and(Shapes.ALL.withObjects(List.of(present))));
    }

    private Shapes conditional(Expr condition, @Nullable Expr then, @Nullable Expr otherwise) {
        if (then == null && otherwise == null) return Shapes.ALL;
        Shapes yes = work(condition);
        Shapes no = work(table.not(condition));
        return (then == null ? yes : yes.and(work(then))).or(otherwise == null ? no : no.and(work(otherwise)));
    }

    /** Exactly one. Alternatives that have nothing in common, given what else holds, are a plain union. */
    private Shapes one(List<Expr> parts, Shapes given) {
        List<Shapes> all = new ArrayList<>();
        for (Expr part : parts) all.add(work(part).and(given));
        Shapes sum = Shapes.NONE;
        for (int i = 0; i < all.size(); i++) {
            Shapes only = all.get(i);
            for (int j = 0; j < all.size(); j++) {
                if (i == j || only.isNothing()) continue;
                if (parts.get(i) == parts.get(j)) only = Shapes.NONE;
                else if (mayMeet(only, all.get(j))) only = only.and(work(table.not(parts.get(j))));
            }
            sum = sum.or(only);
        }
        return sum;
    }

    private boolean mayMeet(Shapes a, Shapes b) {
        Shapes both = a.and(b);
        if (both.isNothing()) return false;
        Set<Expr> before = Set.copyOf(open);
        try {
            return anyIn(both);
        } catch (Circle c) {
            // Not to be known before the whole is: the exact formula is right in any case.
            open.retainAll(before);
            return true;
        }
    }

    /** The values themselves as a set. */
    private Shapes values(List<Json> values) {
        boolean isNull = false;
        boolean isTrue = false;
        boolean isFalse = false;
        List<NumberSet> numbers = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<ArrayShape> arrays = new ArrayList<>();
        List<ObjectShape> objects = new ArrayList<>();
        for (Json v : values) {
            switch (v) {
                case Json.Null n -> isNull = true;
                case Json.Bool b -> {
                    isTrue |= b.value();
                    isFalse |= !b.value();
                }
                case Json.Numeral n -> numbers.add(NumberSet.point(n.value()));
                case Json.Text t -> texts.add(t.value());
                case Json.Array a -> {
                    List<Expr> items = a.items().stream().map(table::value).toList();
                    arrays.add(ArrayShape.ALL
                            .withLayer(new ArrayShape.Layer(items, table.nothing))
                            .withLength(items.size(), items.size()));
                }
                case Json.Obj o -> {
                    Map<String, Expr> named = new LinkedHashMap<>();
                    o.members().forEach((key, value) -> named.put(key, table.value(value)));
                    objects.add(ObjectShape.ALL
                            .withLayer(new ObjectShape.Layer(named, List.of(), table.nothing))
                            .withRequired(named.keySet()));
                }
            }
        }
        TextDfa strings =
                texts.isEmpty() ? TextDfa.EMPTY : TextDfa.ofTexts(texts).unlabelled();
        return new Shapes(isNull, isTrue, isFalse, List.copyOf(numbers), strings, List.of(), List.of())
                .withArrays(arrays)
                .withObjects(objects);
    }

    // ------------------------------------------------------------------ is there any?

    private final Map<Expr, Boolean> any = new HashMap<>();
    private final Set<Expr> open = new HashSet<>();
    private long assumptions;
    private long questions;

    /** Whether any value is in an expression: the least fixed point, so that endless values are none. */
    boolean any(Expr e) {
        if (e == table.anything) return true;
        if (e == table.nothing) return false;
        Boolean known = any.get(e);
        if (known != null) return known;
        if (++questions > MAX_QUESTIONS) throw Refusal.tooLarge("a schema too entangled to know what it allows");
        if (open.contains(e)) {
            assumptions++;
            return false;
        }
        long before = assumptions;
        open.add(e);
        boolean is = anyIn(work(e));
        open.remove(e);
        // "None" is certain only if it does not rest on the assumption that one still open has none.
        if (is || open.isEmpty() || before == assumptions) any.put(e, is);
        return is;
    }

    private boolean anyIn(Shapes s) {
        if (s.isNull() || s.isTrue() || s.isFalse() || !s.strings().isEmpty()) return true;
        for (NumberSet n : s.numbers()) if (!numerals.of(n).isEmpty()) return true;
        for (ArrayShape a : s.arrays()) if (any(a)) return true;
        for (ObjectShape o : s.objects()) if (any(o)) return true;
        return false;
    }

    private final Map<ArrayShape, ArrayPlan> arrayPlans = new HashMap<>();
    private final Map<ObjectShape, ObjectPlan> objectPlans = new HashMap<>();

    ArrayPlan plan(ArrayShape a) {
        ArrayPlan p = arrayPlans.get(a);
        if (p == null) {
            p = new ArrayPlan(a, this);
            arrayPlans.put(a, p);
        }
        return p;
    }

    ObjectPlan plan(ObjectShape o) {
        ObjectPlan p = objectPlans.get(o);
        if (p == null) {
            p = new ObjectPlan(o, this);
            objectPlans.put(o, p);
        }
        return p;
    }

    boolean any(ArrayShape a) {
        return plan(a).possible();
    }

    boolean any(ObjectShape o) {
        for (String key : o.required()) if (!any(o.of(key, table))) return false;
        boolean plain = o.exists().isEmpty() && o.min() <= o.required().size();
        if (plain) return o.max() < 0 || o.required().size() <= o.max();
        return plan(o).possible();
    }
}
