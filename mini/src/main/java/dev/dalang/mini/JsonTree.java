package dev.dalang.mini;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
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
 * A JSON file as a tree of maps, lists and strings; numbers and booleans are strings too, for nothing here reckons with
 * them.
 */
final class JsonTree {

    private static final int MAX_DEPTH = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private JsonTree() {}

    /** @throws DalangException that names the file if it is missing or no JSON */
    static @Nullable Object read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    /** @param where for messages */
    static @Nullable Object parse(String text, String where) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) throw DalangException.invalidRequest(where + " is empty", where);
            Object tree = value(parser);
            if (parser.nextToken() != null) {
                throw DalangException.invalidRequest(where + " goes on behind its end", where);
            }
            return tree;
        } catch (JacksonException e) {
            throw new DalangException(
                    new Failure.InvalidRequest(where + " is not JSON: " + e.getOriginalMessage(), where), e);
        }
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) list.add(value(parser));
                yield list;
            }
            case VALUE_NULL -> null;
            default -> parser.getString();
        };
    }

    /** What lies at the end of a path of keys, null where the path breaks off. */
    static @Nullable Object at(@Nullable Object tree, String... path) {
        Object here = tree;
        for (String key : path) {
            if (!(here instanceof Map<?, ?> map)) return null;
            here = map.get(key);
        }
        return here;
    }
}
