package dev.dalang.gateway.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Source;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.gateway.provider.wire.Fields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every field that is written to OpenAI stands in OpenAI's own description of its API. */
class OpenApiTest {
    private static JsonNode api;

    private static synchronized JsonNode api() throws IOException {
        Path file =
                Path.of(System.getProperty("dalang.shared", "../shared"), "external/api/openai-openapi/openapi.json");
        assumeTrue(Files.exists(file), "OpenAI's description of its API is not here");
        if (api == null) api = JsonMapper.builder().build().readTree(Files.readString(file));
        return api;
    }

    private static JsonNode resolved(JsonNode schema) throws IOException {
        JsonNode ref = schema.path("$ref");
        if (!ref.isString()) return schema;
        String name = ref.stringValue();
        return resolved(api().path("components").path("schemas").path(name.substring(name.lastIndexOf('/') + 1)));
    }

    private static Set<String> properties(JsonNode schema) throws IOException {
        Set<String> names = new HashSet<>();
        JsonNode s = resolved(schema);
        s.path("properties").properties().forEach(e -> names.add(e.getKey()));
        for (String all : new String[] {"allOf", "anyOf", "oneOf"}) {
            for (JsonNode part : s.path(all).values()) names.addAll(properties(part));
        }
        return names;
    }

    private static JsonNode property(JsonNode schema, String name) throws IOException {
        JsonNode s = resolved(schema);
        JsonNode found = s.path("properties").path(name);
        if (!found.isMissingNode()) return found;
        for (String all : new String[] {"allOf", "anyOf", "oneOf"}) {
            for (JsonNode part : s.path(all).values()) {
                JsonNode within = property(part, name);
                if (!within.isMissingNode()) return within;
            }
        }
        return found;
    }

    /** What does not fit, as a path; null where all does: names, kinds and enumerations at every depth. */
    private static String misfit(JsonNode value, JsonNode schema, String path) throws IOException {
        JsonNode s = resolved(schema);
        for (String one : new String[] {"anyOf", "oneOf"}) {
            if (!s.has(one) || s.has("properties")) continue;
            String last = path;
            for (JsonNode alternative : s.path(one).values()) {
                String found = misfit(value, alternative, path);
                if (found == null) return null;
                if (found.length() > last.length()) last = found;
            }
            return last;
        }
        JsonNode words = s.path("enum");
        if (words.isArray() && value.isString() && words.valueStream().noneMatch(value::equals))
            return path + "=" + value;
        String type = s.path("type").isString() ? s.path("type").stringValue() : "";
        if (value.isString() && (type.equals("array") || type.equals("object"))) return path + " is text";
        if (value.isArray() && !type.isEmpty() && !type.equals("array")) return path + " is a list";
        if (value.isObject() && (type.equals("string") || type.equals("array"))) return path + " is an object";
        if (value.isArray()) {
            int i = 0;
            for (JsonNode v : value.values()) {
                String found = misfit(v, s.path("items"), path + "[" + i++ + "]");
                if (found != null) return found;
            }
        } else if (value.isObject()) {
            Set<String> known = properties(s);
            if (known.isEmpty()) return null; // free form
            for (Map.Entry<String, JsonNode> e : value.properties()) {
                if (!known.contains(e.getKey())) return path + "." + e.getKey();
                String found = misfit(e.getValue(), property(s, e.getKey()), path + "." + e.getKey());
                if (found != null) return found;
            }
        }
        return null;
    }

    private static void check(JsonNode value, JsonNode schema, String path) throws IOException {
        assertThat(misfit(value, schema, path)).isNull();
    }

    @Test
    void theCheckFindsWhatIsWrong() throws IOException {
        JsonNode chat = api().path("components").path("schemas").path("CreateChatCompletionRequest");
        JsonMapper mapper = JsonMapper.builder().build();
        assertThat(misfit(mapper.readTree("{\"modle\":1}"), chat, "x")).isEqualTo("x.modle");
        assertThat(misfit(mapper.readTree("{\"messages\":[{\"role\":\"user\",\"contents\":\"\"}]}"), chat, "x"))
                .isNotNull();
        assertThat(misfit(mapper.readTree("{\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}"), chat, "x"))
                .isNull();
    }

