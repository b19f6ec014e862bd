package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a request is said by the names that the request itself has for it. */
class RefusalsTest {

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

    private static String refused(String path, String fields) {
        Http.Answer answer = http.post(path, "{\"model\":\"dalang-mini\"," + fields + "}");
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(400);
        return answer.json().at("/error/param").asString();
    }

    private static final String ASKED = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],";
    private static final String LONG = "\"" + "word ".repeat(3000) + "\"";

    @Test
    void theFormOfAnAnswerGoesByItsOwnField() {
        String chat = "/v1/chat/completions";
        String pointless = "{\"type\":\"string\",\"enum\":[1]}";
        assertThat(refused(
                        chat,
                        ASKED
                                + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":"
                                + pointless + "}}"))
                .isEqualTo("response_format");
        assertThat(refused(chat, ASKED + "\"grammar\":\"root ::= a\"")).isEqualTo("grammar");
        assertThat(refused(chat, ASKED + "\"grammar\":\"root ::= a\",\"n\":2")).isEqualTo("grammar");
        assertThat(refused(chat, ASKED + "\"grammar\":\"root ::= a\",\"stream\":true"))
                .isEqualTo("grammar");
        for (String[] one : new String[][] {
            {"json", pointless}, {"regex", "\"(\""}, {"regex", "\"\""}, {"grammar", "\"root ::= a\""}, {"choice", "[]"},
        }) {
            String fields = "\"structured_outputs\":{\"" + one[0] + "\":" + one[1] + "}";
            assertThat(refused(chat, ASKED + fields)).isEqualTo("structured_outputs." + one[0]);
            assertThat(refused("/v1/completions", "\"prompt\":\"x\"," + fields))
                    .isEqualTo("structured_outputs." + one[0]);
        }
        assertThat(refused(
                        "/v1/responses",
                        "\"input\":\"hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"x\",\"schema\":"
                                + pointless + "}}"))
                .isEqualTo("text.format");
    }

    @Test
    void whatIsAskedGoesByItsOwnField() {
        assertThat(refused("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":" + LONG + "}]"))
                .isEqualTo("messages");
        assertThat(refused("/v1/completions", "\"prompt\":" + LONG)).isEqualTo("prompt");
        assertThat(refused("/v1/completions", "\"prompt\":[99999999]")).isEqualTo("prompt");
        assertThat(refused("/v1/completions", "\"tokens\":1,\"prompt\":\"x\"")).isEqualTo("tokens");
        assertThat(refused("/v1/embeddings", "\"input\":" + LONG)).isEqualTo("input");
        assertThat(refused("/v1/embeddings", "\"input\":[99999999]")).isEqualTo("input");
        assertThat(refused("/v1/embeddings", "\"input\":[-1]")).isEqualTo("input");
        assertThat(refused("/v1/responses", "\"input\":" + LONG)).isEqualTo("input");
        assertThat(refused("/v1/responses", "\"input\":\"x\",\"include\":[\"colours\"]"))
                .isEqualTo("include");
        assertThat(refused("/v1/responses/input_tokens", "\"input\":\"x\",\"tokens\":1"))
                .isEqualTo("tokens");
    }

    @Test
    void theWayOutIsSaidInTheDialectsOwnWords() {
        String vectors = http.post("/api/embed", "{\"model\":\"dalang-mini\",\"input\":" + LONG + "}")
                .json()
                .get("error")
                .asString();
        assertThat(vectors).contains("\"truncate\": true");
        String answer = http.post("/api/generate", "{\"model\":\"dalang-mini\",\"prompt\":" + LONG + "}")
                .json()
                .get("error")
                .asString();
        assertThat(answer).contains("\"truncate\": true");
        assertThat(http.post("/v1/completions", "{\"model\":\"dalang-mini\",\"prompt\":" + LONG + "}")
                        .json()
                        .at("/error/remedies")
                        .toString())
                .contains("truncation");
    }

    @Test
    void resultsAreOfCallsThatWereMade() {
        String call = "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":"
                + "{\"name\":\"f\",\"arguments\":\"{}\"}}]},";
        String result = "{\"role\":\"tool\",\"tool_call_id\":\"%s\",\"content\":\"1\"}";
        String messages =
                "\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}," + call + result + "]";
        assertThat(refused("/v1/chat/completions", messages.formatted("c2"))).isEqualTo("messages[2].tool_call_id");
        String items =
                "\"max_output_tokens\":4,\"input\":[{\"role\":\"user\",\"content\":\"hi\"},{\"type\":\"function_call\","
                        + "\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"},"
                        + "{\"type\":\"function_call_output\",\"call_id\":\"%s\",\"output\":\"1\"}]";
        assertThat(refused("/v1/responses", items.formatted("c2"))).isEqualTo("input[2].call_id");
        String blocks =
                "{\"model\":\"dalang-mini\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
                        + "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f\",\"input\":{}}]},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"%s\",\"content\":\"1\"}]}]}";
        Http.Answer orphan = http.post("/v1/messages", blocks.formatted("c2"));
        assertThat(orphan.status()).isEqualTo(400);
        assertThat(orphan.json().at("/error/message").asString()).contains("c2");
    }

    @Test
    void aStoredResponseIsAskedForAsDocumented() {
        String id = http.post("/v1/responses", "{\"model\":\"dalang-mini\",\"max_output_tokens\":4,\"input\":\"hi\"}")
                .json()
                .get("id")
                .asString();
        for (String[] one : new String[][] {
            {"stream=maybe", "stream"},
            {"include[]=colours", "include"},
            {"include=message.output_text.logprobs&include=colours", "include"},
            {"starting_after=1", "starting_after"},
            {"include_obfuscation=true", "include_obfuscation"},
        }) {
            Http.Answer answer = http.get(
                    "/v1/responses/" + id + "?" + one[0].replace("[", "%5B").replace("]", "%5D"));
            assertThat(answer.status()).as(one[0]).isEqualTo(400);
            assertThat(answer.json().at("/error/param").asString()).isEqualTo(one[1]);
        }
        assertThat(http.get("/v1/responses/" + id + "?stream=false&include=message.output_text.logprobs")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whoSpeaksAnthropicsDialectIsRefusedInIt() {
        Http.Answer unknown = http.get("/v1/models/nobody", "anthropic-version", "2023-06-01");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().get("type").asString()).isEqualTo("error");
        assertThat(unknown.json().at("/error/type").asString()).isEqualTo("not_found_error");
        assertThat(unknown.json().get("request_id").asString()).startsWith("req_");
        try (Http stranger = new Http(server.url(), "wrong")) {
            assertThat(stranger.get("/v1/models", "anthropic-version", "2023-06-01")
                            .json()
                            .at("/error/type")
                            .asString())
                    .isEqualTo("authentication_error");
        }
        assertThat(http.get("/v1/models/nobody").json().at("/error/code").asString())
                .isEqualTo("model_not_found");
    }

    @Test
    void whatIsNoJsonIsSaidInPlainWords() {
        String message = message("[".repeat(500));
        assertThat(message).contains("depth", "200").doesNotContain("Stream", "`");
        for (String body :
                new String[] {"{\"a\":NaN}", "{\"a\":-Infinity}", "{\"a\":+1}", "{\"a\":0x10}", "// a\n{}", "{\"a\":[1}"
                }) {
            assertThat(message(body)).contains("not valid JSON").doesNotContain("`", "Feature", "Source");
        }
    }

    private static String message(String body) {
        return http.post("/v1/chat/completions", body)
                .json()
                .at("/error/message")
                .asString();
    }

    @Test
    void completionsHaveIdsOfTheirOwnKind() {
        String body = "{\"model\":\"dalang-mini\",\"prompt\":\"x\",\"max_tokens\":1%s}";
        assertThat(http.post("/v1/completions", body.formatted(""))
                        .json()
                        .get("id")
                        .asString())
                .startsWith("cmpl-");
        assertThat(http.post("/v1/completions", body.formatted(",\"stream\":true"))
                        .events())
                .allSatisfy(e -> assertThat(e.get("id").asString()).startsWith("cmpl-"));
    }
}
