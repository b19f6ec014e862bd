package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the server answers is what OpenAI's API document says. */
class OpenAiShapesTest {

    @TempDir
    static Path home;

    private static RunningServer server;
    private static Http http;

    @BeforeAll
    static void start() {
        server = RunningServer.start(home);
        http = new Http(server.url(), RunningServer.KEY);
    }

    @AfterAll
    static void stop() {
        http.close();
        server.close();
    }

    private static final String CHAT =
            "{\"model\":\"dalang-mini\",\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of Kenya?\"}]%s}";

    private static Http.Answer chat(String more) {
        return http.post("/v1/chat/completions", CHAT.formatted(more));
    }

    private static final String TOOLS =
            ",\"max_tokens\":800,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\","
                    + "\"properties\":{\"city\":{\"enum\":[\"Oslo\",\"Rome\"]}},\"required\":[\"city\"],\"additionalProperties\":false}}}],"
                    + "\"tool_choice\":\"required\",\"parallel_tool_calls\":false";

    private static String tiny(String messages, String more) {
        return "{\"model\":\"" + server.tiny() + "\",\"seed\":1,\"messages\":[{\"role\":\"user\",\"content\":\""
                + messages + "\"}]" + more + "}";
    }

    @Test
    void chatCompletions() {
        OpenAiDocument document = OpenAiDocument.open();
        JsonNode answer = chat("").json();
        document.check("CreateChatCompletionResponse", answer);
        assertThat(answer.at("/choices/0/message/content").asString()).contains("Nairobi");
        document.check(
                "CreateChatCompletionResponse",
                chat(",\"n\":2,\"logprobs\":true,\"top_logprobs\":2,\"max_tokens\":3")
                        .json());
        JsonNode called =
                http.post("/v1/chat/completions", tiny("Weather?", TOOLS)).json();
        document.check("CreateChatCompletionResponse", called);
        assertThat(called.at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
        assertThat(called.at("/choices/0/message/content").isNull()).isTrue();
    }

    @Test
    void chatStreams() {
        OpenAiDocument document = OpenAiDocument.open();
        Http.Answer answer = chat(
                ",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"logprobs\":true,\"top_logprobs\":1,\"n\":2,\"seed\":3");
        assertThat(answer.header("Content-Type")).startsWith("text/event-stream");
        assertThat(answer.response().body()).endsWith("data: [DONE]\n\n");
        List<JsonNode> chunks = answer.events();
        Set<String> heads = new HashSet<>();
        for (JsonNode chunk : chunks) {
            check(document, chunk);
            heads.add(chunk.get("id") + " " + chunk.get("created") + " " + chunk.get("model"));
        }
        assertThat(heads).hasSize(1);
        assertThat(chunks.getLast().get("choices").isEmpty()).isTrue();
        for (int i = 0; i < 2; i++) {
            StringBuilder text = new StringBuilder();
            StringBuilder tokens = new StringBuilder();
            String finish = "";
            for (JsonNode chunk : chunks) {
                for (JsonNode choice : chunk.get("choices")) {
                    if (choice.get("index").asInt() != i) continue;
                    text.append(choice.at("/delta/content").asString(""));
                    for (JsonNode t : choice.at("/logprobs/content"))
                        tokens.append(t.get("token").asString());
                    if (!choice.get("finish_reason").isNull())
                        finish = choice.get("finish_reason").asString();
                }
            }
            assertThat(text.toString()).contains("Nairobi");
            assertThat(tokens.toString()).isEqualTo(text.toString());
            assertThat(finish).isEqualTo("stop");
        }
    }

    /** Of some fields the document says that they are null before the end, and in their schemas that they cannot be. */
    static void check(OpenAiDocument document, JsonNode chunk) {
        ObjectNode copy = (ObjectNode) chunk.deepCopy();
        if (copy.path("usage").isNull()) copy.remove("usage");
        for (JsonNode choice : copy.get("choices")) {
            assertThat(choice.has("finish_reason")).isTrue();
            if (choice.get("finish_reason").isNull()) ((ObjectNode) choice).put("finish_reason", "stop");
            if (choice.path("logprobs") instanceof ObjectNode scores) {
                assertThat(scores.get("refusal").isNull()).isTrue();
                scores.putArray("refusal");
            }
        }
        document.check("CreateChatCompletionStreamResponse", copy);
    }

    @Test
    void callsInAStream() {
        OpenAiDocument document = OpenAiDocument.open();
        List<JsonNode> chunks = http.post("/v1/chat/completions", tiny("Weather?", TOOLS + ",\"stream\":true"))
                .events();
        StringBuilder arguments = new StringBuilder();
        for (JsonNode chunk : chunks) {
            check(document, chunk);
            arguments.append(
                    chunk.at("/choices/0/delta/tool_calls/0/function/arguments").asString(""));
        }
        assertThat(arguments.toString()).matches("\\{\\s*\"city\"\\s*:\\s*\"(Oslo|Rome)\"\\s*}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
    }

    @Test
    void completions() {
        OpenAiDocument document = OpenAiDocument.open();
        String body =
                "{\"model\":\"dalang-mini\",\"prompt\":[\"One two\",\"Three\"],\"n\":2,\"max_tokens\":4,\"logprobs\":1,\"seed\":5%s}";
        JsonNode whole = http.post("/v1/completions", body.formatted("")).json();
        document.check("CreateCompletionResponse", whole);
        assertThat(whole.get("choices").size()).isEqualTo(4);
        List<JsonNode> chunks =
                http.post("/v1/completions", body.formatted(",\"stream\":true")).events();
        StringBuilder[] texts = new StringBuilder[4];
        for (int i = 0; i < 4; i++) texts[i] = new StringBuilder();
        for (JsonNode c : chunks) {
            JsonNode choice = c.at("/choices/0");
            texts[choice.get("index").asInt()].append(choice.get("text").asString());
        }
        for (int i = 0; i < 4; i++) {
            assertThat(texts[i].toString())
                    .isEqualTo(whole.at("/choices/" + i + "/text").asString());
        }
        JsonNode echoed = http.post(
                        "/v1/completions",
                        "{\"model\":\"dalang-mini\",\"prompt\":\"One two\",\"echo\":true,\"max_tokens\":2,\"best_of\":3,\"seed\":1}")
                .json();
        assertThat(echoed.at("/choices/0/text").asString()).startsWith("One two");
        assertThat(echoed.get("choices").size()).isEqualTo(1);
    }

    /** A client learns what its request cannot have, and not where the server keeps its files. */
    @Test
    void noMiddleIsFilledInWithoutMarksForIt() {
        Http.Answer refused =
                http.post("/v1/completions", "{\"model\":\"dalang-mini\",\"prompt\":\"One two\",\"suffix\":\"four\"}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/param").asString()).isEqualTo("suffix");
        assertThat(refused.json().at("/error/message").asString())
                .contains("fill in a middle")
                .doesNotContain("/");
    }

    @Test
    void embeddings() {
        OpenAiDocument document = OpenAiDocument.open();
        String body = "{\"model\":\"dalang-mini\",\"input\":[\"one\",\"two\"]%s}";
        JsonNode floats = http.post("/v1/embeddings", body.formatted("")).json();
        document.check("CreateEmbeddingResponse", floats);
        JsonNode encoded = http.post("/v1/embeddings", body.formatted(",\"encoding_format\":\"base64\""))
                .json();
        byte[] bytes =
                Base64.getDecoder().decode(encoded.at("/data/1/embedding").asString());
        ByteBuffer vector = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode v : floats.at("/data/1/embedding")) {
            assertThat(vector.getFloat()).isEqualTo((float) v.doubleValue());
        }
        assertThat(vector.hasRemaining()).isFalse();
    }

