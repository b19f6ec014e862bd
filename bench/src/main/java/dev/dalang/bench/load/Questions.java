package dev.dalang.bench.load;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of a run, by number: the same number is the same request, so that two servers are asked the same. All differ
 * from their first words on, so that no server finds one in what it remembers of another, but for the system prompt where one is
 * shared.
 */
final class Questions {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String[] WORDS =
            ("time person year way day thing man world life hand part child eye woman place work week case point"
                            + " government company number group problem fact water money story month book river stone"
                            + " green quiet seven morning carries between under found never always letter garden")
                    .split(" ");

    private static final String SCHEMA = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0,"maximum":120},\
        "tags":{"type":"array","items":{"type":"string","maxLength":10},"minItems":2,"maxItems":3}},\
        "required":["name","age","tags"],"additionalProperties":false}\
        """;

    private final String model;
    private final int words;
    private final int sharedWords;
    private final int maxTokens;
    private final boolean schema;
    private final long seed;
    private final @Nullable JsonNode more;

    /**
     * @param words of a request's own text
     * @param sharedWords of the system prompt that all have; 0 for none
     * @param schema whether the answer is JSON by a schema
     * @param more members of the request besides, as a JSON object
     */
    Questions(
            String model, int words, int sharedWords, int maxTokens, boolean schema, long seed, @Nullable String more) {
        this.model = model;
        this.words = words;
        this.sharedWords = sharedWords;
        this.maxTokens = maxTokens;
        this.schema = schema;
        this.seed = seed;
        this.more = more == null ? null : JSON.readTree(more);
        if (this.more != null && !this.more.isObject()) throw new IllegalArgumentException("--body is a JSON object");
    }

    byte[] body(int number, boolean stream) {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", model);
        ArrayNode messages = body.putArray("messages");
        if (sharedWords > 0) {
            messages.addObject().put("role", "system").put("content", text(new Random(seed), sharedWords));
        }
        messages.addObject()
                .put("role", "user")
                .put("content", number + " " + text(new Random(seed + 31L * (number + 1)), words));
        body.put("max_tokens", maxTokens);
        body.put("temperature", 0);
        if (stream) {
            body.put("stream", true);
            body.putObject("stream_options").put("include_usage", true);
        }
        if (schema) {
            ObjectNode format = body.putObject("response_format").put("type", "json_schema");
            format.putObject("json_schema")
                    .put("name", "person")
                    .put("strict", true)
                    .set("schema", JSON.readTree(SCHEMA));
        }
        if (more != null) more.properties().forEach(e -> body.set(e.getKey(), e.getValue()));
        return JSON.writeValueAsBytes(body);
    }

    private static String text(Random random, int words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            if (i > 0) text.append(i % 12 == 0 ? ". " : " ");
            text.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }
}
