package dev.dalang.engine.reply;

import dev.dalang.api.Tool;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Which arguments of which tools are strings. Families that write arguments as plain text need it: {@code 5} is a
 * string where the schema says so, and a number elsewhere.
 */
final class ArgumentTypes {

    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, Set<String>> strings = new HashMap<>();

    ArgumentTypes(List<Tool> tools) {
        for (Tool tool : tools) {
            if (tool instanceof Tool.Function f && f.parameters() != null) {
                strings.put(f.name(), stringsOf(f.parameters()));
            }
        }
    }

    boolean isString(@Nullable String tool, String argument) {
        return tool != null && strings.getOrDefault(tool, Set.of()).contains(argument);
    }

    /** The names under {@code properties} whose {@code type} is string. A broken schema is the request's problem. */
    private static Set<String> stringsOf(String schema) {
        Set<String> names = new HashSet<>();
        try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), schema)) {
            if (p.nextToken() != JsonToken.START_OBJECT) return names;
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean properties = p.currentName().equals("properties");
                if (p.nextToken() != JsonToken.START_OBJECT || !properties) {
                    p.skipChildren();
                    continue;
                }
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    if (p.nextToken() == JsonToken.START_OBJECT) {
                        if (isString(p)) names.add(name);
                    } else {
                        p.skipChildren();
                    }
                }
            }
        } catch (JacksonException e) {
            return names;
        }
        return names;
    }

    private static boolean isString(JsonParser p) {
        boolean string = false;
        while (p.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean type = p.currentName().equals("type");
            JsonToken value = p.nextToken();
            if (type && value == JsonToken.VALUE_STRING) string = p.getString().equals("string");
            p.skipChildren();
        }
        return string;
    }
}
