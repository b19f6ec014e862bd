package dev.dalang.engine.reply;

import dev.dalang.api.Tool;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Which arguments of which tools are strings, and which are declared as something else. Families that write arguments as plain text need it: {@code 5} is a
 * string where the schema says so, and a number elsewhere.
 */
final class ArgumentTypes {

    private static final JsonFactory JSON = new JsonFactory();

    enum Type {
        STRING,
        OTHER,
        UNDECLARED
    }

    private final Map<String, Map<String, Type>> types = new HashMap<>();

    ArgumentTypes(List<Tool> tools) {
        for (Tool tool : tools) {
            if (tool instanceof Tool.Function f && f.parameters() != null) {
                types.put(f.name(), typesOf(f.parameters()));
            }
        }
    }

    Type of(@Nullable String tool, String argument) {
        return tool == null
                ? Type.UNDECLARED
                : types.getOrDefault(tool, Map.of()).getOrDefault(argument, Type.UNDECLARED);
    }

    /** The types under {@code properties}. A broken schema is the request's problem. */
    private static Map<String, Type> typesOf(String schema) {
        Map<String, Type> types = new HashMap<>();
        try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), schema)) {
            if (p.nextToken() != JsonToken.START_OBJECT) return types;
            while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean properties = p.currentName().equals("properties");
                if (p.nextToken() != JsonToken.START_OBJECT || !properties) {
                    p.skipChildren();
                    continue;
                }
                while (p.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = p.currentName();
                    if (p.nextToken() == JsonToken.START_OBJECT) {
                        types.put(name, type(p));
                    } else {
                        p.skipChildren();
                    }
                }
            }
        } catch (JacksonException e) {
            return types;
        }
        return types;
    }

    /** A union of types, or none, leaves it open. */
    private static Type type(JsonParser p) {
        Type type = Type.UNDECLARED;
        while (p.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean declares = p.currentName().equals("type");
            JsonToken value = p.nextToken();
            if (declares && value == JsonToken.VALUE_STRING) {
                type = p.getString().equals("string") ? Type.STRING : Type.OTHER;
            }
            p.skipChildren();
        }
        return type;
    }
}
