package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object whose members are read by name and type, and which knows which ones nobody read: a parameter is honoured or
 * refused by its name, never ignored.
 *
 * <p>A member that is {@code null} counts as absent: clients send it for what they leave to the server. Every refusal is a
 * {@link Failure.InvalidRequest} with the member's path, like {@code messages[2].content}.
 *
 * <p>Call {@link #done} at the end; it covers the objects that were read through this one.
 */
public final class Fields {

    private final ObjectNode object;
    private final String path;
    private final Set<String> read = new LinkedHashSet<>();
    private final List<Fields> children = new ArrayList<>();

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** A request's body. */
    public static Fields of(JsonNode body) {
        return of(body, "");
    }

    /** @param path of the object in the request, for messages; empty for the body itself */
    public static Fields of(JsonNode node, String path) {
        if (node instanceof ObjectNode object) return new Fields(object, path);
        throw wrong(path.isEmpty() ? "the body" : path, "an object", node, path.isEmpty() ? null : path);
    }

    /** Where this object is in the request; empty for the body itself. */
    public String path() {
        return path;
    }

    /** The path of a member of this object. */
    public String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Whether a member is there and not null. Does not count as reading it. */
    public boolean has(String name) {
        JsonNode n = object.get(name);
        return n != null && !n.isNull();
    }

    /** Whether a member is there, be it null. Does not count as reading it. */
    public boolean names(String name) {
        return object.has(name);
    }

    /** A member of any kind, whose reading is then the caller's own affair. */
    public @Nullable JsonNode any(String name) {
        read.add(name);
        JsonNode n = object.get(name);
        return n == null || n.isNull() ? null : n;
    }

    public JsonNode requireAny(String name) {
        return require(name, any(name));
    }

    /** A member of any kind as JSON text. */
    public @Nullable String json(String name) {
        JsonNode n = any(name);
        return n == null ? null : Json.text(n);
    }

    public @Nullable String text(String name) {
        JsonNode n = any(name);
        if (n == null) return null;
        if (!n.isString()) throw wrong(name, "a string", n);
        return n.stringValue();
    }

    public String text(String name, String otherwise) {
        String value = text(name);
        return value == null ? otherwise : value;
    }

    public String requireText(String name) {
        return require(name, text(name));
    }

    /** One of some words. */
    public @Nullable String word(String name, Collection<String> words) {
        String value = text(name);
        if (value != null && !words.contains(value)) {
            throw invalid(name, "must be one of " + String.join(", ", words) + ", not \"" + brief(value) + "\"");
        }
        return value;
    }

    public @Nullable Boolean flag(String name) {
        JsonNode n = any(name);
        if (n == null) return null;
        if (!n.isBoolean()) throw wrong(name, "true or false", n);
        return n.booleanValue();
    }

    public boolean flag(String name, boolean otherwise) {
        Boolean value = flag(name);
        return value == null ? otherwise : value;
    }

    /** A whole number; {@code 3.0} is one. */
    public @Nullable Long whole(String name) {
        JsonNode n = any(name);
        if (n == null) return null;
        if (n.isNumber()) {
            if (n.isIntegralNumber() && n.canConvertToLong()) return n.longValue();
            double d = n.doubleValue();
            if (d == Math.rint(d) && Math.abs(d) <= 1L << 53) return (long) d;
        }
        throw wrong(name, "a whole number", n);
    }

    public @Nullable Integer integer(String name) {
        Long value = whole(name);
        if (value == null) return null;
        if (value != value.intValue()) throw invalid(name, "is out of range: " + value);
        return value.intValue();
    }

    public int integer(String name, int otherwise) {
        Integer value = integer(name);
        return value == null ? otherwise : value;
    }

    public @Nullable Double number(String name) {
        JsonNode n = any(name);
        if (n == null) return null;
        if (!n.isNumber()) throw wrong(name, "a number", n);
        double value = n.doubleValue();
        if (!Double.isFinite(value)) throw invalid(name, "is out of range");
        return value;
    }

    /** A number in single precision, as {@code api.Sampling} has them. */
    public @Nullable Float single(String name) {
        Double value = number(name);
        if (value == null) return null;
        float f = value.floatValue();
        if (!Float.isFinite(f)) throw invalid(name, "is out of range: " + value);
        return f;
    }

    public @Nullable Fields object(String name) {
        JsonNode n = any(name);
        return n == null ? null : child(n, path(name));
    }

    public Fields requireObject(String name) {
        return require(name, object(name));
    }

    /** The elements of an array, of any kind; null when it is absent. */
    public @Nullable List<JsonNode> array(String name) {
        JsonNode n = any(name);
        if (n == null) return null;
        if (!n.isArray()) throw wrong(name, "an array", n);
        List<JsonNode> all = new ArrayList<>(n.size());
        n.forEach(all::add);
        return all;
    }

    /** The objects of an array; null when it is absent. */
    public @Nullable List<Fields> objects(String name) {
        List<JsonNode> all = array(name);
        if (all == null) return null;
        List<Fields> objects = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) objects.add(child(all.get(i), path(name) + "[" + i + "]"));
        return objects;
    }

    public List<Fields> requireObjects(String name) {
        return require(name, objects(name));
    }

    /** The strings of an array; null when it is absent. */
    public @Nullable List<String> texts(String name) {
        List<JsonNode> all = array(name);
        if (all == null) return null;
        List<String> texts = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            JsonNode n = all.get(i);
            if (!n.isString()) throw wrong(path(name) + "[" + i + "]", "a string", n, path(name));
            texts.add(n.stringValue());
        }
        return texts;
    }

    /** One string or an array of them, as many dialects allow; empty when it is absent. */
    public List<String> textOrTexts(String name) {
        JsonNode n = any(name);
        if (n == null) return List.of();
        if (n.isString()) return List.of(n.stringValue());
        if (!n.isArray()) throw wrong(name, "a string or an array of strings", n);
        return require(name, texts(name));
    }

    /** An object of strings, in order; empty when it is absent. */
    public Map<String, String> textMap(String name) {
        Map<String, String> map = new LinkedHashMap<>();
        Fields f = object(name);
        if (f != null) for (String key : f.names()) map.put(key, f.require(key, f.text(key)));
        return map;
    }

    /** The names of all members, in order, null ones too. */
    public List<String> names() {
        return List.copyOf(object.propertyNames());
    }

    /** An element of an array that was read with {@link #array}, as an object that {@link #done} covers too. */
    public Fields child(JsonNode node, String childPath) {
        Fields f = of(node, childPath);
        children.add(f);
        return f;
    }

    /** Refuses a member that the protocol has and this server cannot honour, when it is there and not null. */
    public void refuse(String name, String reason) {
        JsonNode n = any(name);
        if (n != null) throw unsupported(name, reason);
    }

    /**
     * As {@link #refuse}, except where its value is the one that means what is done anyway.
     *
     * @param harmless the value as JSON, like {@code false} or {@code "auto"}
     */
    public void refuseUnless(String name, String harmless, String reason) {
        JsonNode n = any(name);
        if (n != null && !n.equals(Json.parse(harmless))) throw unsupported(name, reason);
    }

    /** Members that nobody read, of this object alone. */
    public List<String> unread() {
        List<String> all = new ArrayList<>();
        for (String name : object.propertyNames()) if (!read.contains(name)) all.add(name);
        return all;
    }

    /**
     * Gives each member that nobody read to {@code taker}, with its JSON: for dialects that pass on what they do not know
     * ({@code ChatRequest.extensions}). They count as read.
     */
    public void rest(BiConsumer<String, String> taker) {
        for (String name : unread()) {
            JsonNode n = any(name);
            if (n != null) taker.accept(name, Json.text(n));
        }
    }

    /** Refuses what nobody read, here and in the objects that were read through this one. */
    public void done() {
        for (String name : unread()) {
            throw DalangException.invalidRequest("unknown parameter: " + brief(path(name)), path(name));
        }
        for (Fields f : children) f.done();
    }

    /** A refusal of a member; {@code what} goes on where its path stops: {@code "must be positive"}. */
    public DalangException invalid(String name, String what) {
        return DalangException.invalidRequest(path(name) + " " + what, path(name));
    }

    private DalangException unsupported(String name, String reason) {
        return DalangException.invalidRequest(path(name) + " is not supported: " + reason, path(name));
    }

    private <T> T require(String name, @Nullable T value) {
        if (value == null) throw DalangException.invalidRequest(path(name) + " is required", path(name));
        return value;
    }

    private DalangException wrong(String name, String wanted, JsonNode found) {
        return wrong(path(name), wanted, found, path(name));
    }

    private static DalangException wrong(String what, String wanted, JsonNode found, @Nullable String parameter) {
        return DalangException.invalidRequest(what + " must be " + wanted + ", not " + kind(found), parameter);
    }

    private static String kind(JsonNode n) {
        return switch (n.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "the number " + brief(n.asString());
            case BOOLEAN -> n.asString();
            case NULL -> "null";
            default -> "nothing";
        };
    }

    private static String brief(String text) {
        String line = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return line.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
