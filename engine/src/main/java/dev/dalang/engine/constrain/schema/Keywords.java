package dev.dalang.engine.constrain.schema;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.automaton.CharClass;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the assertions of one schema object say of a value and its parts; combinations are {@link Algebra}'s. */
final class Keywords {

    /** Longer texts than any context holds. A limit above it is taken for it, which keeps the promise. */
    private static final int LONGEST_TEXT = 1 << 20;

    private static final int MOST = 1_000_000_000;

    private final SchemaDocument document;
    private final Expr.Table table;
    private final Map<String, TextDfa> patterns;
    private final Set<String> notes;
    private final SchemaNode node;
    private final Map<String, Json> members;

    /** @param notes takes what the schema says that asserts nothing here */
    Keywords(
            SchemaDocument document,
            Expr.Table table,
            Map<String, TextDfa> patterns,
            Set<String> notes,
            SchemaNode node,
            Map<String, Json> members) {
        this.document = document;
        this.table = table;
        this.patterns = patterns;
        this.notes = notes;
        this.node = node;
        this.members = members;
    }

    DalangException wrong(String keyword, String what) {
        return Refusal.malformed("the schema's " + keyword + " " + what, Refusal.quote(node.path()));
    }

    // ------------------------------------------------------------------ reading

    Expr part(Json json, String step) {
        if (json instanceof Json.Bool b) return b.value() ? table.anything : table.nothing;
        if (json instanceof Json.Obj o) {
            return o.members().isEmpty() ? table.anything : table.schema(document.child(node, json, step));
        }
        throw wrong(step, "is neither an object nor true or false");
    }

    List<Expr> parts(String keyword) {
        Json json = members.get(keyword);
        if (json == null) return List.of();
        if (!(json instanceof Json.Array a) || a.items().isEmpty()) throw wrong(keyword, "must be a list of schemas");
        List<Expr> list = new ArrayList<>();
        for (int i = 0; i < a.items().size(); i++) list.add(part(a.items().get(i), keyword + "/" + i));
        return list;
    }

    @Nullable
    Expr part(String keyword) {
        Json json = members.get(keyword);
        return json == null ? null : part(json, keyword);
    }

    Map<String, Expr> named(String keyword) {
        Json json = members.get(keyword);
        if (json == null) return Map.of();
        if (!(json instanceof Json.Obj o)) throw wrong(keyword, "must be an object of schemas");
        Map<String, Expr> all = new LinkedHashMap<>();
        o.members().forEach((name, value) -> all.put(name, part(value, keyword + "/" + name)));
        return all;
    }

    Set<String> strings(String keyword, Json json) {
        if (!(json instanceof Json.Array a)) throw wrong(keyword, "must be a list of strings");
        Set<String> all = new LinkedHashSet<>();
        for (Json item : a.items()) {
            if (!(item instanceof Json.Text t)) throw wrong(keyword, "must be a list of strings");
            all.add(t.value());
        }
        return all;
    }

    private @Nullable BigDecimal number(String keyword) {
        Json json = members.get(keyword);
        if (json == null) return null;
        if (!(json instanceof Json.Numeral n)) throw wrong(keyword, "must be a number");
        return n.value();
    }

    private int count(String keyword, int otherwise) {
        BigDecimal d = number(keyword);
        if (d == null) return otherwise;
        if (d.signum() < 0 || d.scale() > 0) throw wrong(keyword, "must be a whole number, not negative");
        return d.compareTo(BigDecimal.valueOf(MOST)) > 0 ? MOST : d.intValueExact();
    }

    // ------------------------------------------------------------------ assertions

    Shapes assertions() {
        Shapes s = types();
        s = s.and(Shapes.ALL.withNumbers(numbers()));
        s = s.and(Shapes.ALL.withStrings(texts()));
        s = s.and(Shapes.ALL.withArrays(List.of(arrays())));
        return s.and(Shapes.ALL.withObjects(List.of(objects())));
    }

    private Shapes types() {
        Json json = members.get("type");
        if (json == null) return Shapes.ALL;
        Set<String> names = json instanceof Json.Text t ? Set.of(t.value()) : strings("type", json);
        if (names.isEmpty()) throw wrong("type", "names no type");
        Shapes s = Shapes.NONE;
        for (String name : names) {
            s = s.or(
                    switch (name) {
                        case "null" -> new Shapes(true, false, false, List.of(), TextDfa.EMPTY, List.of(), List.of());
                        case "boolean" -> new Shapes(false, true, true, List.of(), TextDfa.EMPTY, List.of(), List.of());
                        case "number" -> Shapes.NONE.withNumbers(List.of(NumberSet.ALL));
                        case "integer" ->
                            Shapes.NONE.withNumbers(List.of(NumberSet.ALL.withKind(NumberSet.Kind.INTEGER)));
                        case "string" -> Shapes.NONE.withStrings(TextDfa.ALL);
                        case "array" -> Shapes.NONE.withArrays(List.of(ArrayShape.ALL));
                        case "object" -> Shapes.NONE.withObjects(List.of(ObjectShape.ALL));
                        default -> throw wrong("type", "names " + Refusal.quote(name) + ", which is no type");
                    });
        }
        return s;
    }

