package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.Refusal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code unevaluatedProperties} and {@code unevaluatedItems}, where it is plain from the schema alone what has been
 * evaluated: by the schema itself, its {@code allOf} and its references. Where that depends on the value, refused.
 */
final class Unevaluated {

    private static final List<String> DEPENDS =
            List.of("anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "$dynamicRef");

    private final SchemaDocument document;
    private final Algebra algebra;
    private final SchemaNode node;
    private final Keywords keywords;

    private final Map<String, Expr> named = new LinkedHashMap<>();
    private final List<ObjectShape.Rule> rules = new ArrayList<>();
    private boolean allProperties;
    private int items;
    private boolean allItems;

    Unevaluated(SchemaDocument document, Algebra algebra, SchemaNode node, Keywords keywords) {
        this.document = document;
        this.algebra = algebra;
        this.node = node;
        this.keywords = keywords;
    }

    Shapes apply(Shapes s) {
        Expr properties = keywords.part("unevaluatedProperties");
        Expr rest = keywords.part("unevaluatedItems");
        Expr anything = algebra.table.anything;
        boolean forProperties = properties != null && properties != anything;
        boolean forItems = rest != null && rest != anything;
        if (!forProperties && !forItems) return s;
        String keyword = forProperties ? "unevaluatedProperties" : "unevaluatedItems";
        collect(node, keyword, forItems, new HashSet<>(), true);
        Shapes all = s;
        if (forProperties && !allProperties) {
            all = all.and(Shapes.ALL.withObjects(
                    List.of(ObjectShape.ALL.withLayer(new ObjectShape.Layer(named, rules, notNull(properties))))));
        }
        if (forItems && !allItems) {
            List<Expr> prefix = new ArrayList<>();
            for (int i = 0; i < items; i++) prefix.add(anything);
            all = all.and(Shapes.ALL.withArrays(
                    List.of(ArrayShape.ALL.withLayer(new ArrayShape.Layer(prefix, notNull(rest))))));
        }
        return all;
    }

    private static Expr notNull(@Nullable Expr e) {
        if (e == null) throw new IllegalStateException();
        return e;
    }

    private void collect(SchemaNode at, String keyword, boolean arrays, Set<SchemaNode> seen, boolean own) {
        if (!(at.json() instanceof Json.Obj o) || !seen.add(at)) return;
        Map<String, Json> m = o.members();
        for (String d : DEPENDS) {
            if (m.containsKey(d)) {
                throw Refusal.unsupported(
                        keyword,
                        "what has been evaluated depends on the value, by " + d + " at " + Refusal.quote(at.path()));
            }
        }
        if (arrays && m.containsKey("contains")) {
            throw Refusal.unsupported(keyword, "what has been evaluated depends on the value, by contains");
        }
        Keywords k = own ? keywords : algebra.keywords(at, m);
        for (String name : k.named("properties").keySet()) named.put(name, algebra.table.anything);
        for (ObjectShape.Rule r : k.rules()) rules.add(new ObjectShape.Rule(r.keys(), algebra.table.anything));
        allProperties |= m.containsKey("additionalProperties") || (!own && m.containsKey("unevaluatedProperties"));
        Json list = m.get("prefixItems");
        if (list instanceof Json.Array a) items = Math.max(items, a.items().size());
        if (m.get("items") instanceof Json.Array a)
            items = Math.max(items, a.items().size());
        else allItems |= m.containsKey("items");
        allItems |= m.containsKey("additionalItems") || (!own && m.containsKey("unevaluatedItems"));
        if (m.get("$ref") instanceof Json.Text t) {
            collect(document.resolve(at, t.value()), keyword, arrays, seen, false);
        }
        if (m.get("allOf") instanceof Json.Array a) {
            for (int i = 0; i < a.items().size(); i++) {
                collect(document.child(at, a.items().get(i), "allOf/" + i), keyword, arrays, seen, false);
            }
        }
    }
}
