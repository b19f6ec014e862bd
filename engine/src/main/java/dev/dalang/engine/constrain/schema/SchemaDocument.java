package dev.dalang.engine.constrain.schema;

import dev.dalang.api.DalangException;
import dev.dalang.engine.constrain.automaton.Refusal;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A schema with all that its references can reach: its own parts, by pointer, anchor or identifier. */
final class SchemaDocument {

    private static final URI BASE = URI.create("schema:///");
    private static final Set<String> ONE = Set.of(
            "items",
            "additionalItems",
            "additionalProperties",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contains",
            "propertyNames",
            "not",
            "if",
            "then",
            "else");
    private static final Set<String> MANY = Set.of("allOf", "anyOf", "oneOf", "prefixItems", "items");
    private static final Set<String> NAMED =
            Set.of("$defs", "definitions", "properties", "patternProperties", "dependentSchemas", "dependencies");

    private final Map<URI, SchemaNode> byId = new HashMap<>();
    private final Map<String, SchemaNode> byAnchor = new HashMap<>();
    private final Map<String, Integer> dynamicAnchors = new HashMap<>();
    private final SchemaNode root;

    SchemaDocument(Json json) {
        boolean legacy = legacy(json, false);
        root = new SchemaNode(json, "#", base(json, BASE), legacy);
        byId.put(BASE, root);
        collect(root);
    }

    SchemaNode root() {
        return root;
    }

    private static boolean legacy(Json json, boolean inherited) {
        if (json instanceof Json.Obj o && o.members().get("$schema") instanceof Json.Text t) {
            return t.value().matches(".*/draft-0[3-7]/.*");
        }
        return inherited;
    }

    private static URI base(Json json, URI outer) {
        if (!(json instanceof Json.Obj o)) return outer;
        Json id = o.members().get("$id");
        if (id == null
                && o.members().get("id") instanceof Json.Text t
                && t.value().matches("(https?|urn):.*")) id = t;
        if (!(id instanceof Json.Text t) || t.value().startsWith("#")) return outer;
        URI made = resolve(outer, t.value());
        return made == null ? outer : withoutFragment(made);
    }

    private static @Nullable URI resolve(URI base, String reference) {
        try {
            URI r = new URI(reference);
            if (base.isOpaque() && !r.isAbsolute()) {
                String s = base.toString();
                int hash = s.indexOf('#');
                return reference.startsWith("#") ? new URI((hash < 0 ? s : s.substring(0, hash)) + reference) : null;
            }
            return base.resolve(r);
        } catch (java.net.URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    private static URI withoutFragment(URI uri) {
        String s = uri.toString();
        int hash = s.indexOf('#');
        return hash < 0 ? uri : URI.create(s.substring(0, hash));
    }

    /** The part of a schema, with the base that its own identifier gives it. */
    SchemaNode child(SchemaNode of, Json json, String step) {
        return new SchemaNode(json, of.path() + "/" + step, base(json, of.base()), legacy(json, of.legacy()));
    }

    private void collect(SchemaNode node) {
        if (!(node.json() instanceof Json.Obj o)) return;
        byId.putIfAbsent(node.base(), node);
        for (String key : List.of("$anchor", "$dynamicAnchor")) {
            if (o.members().get(key) instanceof Json.Text t) {
                byAnchor.putIfAbsent(node.base() + "#" + t.value(), node);
                if (key.equals("$dynamicAnchor")) dynamicAnchors.merge(t.value(), 1, Integer::sum);
            }
        }
        for (String key : List.of("$id", "id")) {
            if (o.members().get(key) instanceof Json.Text t && t.value().startsWith("#")) {
                byAnchor.putIfAbsent(node.base() + t.value(), node);
            }
        }
        o.members().forEach((key, value) -> {
            if (value instanceof Json.Obj map && NAMED.contains(key)) {
                map.members().forEach((name, part) -> collect(child(node, part, key + "/" + name)));
            } else if (value instanceof Json.Array list && MANY.contains(key)) {
                for (int i = 0; i < list.items().size(); i++) {
                    collect(child(node, list.items().get(i), key + "/" + i));
                }
            } else if (ONE.contains(key)) {
                collect(child(node, value, key));
            }
        });
    }

    /** What a {@code $dynamicRef} can only mean one thing by. */
    SchemaNode dynamic(SchemaNode from, String reference) {
        String name = reference.substring(reference.indexOf('#') + 1);
        if (dynamicAnchors.getOrDefault(name, 0) > 1) {
            throw Refusal.unsupported("$dynamicRef", "several parts of the schema may be meant at " + from.path());
        }
        return resolve(from, reference);
    }

    /** @throws DalangException if it leads nowhere, or out of this document */
    SchemaNode resolve(SchemaNode from, String reference) {
        URI uri = resolve(from.base(), reference);
        if (uri == null) throw nowhere(from, reference);
        SchemaNode document = byId.get(withoutFragment(uri));
        if (document == null) {
            throw Refusal.unsupported(
                    "$ref",
                    "only references within the schema are followed, not " + Refusal.quote(reference) + " at "
                            + Refusal.quote(from.path()));
        }
        String fragment = uri.getFragment();
        if (fragment == null || fragment.isEmpty()) return document;
        if (!fragment.startsWith("/")) {
            SchemaNode node = byAnchor.get(document.base() + "#" + fragment);
            if (node == null) throw nowhere(from, reference);
            return node;
        }
        SchemaNode at = document;
        for (String raw : fragment.substring(1).split("/", -1)) {
            String step = raw.replace("~1", "/").replace("~0", "~");
            Json next = switch (at.json()) {
                case Json.Obj o -> o.members().get(step);
                case Json.Array a ->
                    step.matches("0|[1-9][0-9]{0,8}")
                                    && Integer.parseInt(step) < a.items().size()
                            ? a.items().get(Integer.parseInt(step))
                            : null;
                default -> null;
            };
            if (next == null) throw nowhere(from, reference);
            at = child(at, next, raw);
        }
        return at;
    }

    private static DalangException nowhere(SchemaNode from, String reference) {
        return Refusal.malformed(
                "the reference " + Refusal.quote(reference) + " leads nowhere", Refusal.quote(from.path()));
    }
}
