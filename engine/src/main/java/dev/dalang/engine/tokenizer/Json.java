package dev.dalang.engine.tokenizer;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A value of one of Hugging Face's JSON files, with where it stands, so that what is wrong can be named.
 *
 * @param value a {@code Map<String, Object>}, {@code List<Object>}, String, Long, Double, Boolean or null
 */
record Json(String file, String path, @Nullable Object value) {

    private static final long MAX_BYTES = 256L << 20;
    private static final int MAX_DEPTH = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(16 << 20)
                    .maxNameLength(1 << 20)
                    .maxNumberLength(100)
                    .build())
            .build();

    static Json read(Path file) {
        String name = String.valueOf(file.getFileName());
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw DalangException.badModelFile(name + " is larger than " + MAX_BYTES + " bytes", name, null);
            }
            return parse(name, Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new DalangException(new Failure.Storage("there is no file " + file, file.toString()), e);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    static Json parse(String name, byte[] bytes) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
            parser.nextToken();
            Object value = value(parser);
            if (parser.nextToken() != null)
                throw DalangException.badModelFile(name + " goes on behind its end", name, null);
            return new Json(name, "", value);
        } catch (JacksonException e) {
            throw new DalangException(
                    new Failure.BadModelFile(name + " is not valid JSON: " + e.getOriginalMessage(), name, null), e);
        }
    }

    /** Recursion no deeper than {@link #MAX_DEPTH}, which the parser enforces. */
    private static @Nullable Object value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) return null;
        return switch (token) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String key = parser.currentName();
                    parser.nextToken();
                    map.put(key, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) list.add(value(parser));
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> {
                // What does not fit a long is no id, and as a score it is a double.
                double wide = parser.getDoubleValue();
                if (Math.abs(wide) < 9e18) yield parser.getLongValue();
                yield wide;
            }
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default -> null;
        };
    }

    boolean isNull() {
        return value == null;
    }

    boolean isString() {
        return value instanceof String;
    }

    boolean isObject() {
        return value instanceof Map;
    }

    boolean isList() {
        return value instanceof List;
    }

    /** The member of an object; a null value where it or the object is absent. */
    Json get(String key) {
        Object member = value instanceof Map<?, ?> map ? map.get(key) : null;
        return new Json(file, path.isEmpty() ? key : path + "." + key, member);
    }

    String string() {
        if (value instanceof String s) return s;
        throw bad("is not a string");
    }

    String string(String fallback) {
        return value == null ? fallback : string();
    }

    boolean bool(boolean fallback) {
        if (value == null) return fallback;
        if (value instanceof Boolean b) return b;
        throw bad("is neither true nor false");
    }

    /** An integer in a range. */
    int integer(int min, int max) {
        if (value instanceof Long l && l >= min && l <= max) return (int) (long) l;
        throw bad("is not a whole number from " + min + " to " + max);
    }

    double real() {
        if (value instanceof Long l) return l;
        if (value instanceof Double d && Double.isFinite(d)) return d;
        throw bad("is not a number");
    }

    List<Json> list() {
        if (!(value instanceof List<?> list)) throw bad("is not a list");
        List<Json> items = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) items.add(new Json(file, path + "[" + i + "]", list.get(i)));
        return items;
    }

    /** The members of an object, in the file's order. */
    Map<String, Json> members() {
        if (!(value instanceof Map<?, ?> map)) throw bad("is not an object");
        Map<String, Json> members = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, member) -> members.put((String) key, new Json(file, path + "." + key, member)));
        return members;
    }

    DalangException bad(String what) {
        String field = path.length() <= 100 ? path : path.substring(0, 100) + "…";
        return DalangException.badModelFile(
                file + ": " + (field.isEmpty() ? "the file" : field) + (value == null ? " is missing" : " " + what),
                file,
                field.isEmpty() ? null : field);
    }

    DalangException unsupported(String what) {
        return DalangException.unsupported(file + ": " + path + " is " + what + ", which is not known here", path);
    }
}