    private static ChatRequest full() {
        Source picture = new Source.Bytes(new byte[] {(byte) 0x89, 'P', 'N', 'G'}, null);
        return ChatRequest.builder(
                        "gpt",
                        new Prompt.Conversation(List.of(
                                Message.system("Be brief."),
                                Message.of(Role.DEVELOPER, "In English."),
                                new Message(
                                        Role.USER,
                                        List.of(new Part.Text("What?"), new Part.Image(picture, "low", null)),
                                        null),
                                new Message(
                                        Role.ASSISTANT,
                                        List.of(
                                                new Part.Text("Hm."),
                                                new Part.ToolCall("call_1", "look", "{\"a\":1}"),
                                                new Part.ToolCall("call_2", "write", "free", null, true, null)),
                                        null),
                                new Message(
                                        Role.TOOL,
                                        List.of(
                                                new Part.ToolResult(
                                                        "call_1", null, List.of(new Part.Text("x")), false, null),
                                                new Part.ToolResult(
                                                        "call_2", null, List.of(new Part.Text("y")), true, null)),
                                        null))))
                .tools(List.of(
                        new Tool.Function("look", "Looks", "{\"type\":\"object\"}", true, null),
                        new Tool.Custom("write", "Writes", new Tool.Custom.Grammar("lark", "start: /x/"), null)))
                .toolChoice(new ToolChoice.Named(List.of("look", "write"), true))
                .parallelToolCalls(true)
                .responseFormat(new ResponseFormat.JsonSchema("n", "{\"type\":\"object\"}", true))
                .sampling(Sampling.builder().temperature(0.7f).topP(0.9f).build())
                .maxTokens(100)
                .reasoning(ReasoningOptions.of(ReasoningOptions.Effort.HIGH))
                .topLogprobs(2)
                .serviceTier("flex")
                .user("u")
                .build();
    }

    @Test
    void chatCompletions() throws IOException {
        ChatRequest request = full().toBuilder()
                .sampling(Sampling.builder()
                        .temperature(0.7f)
                        .topP(0.9f)
                        .frequencyPenalty(0.5f)
                        .presencePenalty(0.5f)
                        .logitBias(Map.of(7, Float.NEGATIVE_INFINITY))
                        .seed(3L)
                        .build())
                .stop(List.of("END"))
                .extensions(Map.of("store", "true", "verbosity", "\"low\""))
                .metadata(Map.of("k", "v"))
                .build();
        Fields fields = new Fields(request);
        JsonNode body = new ChatWriter(Flavour.OPENAI, "openai", fields).write(request, "gpt");
        assertThat(fields.settle("openai")).isEmpty();
        check(body, api().path("components").path("schemas").path("CreateChatCompletionRequest"), "chat");
        assertThat(body.path("temperature").toString()).isEqualTo("0.7");
        assertThat(body.path("max_completion_tokens").intValue()).isEqualTo(100);
        assertThat(body.path("logit_bias").toString()).isEqualTo("{\"7\":-100.0}");
    }

    @Test
    void responses() throws IOException {
        ChatRequest request = full().toBuilder()
                .reasoning(new ReasoningOptions(null, ReasoningOptions.Effort.HIGH, null, "auto", true))
                .build();
        Fields fields = new Fields(request);
        JsonNode body = new ResponsesWriter("openai", fields).write(request, "gpt");
        assertThat(fields.settle("openai")).isEmpty();
        check(body, api().path("components").path("schemas").path("CreateResponse"), "responses");
        assertThat(body.path("instructions").stringValue()).isEqualTo("Be brief.");
        assertThat(body.path("store").booleanValue()).isFalse();
    }
}
