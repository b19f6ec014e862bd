package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
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
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A value of a folder's configuration, with where it stands.
 *
 * @param file the file's path for messages
 * @param path from the root, {@code rope_scaling.factor}
 * @param value a {@code Map<String, Object>}, {@code List<Object>}, String, Long, Double, Boolean or null
 */
record JsonValue(String file, String path, @Nullable Object value) {

    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_NUMBER = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_BYTES)
                    .maxNumberLength(1000)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** @throws DalangException (storage) if the file cannot be read, (bad model file) if it is no sound JSON object */
    static JsonValue read(Path file) {
        byte[] text = bytes(file);
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) throw bad(file, "is not a JSON object");
            Object value = value(parser);
            if (parser.nextToken() != null) throw bad(file, "has something after the object");
            return new JsonValue(file.toString(), "", value);
        } catch (JacksonException e) {
            throw new DalangException(
                    new Failure.BadModelFile(
                            file + ": is not sound JSON: " + printable(e.getOriginalMessage()), file.toString(), null),
                    e);
        }
    }

    /** The whole of a small file. */
    static byte[] bytes(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) throw bad(file, "has over " + MAX_BYTES + " bytes");
            return bytes;
        } catch (NoSuchFileException e) {
            throw storage(file, "no such file", e);
        } catch (AccessDeniedException e) {
            throw storage(file, "may not be read by this user", e);
        } catch (IOException e) {
            throw storage(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    static DalangException storage(Path file, String problem, @Nullable Exception cause) {
        return new DalangException(new Failure.Storage(file + ": " + problem, file.toString()), cause);
    }

    private static DalangException bad(Path file, String problem) {
        return DalangException.badModelFile(file + ": " + problem, file.toString(), null);
    }

    /** Recursion no deeper than {@link #MAX_DEPTH}, which the parser enforces. */
    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String key = parser.currentName();
                    parser.nextToken();
                    map.put(key, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) list.add(value(parser));
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT -> {
                double wide = parser.getDoubleValue();
                if (Math.abs(wide) < 9e18) yield parser.getLongValue();
                yield wide;
            }
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case null, default -> null;
        };
    }

    boolean isNull() {
        return value == null;
    }

    boolean isObject() {
        return value instanceof Map;
    }

    boolean isList() {
        return value instanceof List;
    }

    /** The member of an object; a null value where it or the object is absent. */
    JsonValue get(String key) {
        Object member = value instanceof Map<?, ?> map ? map.get(key) : null;
        return new JsonValue(file, path.isEmpty() ? key : path + "." + key, member);
    }

    @Nullable
    String stringOrNull() {
        return value instanceof String s ? s : null;
    }

    boolean isTrue() {
        return Boolean.TRUE.equals(value);
    }

    /** A whole number, also one written as {@code 4096.0} or {@code "4096"}, as some configurations have it. */
    long integer(long min, long max) {
        double number = real();
        long l = value instanceof Long exact ? exact : (long) number;
        if (l != number && !(value instanceof Long)) throw bad("is not a whole number");
        if (l < min || l > max) throw bad("is " + l + ", outside " + min + ".." + max);
        return l;
    }

    /** A finite number, also one written as a string. */
    double real() {
        double number = switch (value) {
            case Long l -> l;
            case Double d -> d;
            case String s -> parse(s);
            case null, default -> throw bad("is not a number");
        };
        if (!Double.isFinite(number)) throw bad("is not a finite number");
        return number;
    }

    private double parse(String s) {
        try {
            if (s.length() <= MAX_NUMBER) return Double.parseDouble(s);
        } catch (NumberFormatException e) {
            throw bad("is not a number");
        }
        throw bad("is not a number");
    }

    List<JsonValue> list() {
        if (!(value instanceof List<?> list)) throw bad("is not a list");
        List<JsonValue> items = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) items.add(new JsonValue(file, path + "[" + i + "]", list.get(i)));
        return items;
    }

    DalangException bad(String what) {
        return DalangException.badModelFile(
                file + ": " + printable(path) + (value == null ? " is missing" : " " + what), file, printable(path));
    }

    /** A name out of a file, for a message of one line. */
    static String printable(String name) {
        StringBuilder line = new StringBuilder();
        name.codePoints()
                .limit(200)
                .forEach(c ->
                        line.appendCodePoint(Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '\ufffd' : c));
        return line.toString();
    }
}
