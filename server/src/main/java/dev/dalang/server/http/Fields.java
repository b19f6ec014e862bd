package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A JSON object of a request, read strictly: each field is asked for by its name and checked for its type, and
 * {@link #end} refuses by name what nobody has asked for. So no field is ever ignored in silence.
 *
 * <p>A field that is {@code null} counts as absent, as clients write what they do not set.
 */
public final class Fields {

    private final JsonNode object;
    private final String path;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The body of a request. */
    public static Fields of(JsonNode body) {
        return of(body, "");
    }

    /**
     * An object within a request.
     *
     * @param path where it is, dotted, for messages; empty for the whole body
     * @throws DalangException if it is no object
     */
    public static Fields of(JsonNode node, String path) {
        if (!node.isObject()) throw wrong(path, "a JSON object", node);
        return new Fields(node, path);
    }

    /** Where this object is in the request. */
    public String path() {
        return path;
    }

    /** Where a field of this object is in the request. */
    public String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The object as it is. */
    public JsonNode node() {
        return object;
    }

    // ---- single fields

    /** The field, or null where it is absent or {@code null}. */
    public @Nullable JsonNode node(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Whether the field is there and not {@code null}; asking counts as knowing it. */
    public boolean has(String name) {
        return node(name) != null;
    }

    public @Nullable String string(String name) {
        JsonNode value = node(name);
        if (value == null) return null;
        if (!value.isString()) throw wrong(at(name), "a string", value);
        return value.stringValue();
    }

    public String requiredString(String name) {
        String value = string(name);
        if (value == null) throw missing(name);
        return value;
    }

    public @Nullable Boolean bool(String name) {
        JsonNode value = node(name);
        if (value == null) return null;
        if (!value.isBoolean()) throw wrong(at(name), "true or false", value);
        return value.booleanValue();
    }

    public boolean bool(String name, boolean otherwise) {
        Boolean value = bool(name);
        return value == null ? otherwise : value;
    }

    public @Nullable Integer integer(String name) {
        JsonNode value = node(name);
        return value == null ? null : integer(value, at(name));
    }

    public @Nullable Long longInteger(String name) {
        JsonNode value = node(name);
        if (value == null) return null;
        // 3.0 is what some languages write for 3.
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            throw wrong(at(name), "a whole number", value);
        }
        return value.asLong();
    }

    public @Nullable Float number(String name) {
        JsonNode value = node(name);
        return value == null ? null : number(value, at(name));
    }

    /** An object within this one; null where it is absent. */
    public @Nullable Fields object(String name) {
        JsonNode value = node(name);
        return value == null ? null : of(value, at(name));
    }

    public Fields requiredObject(String name) {
        Fields value = object(name);
        if (value == null) throw missing(name);
        return value;
    }

    // ---- arrays

    /** Each element with its path; empty where the field is absent. */
    public <T> List<T> list(String name, BiFunction<JsonNode, String, T> read) {
        JsonNode value = node(name);
        return value == null ? List.of() : list(value, at(name), read);
    }

    public static <T> List<T> list(JsonNode value, String path, BiFunction<JsonNode, String, T> read) {
        if (!value.isArray()) throw wrong(path, "an array", value);
        List<T> all = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) all.add(read.apply(value.get(i), path + "[" + i + "]"));
        return all;
    }

    /** Strings, or one string that stands for a list of one; empty where the field is absent. */
    public List<String> stringOrStrings(String name) {
        JsonNode value = node(name);
        if (value == null) return List.of();
        return value.isString() ? List.of(value.stringValue()) : list(value, at(name), Fields::string);
    }

    // ---- what is left

    /** Fields that are there, not {@code null}, and that nobody has asked for; asking counts as knowing them. */
    public Map<String, JsonNode> rest() {
        Map<String, JsonNode> rest = new java.util.LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : object.properties()) {
            if (!known.contains(e.getKey()) && !e.getValue().isNull()) rest.put(e.getKey(), e.getValue());
        }
        known.addAll(rest.keySet());
        return rest;
    }

    /**
     * Ends the reading.
     *
     * @throws DalangException naming the first field that nobody asked for
     */
    public void end() {
        for (String name : rest().keySet()) throw unknown(name);
    }

    /**
     * A field that is understood but whose only effect here would be none.
     *
     * @throws DalangException naming the field if it is there with another value than these
     */
    public void only(String name, String why, Object... allowed) {
        JsonNode value = node(name);
        if (value == null) return;
        for (Object a : allowed) {
            boolean same = a instanceof String s ? value.isString() && value.stringValue().equals(s) : false;
            if (a instanceof Boolean b) same = value.isBoolean() && value.booleanValue() == b;
            if (a instanceof Number n) same = value.isNumber() && value.doubleValue() == n.doubleValue();
            if (same) return;
        }
        throw unsupported(name, why);
    }

    // ---- refusals

    public DalangException missing(String name) {
        return DalangException.invalidRequest(at(name) + " is required", at(name));
    }

    public DalangException unknown(String name) {
        return DalangException.invalidRequest("there is no parameter " + shown(at(name)), at(name));
    }

    /** The field exists in the dialect, but not here. */
    public DalangException unsupported(String name, String why) {
        return DalangException.unsupported(at(name) + " is not supported: " + why, at(name));
    }

    /** A value that the field cannot have. */
    public DalangException invalid(String name, String what) {
        return DalangException.invalidRequest(at(name) + " " + what, at(name));
    }

    /** @throws DalangException if it is no string */
    public static String string(JsonNode value, String path) {
        if (!value.isString()) throw wrong(path, "a string", value);
        return value.stringValue();
    }

    /** @throws DalangException if it is no whole number of 32 bits */
    public static Integer integer(JsonNode value, String path) {
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToInt()) {
            throw wrong(path, "a whole number", value);
        }
        return value.asInt();
    }

    /** @throws DalangException if it is no number that a float can hold */
    public static Float number(JsonNode value, String path) {
        if (!value.isNumber()) throw wrong(path, "a number", value);
        float f = (float) value.doubleValue();
        if (!Float.isFinite(f)) throw wrong(path, "a number of usual size", value);
        return f;
    }

    public static DalangException wrong(String path, String wanted, JsonNode value) {
        String where = path.isEmpty() ? "the body" : path;
        return DalangException.invalidRequest(
                where + " must be " + wanted + ", not " + kind(value), path.isEmpty() ? null : path);
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> "the string " + shown("\"" + value.stringValue() + "\"");
            case NUMBER, BOOLEAN -> shown(value.toString());
            case NULL -> "null";
            default -> "something else";
        };
    }

    private static String shown(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > 80 ? plain.substring(0, 79) + "…" : plain;
    }
}