    @Test
    void models() {
        OpenAiDocument document = OpenAiDocument.open();
        document.check("ListModelsResponse", http.get("/v1/models").json());
        JsonNode mini = http.get("/v1/models/dalang-mini").json();
        document.check("Model", mini);
        assertThat(mini.get("id").asString()).isEqualTo("dalang-mini");
        // Slashes as they are, and encoded.
        assertThat(http.get("/v1/models/" + server.tiny()).json().get("id").asString())
                .isEqualTo(server.tiny());
        assertThat(http.get("/v1/models/" + server.tiny().replace("/", "%2F"))
                        .json()
                        .get("id")
                        .asString())
                .isEqualTo(server.tiny());
        Http.Answer unknown = http.get("/v1/models/some/one:else");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().at("/error/code").asString()).isEqualTo("model_not_found");
    }

    @Test
    void errors() {
        OpenAiDocument document = OpenAiDocument.open();
        String long_ = "word ".repeat(1500);
        for (String[] one : new String[][] {
            {"{", "400", "invalid_request"},
            {"{\"model\":\"dalang-mini\"}", "400", "invalid_request"},
            {"{\"model\":\"dalang-mini\",\"messages\":[123]}", "400", "invalid_request"},
            {CHAT.formatted(",\"colour\":1"), "400", "invalid_request"},
            {
                CHAT.formatted(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\"}}"),
                "400",
                "invalid_request"
            },
            {CHAT.formatted("").replace("dalang-mini", "nobody"), "404", "model_not_found"},
            {CHAT.formatted("").replace("What", long_), "400", "context_length_exceeded"},
            {CHAT.formatted("").replace("dalang-mini", FaultyModels.BROKEN), "500", "bad_model_file"},
        }) {
            Http.Answer answer = http.post("/v1/chat/completions", one[0]);
            assertThat(answer.status()).as(answer.response().body()).isEqualTo(Integer.parseInt(one[1]));
            document.check("ErrorResponse", answer.json());
            assertThat(answer.json().at("/error/code").asString()).isEqualTo(one[2]);
            assertThat(answer.header("x-should-retry")).isEqualTo("false");
        }
        JsonNode overflow = http.post("/v1/chat/completions", CHAT.formatted("").replace("What", long_))
                .json()
                .get("error");
        assertThat(overflow.get("n_prompt_tokens").asInt())
                .isGreaterThan(overflow.get("n_ctx").asInt());
        try (Http stranger = new Http(server.url(), "wrong")) {
            Http.Answer answer = stranger.post("/v1/chat/completions", CHAT.formatted(""));
            assertThat(answer.status()).isEqualTo(401);
            document.check("ErrorResponse", answer.json());
            assertThat(answer.json().at("/error/code").asString()).isEqualTo("invalid_api_key");
        }
    }

    @Test
    void whatIsLeftOutIsSaid() {
        String turns = "{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"yes\"},"
                .formatted("word ".repeat(40))
                .repeat(8);
        String body = "{\"model\":\"" + server.tiny() + "\",\"truncation\":\"auto\",\"max_tokens\":4,\"messages\":["
                + turns + "{\"role\":\"user\",\"content\":\"end\"}]}";
        JsonNode whole = http.post("/v1/chat/completions", body).json();
        assertThat(whole.at("/notices").toString()).contains("truncated", "dropped_messages");
        List<JsonNode> chunks = http.post("/v1/chat/completions", body.replaceFirst("\\{", "{\"stream\":true,"))
                .events();
        assertThat(chunks.toString()).contains("dropped_messages");
        JsonNode response = http.post(
                        "/v1/responses",
                        body.replace("\"messages\"", "\"input\"").replace("max_tokens", "max_output_tokens"))
                .json();
        assertThat(response.at("/notices").toString()).contains("dropped_messages");
        assertThat(response.get("truncation").asString()).isEqualTo("auto");
    }

    @Test
    void aStreamThatBreaksSaysSo() {
        List<JsonNode> chunks = http.post(
                        "/v1/chat/completions",
                        CHAT.formatted(",\"stream\":true").replace("dalang-mini", FaultyModels.CUT_OFF))
                .events();
        assertThat(chunks.getLast().at("/error/code").asString()).isEqualTo("upstream_error");
        List<JsonNode> events = http.post(
                        "/v1/responses",
                        "{\"model\":\"" + FaultyModels.CUT_OFF + "\",\"input\":\"hi\",\"stream\":true}")
                .events();
        assertThat(events.getLast().get("type").asString()).isEqualTo("response.failed");
        OpenAiDocument.open().check("ResponseStreamEvent", events.getLast());
    }
}