    private List<NumberSet> numbers() {
        NumberSet n = NumberSet.ALL;
        BigDecimal min = number("minimum");
        BigDecimal max = number("maximum");
        // Draft 4: exclusive says whether the bound itself is out.
        boolean minOpen = members.get("exclusiveMinimum") instanceof Json.Bool b && b.value();
        boolean maxOpen = members.get("exclusiveMaximum") instanceof Json.Bool b && b.value();
        List<NumberSet> all = new ArrayList<>();
        if (min != null) all.add(n.atLeast(min, minOpen));
        if (max != null) all.add(n.atMost(max, maxOpen));
        if (!(members.get("exclusiveMinimum") instanceof Json.Bool)) {
            BigDecimal open = number("exclusiveMinimum");
            if (open != null) all.add(n.atLeast(open, true));
        }
        if (!(members.get("exclusiveMaximum") instanceof Json.Bool)) {
            BigDecimal open = number("exclusiveMaximum");
            if (open != null) all.add(n.atMost(open, true));
        }
        BigDecimal divisor = number("multipleOf");
        if (divisor != null) {
            if (divisor.signum() <= 0) throw wrong("multipleOf", "must be above 0");
            all.add(n.dividedBy(divisor));
        }
        for (NumberSet one : all) {
            NumberSet both = n.and(one);
            if (both == null) return List.of();
            n = both;
        }
        return List.of(n);
    }

    private TextDfa texts() {
        TextDfa all = TextDfa.ALL;
        int min = count("minLength", 0);
        int max = count("maxLength", -1);
        if (min > LONGEST_TEXT) throw Refusal.unsupported("minLength", min + " characters are more than any context");
        if (min > 0 || max >= 0) {
            all = TextDfa.repeat(CharClass.ANY, min, max < 0 ? -1 : Math.min(max, LONGEST_TEXT));
        }
        Json pattern = members.get("pattern");
        if (pattern != null) {
            if (!(pattern instanceof Json.Text t)) throw wrong("pattern", "must be a string");
            all = all.and(pattern(t.value()));
        }
        Json format = members.get("format");
        if (format instanceof Json.Text t) {
            TextDfa known = Formats.of(t.value());
            if (known == null)
                notes.add("the format " + Refusal.quote(t.value()) + " is not known and asserts nothing");
            else all = all.and(known);
        }
        return all;
    }

    TextDfa pattern(String regex) {
        TextDfa known = patterns.get(regex);
        if (known == null) {
            known = Regex.search(regex);
            patterns.put(regex, known);
        }
        return known;
    }

    private ArrayShape arrays() {
        ArrayShape a = ArrayShape.ALL.withLength(count("minItems", 0), count("maxItems", -1));
        Json items = members.get("items");
        List<Expr> prefix = parts("prefixItems");
        Expr rest = table.anything;
        if (items instanceof Json.Array list) {
            // Before 2020-12 a list of items was what is now prefixItems.
            if (!prefix.isEmpty()) throw wrong("items", "must be a schema beside prefixItems");
            prefix = list.items().isEmpty() ? List.of() : parts("items");
            Expr more = part("additionalItems");
            if (more != null) rest = more;
        } else if (items != null) {
            rest = part(items, "items");
        }
        if (!prefix.isEmpty() || rest != table.anything) a = a.withLayer(new ArrayShape.Layer(prefix, rest));
        Expr contains = part("contains");
        if (contains != null) {
            int min = count("minContains", 1);
            int max = count("maxContains", -1);
            if (min > 0 || max >= 0) a = a.withContains(new ArrayShape.Contains(0, contains, min, max));
        }
        Json unique = members.get("uniqueItems");
        if (unique != null && !(unique instanceof Json.Bool)) throw wrong("uniqueItems", "must be true or false");
        return unique instanceof Json.Bool b && b.value() ? a.asUnique() : a;
    }

    private ObjectShape objects() {
        ObjectShape o = ObjectShape.ALL.withCount(count("minProperties", 0), count("maxProperties", -1));
        Json required = members.get("required");
        if (required != null) o = o.withRequired(strings("required", required));
        Map<String, Expr> named = named("properties");
        List<ObjectShape.Rule> rules = rules();
        Expr rest = part("additionalProperties");
        if (!named.isEmpty() || !rules.isEmpty() || rest != null) {
            o = o.withLayer(new ObjectShape.Layer(named, rules, rest == null ? table.anything : rest));
        }
        return o;
    }

    List<ObjectShape.Rule> rules() {
        List<ObjectShape.Rule> rules = new ArrayList<>();
        named("patternProperties").forEach((p, value) -> rules.add(new ObjectShape.Rule(pattern(p), value)));
        return rules;
    }

    /** The values listed by enum, or the one of const; null where there is neither. */
    @Nullable
    List<Json> listed() {
        Json one = members.get("const");
        Json many = members.get("enum");
        if (many == null) return one == null ? null : List.of(one);
        if (!(many instanceof Json.Array a)) throw wrong("enum", "must be a list");
        if (one == null) return a.items();
        return a.items().contains(one) ? List.of(one) : List.of();
    }

    /** Of dependencies and its successors: the keys that each key calls for. */
    Map<String, Set<String>> requiredWith() {
        Map<String, Set<String>> all = new LinkedHashMap<>();
        for (String keyword : List.of("dependentRequired", "dependencies")) {
            if (!(members.get(keyword) instanceof Json.Obj o)) continue;
            o.members().forEach((key, value) -> {
                if (value instanceof Json.Array) {
                    all.computeIfAbsent(key, k -> new HashSet<>()).addAll(strings(keyword, value));
                } else if (value instanceof Json.Text t && keyword.equals("dependencies")) {
                    all.computeIfAbsent(key, k -> new HashSet<>()).add(t.value());
                }
            });
        }
        return all;
    }

    /** And the schemas that each key calls for. */
    Map<String, Expr> schemaWith() {
        Map<String, Expr> all = new LinkedHashMap<>(named("dependentSchemas"));
        if (members.get("dependencies") instanceof Json.Obj o) {
            o.members().forEach((key, value) -> {
                if (value instanceof Json.Obj || value instanceof Json.Bool) {
                    Expr e = part(value, "dependencies/" + key);
                    all.merge(key, e, table::and);
                }
            });
        }
        return all;
    }
}
