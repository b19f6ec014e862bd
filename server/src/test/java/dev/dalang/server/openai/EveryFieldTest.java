package dev.dalang.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Json;
import dev.dalang.server.responses.ResponsesFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every field that OpenAI's API document knows of a request is honoured or refused by its name: a value that is not what
 * holds anyway changes what the doorway is asked, or is an error that names the field. None is ignored.
 */
class EveryFieldTest {

    private static final Path DOCUMENT =
            Path.of(System.getProperty("dalang.shared", "shared"), "external/api/openai-openapi/openapi.json");

    /** A value for each field that is not its default. */
    private static final Map<String, String> VALUES = new LinkedHashMap<>();

    static {
        String function = "{\"type\":\"function\",\"name\":\"f\",\"function\":{\"name\":\"f\"}}";
        VALUES.put("audio", "{\"voice\":\"alloy\",\"format\":\"wav\"}");
        VALUES.put("background", "true");
        VALUES.put("best_of", "2");
        VALUES.put("context_management", "[{\"type\":\"compaction\"}]");
        VALUES.put("conversation", "\"conv_1\"");
        VALUES.put("dimensions", "3");
        VALUES.put("echo", "true");
        VALUES.put("encoding_format", "\"base64\"");
        VALUES.put("frequency_penalty", "0.5");
        VALUES.put("function_call", "\"none\"");
        VALUES.put("functions", "[{\"name\":\"f\"}]");
        VALUES.put("include", "[\"file_search_call.results\"]");
        VALUES.put("input", "\"other\"");
        VALUES.put("instructions", "\"be brief\"");
        VALUES.put("logit_bias", "{\"1\":5}");
        VALUES.put("max_completion_tokens", "5");
        VALUES.put("max_output_tokens", "5");
        VALUES.put("max_tokens", "5");
        VALUES.put("max_tool_calls", "5");
        VALUES.put("messages", "[{\"role\":\"user\",\"content\":\"other\"}]");
        VALUES.put("metadata", "{\"a\":\"b\"}");
        VALUES.put("modalities", "[\"text\",\"audio\"]");
        VALUES.put("model", "\"other\"");
        VALUES.put("moderation", "{\"model\":\"x\"}");
        VALUES.put("n", "2");
        VALUES.put("parallel_tool_calls", "false");
        VALUES.put("prediction", "{\"type\":\"content\",\"content\":\"x\"}");
        VALUES.put("presence_penalty", "0.5");
        VALUES.put("previous_response_id", "\"resp_1\"");
        VALUES.put("prompt", "\"other\"");
        VALUES.put("prompt_cache_key", "\"k\"");
        VALUES.put("prompt_cache_options", "{\"mode\":\"explicit\"}");
        VALUES.put("prompt_cache_retention", "\"24h\"");
        VALUES.put("reasoning", "{\"effort\":\"low\"}");
        VALUES.put("reasoning_effort", "\"low\"");
        VALUES.put("response_format", "{\"type\":\"json_object\"}");
        VALUES.put("safety_identifier", "\"s\"");
        VALUES.put("seed", "5");
        VALUES.put("service_tier", "\"flex\"");
        VALUES.put("stop", "\"x\"");
        VALUES.put("store", "true");
        VALUES.put("stream", "true");
        VALUES.put("stream_options", "{\"include_obfuscation\":true}");
        VALUES.put("suffix", "\"x\"");
        VALUES.put("temperature", "0.5");
        VALUES.put("text", "{\"format\":{\"type\":\"json_object\"}}");
        VALUES.put("tool_choice", "\"none\"");
        VALUES.put("tools", "[" + function + "]");
        VALUES.put("top_p", "0.5");
        VALUES.put("truncation", "\"auto\"");
        VALUES.put("user", "\"u\"");
        VALUES.put("verbosity", "\"low\"");
        VALUES.put("web_search_options", "{}");
    }

    private static JsonNode document() {
        Assumptions.assumeTrue(Files.exists(DOCUMENT), "OpenAI's API document is not here: " + DOCUMENT);
        try {
            return Json.parse(Files.readAllBytes(DOCUMENT));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The names of a schema's properties, those of what it is made of included. */
    private static Set<String> properties(JsonNode document, JsonNode schema) {
        Set<String> names = new TreeSet<>();
        String reference = schema.path("$ref").asString("");
        if (!reference.isEmpty()) {
            String name = reference.substring(reference.lastIndexOf('/') + 1);
            names.addAll(properties(
                    document, document.path("components").path("schemas").path(name)));
        }
        for (JsonNode part : schema.path("allOf")) names.addAll(properties(document, part));
        names.addAll(schema.path("properties").propertyNames());
        return names;
    }

    private static void check(String schema, String least, Map<String, String> own, Function<JsonNode, Object> read) {
        JsonNode document = document();
        ObjectNode base = (ObjectNode) Json.parse(least);
        Object plain = read.apply(base);
        Set<String> names =
                properties(document, document.path("components").path("schemas").path(schema));
        assertThat(names).hasSizeGreaterThan(4);
        for (String name : names) {
            String value = own.getOrDefault(name, VALUES.get(name));
            assertThat(value)
                    .as("a value of " + name + ", which is new in " + schema)
                    .isNotNull();
            ObjectNode body = base.deepCopy();
            body.set(name, Json.parse(value));
            try {
                assertThat(read.apply(body))
                        .as(schema + "." + name + " is ignored")
                        .isNotEqualTo(plain);
            } catch (DalangException e) {
                assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class);
                String parameter = ((Failure.InvalidRequest) e.failure()).parameter();
                assertThat(parameter).as(e.getMessage()).startsWith(name);
                assertThat(e.getMessage()).doesNotContain("unknown parameter: " + name);
            }
        }
    }

    @Test
    void chat() {
        check(
                "CreateChatCompletionRequest",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"logprobs\":true}",
                Map.of(
                        "logprobs", "false",
                        "top_logprobs", "2",
                        "tools", "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"),
                ChatRequestReader::read);
    }

    @Test
    void completions() {
        check(
                "CreateCompletionRequest",
                "{\"model\":\"m\",\"prompt\":\"x\"}",
                Map.of("logprobs", "2"),
                CompletionRequestReader::read);
    }

    @Test
    void responses() {
        check(
                "CreateResponse",
                "{\"model\":\"m\",\"input\":\"x\"}",
                Map.of(
                        "top_logprobs", "2",
                        "prompt", "{\"id\":\"p\"}",
                        "store", "false",
                        "tools", "[{\"type\":\"function\",\"name\":\"f\"}]"),
                ResponsesFields::read);
    }
}
