package dev.dalang.gateway.provider.wire;

import dev.dalang.api.DalangException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON as trees, with limits, and readers that take a field of the wrong type for one that is absent. */
public final class Json {
    private static final int MAX_DEPTH = 200;
    private static final int MAX_TEXT = 64 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_TEXT)
                            .maxDocumentLength(2L * MAX_TEXT)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** The tree, or null where the text is no JSON. */
    public static @Nullable JsonNode parse(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return node == null || node.isMissingNode() ? null : node;
        } catch (JacksonException e) {
            return null;
        }
    }

    /**
     * JSON that came with the request.
     *
     * @throws dev.dalang.api.DalangException naming the parameter when it is none
     */
    public static JsonNode given(String text, String parameter) {
        JsonNode node = parse(text);
        if (node == null) throw DalangException.invalidRequest(parameter + " is not JSON", parameter);
        return node;
    }

    /** An object that came with the request, such as a schema or a call's arguments; blank is the empty object. */
    public static ObjectNode givenObject(String text, String parameter) {
        if (text.isBlank()) return object();
        if (given(text, parameter) instanceof ObjectNode object) return object;
        throw DalangException.invalidRequest(parameter + " must be a JSON object", parameter);
    }

    /** The field's text, or null. */
    public static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() ? value.stringValue() : null;
    }

    public static String text(JsonNode node, String field, String otherwise) {
        String value = text(node, field);
        return value == null ? otherwise : value;
    }

    /** The field's whole number, or {@code otherwise}. */
    public static int number(JsonNode node, String field, int otherwise) {
        JsonNode value = node.path(field);
        return value.isIntegralNumber() && value.canConvertToInt() ? value.intValue() : otherwise;
    }

    /** The number that a shortest decimal stands for: 0.7f is written as 0.7, not as 0.699999988. */
    public static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }
}
