package dev.dalang.server.http;

import dev.dalang.api.DalangException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON that comes in and goes out: one mapper, with limits on what strangers may send. */
public final class Json {

    /** Deeper than any schema that a person writes, and far from the end of the stack. */
    public static final int MAX_DEPTH = 200;

    /** One text: a picture as base64 of 64 MiB fits. */
    public static final int MAX_TEXT = 96 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_TEXT)
                            .maxNumberLength(100)
                            .maxNameLength(10_000)
                            .build())
                    // What names a member twice would be read differently by whoever checks and whoever acts.
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // The text is the user's own; it does not belong into an error that gets logged.
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .build();

    private Json() {}

    /** @throws DalangException saying where it is wrong */
    public static JsonNode parse(byte[] utf8) {
        // The library would guess other encodings from zeros among the first four bytes, where RFC 8259 wants UTF-8.
        for (int i = 0; i < Math.min(4, utf8.length); i++) {
            if (utf8[i] == 0) throw DalangException.invalidRequest("the body must be JSON in UTF-8", null);
        }
        try {
            JsonNode node = MAPPER.readTree(utf8);
            if (node == null || node.isMissingNode())
                throw DalangException.invalidRequest("the body is empty; it must be JSON", null);
            return node;
        } catch (JacksonException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            throw DalangException.invalidRequest(
                    "the body is not valid JSON: " + plain(e.getOriginalMessage()) + where, null);
        }
    }

    /** Without what the library says of its own settings, and of where a bracket was opened in a source that it may not show. */
    private static String plain(String message) {
        return message.replaceAll(" \\((for [A-Za-z]+ starting|start marker) at \\[.*\\]\\)", "")
                .replaceAll(", from `[A-Za-z.]+\\(\\)`", "")
                .replaceAll(": enable `[A-Za-z._]+` to allow", "")
                .replaceAll("literals require enabling `[A-Za-z._]+`", "literals are not allowed")
                .replace(" (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)", "");
    }

    /** @throws DalangException saying where it is wrong */
    public static JsonNode parse(String text) {
        return parse(text.getBytes(StandardCharsets.UTF_8));
    }

    /** On one line. */
    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** On one line. */
    public static String text(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }
}
