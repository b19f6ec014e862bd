package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Ollama's API as bytes, against real models. */
class OllamaShapesTest {

    private static final String KENYA = "What is the capital of Kenya?";

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

    private static JsonNode post(String path, String json) {
        Http.Answer a = http.post(path, json.replace("MINI", RunningServer.MINI).replace("TINY", server.tiny()));
        assertThat(a.status()).as(a.response().body()).isEqualTo(200);
        return a.json();
    }

    private static List<JsonNode> lines(String path, String json) {
        Http.Answer a = http.post(path, json.replace("MINI", RunningServer.MINI).replace("TINY", server.tiny()));
        assertThat(a.status()).as(a.response().body()).isEqualTo(200);
        assertThat(a.header("content-type")).isEqualTo("application/x-ndjson");
        List<JsonNode> lines = new ArrayList<>();
        a.response().body().lines().forEach(l -> lines.add(Json.parse(l)));
        return lines;
    }

    private static String refused(String path, String json, int status) {
        Http.Answer a = http.post(path, json.replace("MINI", RunningServer.MINI).replace("TINY", server.tiny()));
        assertThat(a.status()).as(a.response().body()).isEqualTo(status);
        return a.json().path("error").stringValue();
    }

    @Test
    void streamsByDefaultAndSaysAtTheEndWhatItTook() {
        List<JsonNode> lines = lines("/api/chat", """
                {"model":"MINI","messages":[{"role":"user","content":"%s"}],"options":{"temperature":0}}""".formatted(KENYA));
        StringBuilder text = new StringBuilder();
        for (JsonNode l : lines) {
            assertThat(l.path("model").asString()).isEqualTo(RunningServer.MINI);
            assertThat(l.path("created_at").asString()).contains("T");
            assertThat(l.path("message").path("role").asString()).isEqualTo("assistant");
            text.append(l.path("message").path("content").asString());
        }
        assertThat(text.toString()).contains("Nairobi");
        JsonNode last = lines.getLast();
        assertThat(lines.stream().filter(l -> l.path("done").asBoolean())).hasSize(1);
        assertThat(last.path("done_reason").asString()).isEqualTo("stop");
        assertThat(last.path("eval_count").asInt()).isPositive();
        assertThat(last.path("prompt_eval_count").asInt()).isPositive();
        assertThat(last.path("total_duration").asLong())
                .isGreaterThanOrEqualTo(last.path("eval_duration").asLong());
        JsonNode whole = post("/api/chat", """
                {"model":"MINI","stream":false,"messages":[{"role":"user","content":"%s"}],"options":{"temperature":0}}""".formatted(KENYA));
        assertThat(whole.path("message").path("content").asString()).isEqualTo(text.toString());
        assertThat(whole.path("prompt_eval_count")).isEqualTo(last.path("prompt_eval_count"));
    }

    @Test
    void goesOnFromAContext() {
        JsonNode first = post("/api/generate", """
                {"model":"MINI","stream":false,"prompt":"%s","options":{"temperature":0}}""".formatted(KENYA));
        assertThat(first.path("response").asString()).contains("Nairobi");
        assertThat(first.path("context").size())
                .isGreaterThanOrEqualTo(first.path("prompt_eval_count").asInt());
        JsonNode next = post("/api/generate", """
                {"model":"MINI","stream":false,"prompt":"And of France?","context":%s,"options":{"temperature":0}}""".formatted(first.path("context")));
        assertThat(next.path("prompt_eval_count").asInt())
                .isGreaterThan(first.path("context").size());
        assertThat(refused("/api/generate", "{\"model\":\"MINI\",\"prompt\":\"a\",\"context\":[9999999]}", 400))
                .contains("token 9999999");
    }

    @Test
    void takesRawTextAndLimits() {
        JsonNode raw = post("/api/generate", """
                {"model":"MINI","stream":false,"raw":true,"prompt":"Once upon","options":{"num_predict":3,"seed":1}}""");
        assertThat(raw.path("done_reason").asString()).isEqualTo("length");
        assertThat(raw.path("eval_count").asInt()).isEqualTo(3);
        assertThat(raw.has("context")).isFalse();
        assertThat(refused("/api/generate", "{\"model\":\"MINI\",\"raw\":true,\"system\":\"s\",\"prompt\":\"p\"}", 400))
                .contains("raw");
    }

    @Test
    void callsToolsWithArgumentsThatAreObjects() {
        JsonNode answer = post("/api/chat", """
                {"model":"TINY","stream":false,"messages":[
                   {"role":"user","content":"w?"},
                   {"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Oslo"}}}]},
                   {"role":"tool","tool_name":"weather","content":"sun"}],
                 "tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":
                   {"type":"object","properties":{"city":{"enum":["Oslo","Rome"]}},"required":["city"]}}}],
                 "options":{"num_predict":5,"seed":1}}""");
        assertThat(answer.path("message").path("role").asString()).isEqualTo("assistant");
    }

    @Test
    void keepsToASchemaAndToJson() {
        JsonNode answer = post("/api/chat", """
                {"model":"TINY","stream":false,"messages":[{"role":"user","content":"?"}],
                 "format":{"type":"object","properties":{"city":{"enum":["Oslo","Rome"]}},"required":["city"],
                           "additionalProperties":false}}""");
        JsonNode json = Json.parse(answer.path("message").path("content").asString());
        assertThat(json.path("city").asString()).isIn("Oslo", "Rome");
        assertThat(refused(
                        "/api/chat",
                        "{\"model\":\"TINY\",\"messages\":[{\"role\":\"user\",\"content\":\"?\"}],\"format\":\"xml\"}",
                        400))
                .contains("format");
    }

    @Test
    void saysHowLikelyItsTokensWere() {
        JsonNode answer = post("/api/generate", """
                {"model":"MINI","stream":false,"prompt":"hi","logprobs":true,"top_logprobs":2,"options":{"num_predict":4}}""");
        assertThat(answer.path("logprobs").size()).isEqualTo(4);
        assertThat(answer.path("logprobs").get(0).path("top_logprobs").size()).isEqualTo(2);
    }

    @Test
    void refusesByNameWhatItDoesNotDo() {
        String user = "\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]";
        assertThat(refused("/api/chat", "{\"model\":\"MINI\"," + user + ",\"colour\":1}", 400))
                .contains("colour");
        assertThat(refused("/api/chat", "{\"model\":\"MINI\"," + user + ",\"options\":{\"colour\":1}}", 400))
                .contains("options.colour");
        assertThat(refused("/api/chat", "{\"model\":\"MINI\"," + user + ",\"shift\":true}", 400))
                .contains("shift");
        assertThat(refused("/api/chat", "{\"model\":\"nobody\"," + user + "}", 404))
                .contains("nobody");
        assertThat(refused("/api/chat", """
                {"model":"MINI","messages":[{"role":"user","content":"?","images":["aGVsbG8="]}]}""", 400)).contains("image");
        assertThat(refused(
                        "/api/generate", "{\"model\":\"MINI\",\"prompt\":\"p\",\"template\":\"{{ .Prompt }}\"}", 400))
                .contains("Go");
        assertThat(refused("/api/push", "{\"model\":\"MINI\"}", 400)).contains("not pushed");
        assertThat(refused("/api/pull", "{\"model\":\"llama3.2\"}", 403)).contains("fetches no models");
    }

    @Test
    void tellsWhatHasNoEffectAndWhatIsLimited() {
        JsonNode answer = post("/api/generate", """
                {"model":"MINI","stream":false,"prompt":"hi","options":{"num_gpu":1,"num_ctx":1000000,"num_predict":1}}""");
        assertThat(answer.path("notices").toString()).contains("num_gpu").contains("num_ctx is 1000000");
    }

    @Test
    void refusesTooLongAPromptUnlessToldToCutIt() {
        String words = "one two three four ".repeat(2000);
        String body = "{\"model\":\"MINI\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
                + "{\"role\":\"assistant\",\"content\":\"" + words + "\"},{\"role\":\"user\",\"content\":\"b\"}],"
                + "\"options\":{\"num_predict\":2}%s}";
        assertThat(refused("/api/chat", body.formatted(""), 400)).contains("tokens");
        JsonNode cut = post("/api/chat", body.formatted(",\"truncate\":true"));
        assertThat(cut.path("notices").toString()).contains("truncated").contains("dropped_messages");
    }

    @Test
    void failsInTheMiddleOfAStreamWithALine() {
        List<JsonNode> lines = lines("/api/chat", """
                {"model":"cut-off","messages":[{"role":"user","content":"hi"}]}""");
        assertThat(lines.getLast().path("error").asString()).contains("the line went dead");
        assertThat(refused(
                        "/api/chat",
                        "{\"model\":\"broken\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                        500))
                .contains("cut off");
    }

    @Test
    void loadsAndUnloadsByAskingNothing() {
        assertThat(post("/api/generate", "{\"model\":\"TINY\",\"keep_alive\":\"10m\"}")
                        .path("done_reason")
                        .asString())
                .isEqualTo("load");
        JsonNode ps = http.get("/api/ps").json().path("models");
        JsonNode row = null;
        for (JsonNode r : ps) if (r.path("name").asString().equals(server.tiny())) row = r;
        assertThat(row).isNotNull();
        assertThat(row.path("size").asLong()).isPositive();
        assertThat(post("/api/chat", "{\"model\":\"TINY\",\"messages\":[],\"keep_alive\":0}")
                        .path("done_reason")
                        .asString())
                .isEqualTo("unload");
        for (JsonNode r : http.get("/api/ps").json().path("models")) {
            assertThat(r.path("name").asString()).isNotEqualTo(server.tiny());
        }
        assertThat(refused("/api/generate", "{\"model\":\"MINI\",\"keep_alive\":\"soon\"}", 400))
                .contains("keep_alive");
    }

    @Test
    void givesVectors() {
        JsonNode two = post("/api/embed", "{\"model\":\"MINI\",\"input\":[\"one\",\"two\"]}");
        assertThat(two.path("embeddings").size()).isEqualTo(2);
        assertThat(two.path("prompt_eval_count").asInt()).isPositive();
        JsonNode old = post("/api/embeddings", "{\"model\":\"MINI\",\"prompt\":\"one\"}");
        assertThat(old.path("embedding")).isEqualTo(two.path("embeddings").get(0));
        assertThat(post("/api/embed", "{\"model\":\"MINI\",\"input\":\"one\",\"dimensions\":8}")
                        .path("embeddings")
                        .get(0)
                        .size())
                .isEqualTo(8);
        assertThat(post("/api/embed", "{\"model\":\"MINI\",\"input\":[]}")
                        .path("embeddings")
                        .size())
                .isZero();
    }

    @Test
    void listsAndShows() {
        JsonNode rows = http.get("/api/tags").json().path("models");
        assertThat(rows.toString()).contains("\"name\":\"" + RunningServer.MINI + "\"");
        JsonNode shown = post("/api/show", "{\"model\":\"MINI\"}");
        assertThat(shown.path("details").path("format").asString()).isEqualTo("gguf");
        assertThat(shown.path("model_info").path("general.architecture").asString())
                .isNotEmpty();
        assertThat(shown.path("model_info").path("tokenizer.ggml.tokens").isNull())
                .isTrue();
        assertThat(shown.path("capabilities").toString()).contains("completion");
        assertThat(shown.path("template").asString()).isNotEmpty();
        assertThat(http.get("/api/version").json().path("version").asString()).matches("\\d+\\.\\d+\\.\\d+");
    }

    @Test
    void aNameIsListedOnceThoughTwoModelsHaveIt() {
        String mini = RunningServer.MINI;
        assertThat(http.post("/api/copy", "{\"source\":\"" + mini + "\",\"destination\":\"" + mini + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(http.get("/api/tags").json().path("models").findValuesAsString("name"))
                .containsOnlyOnce(mini);
        assertThat(http.delete("/api/delete", "{\"model\":\"" + mini + "\"}").status())
                .isEqualTo(200);
        assertThat(http.get("/api/tags").json().path("models").findValuesAsString("name"))
                .containsOnlyOnce(mini);
    }

    /** Upload, create, answer with what it was made with, quantise, copy, delete. */
    @Test
    void makesModels() throws Exception {
        byte[] weights = Files.readAllBytes(Path.of(server.tiny()));
        String digest = "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights));
        assertThat(http.head("/api/blobs/" + digest)).isEqualTo(404);
        assertThat(http.post("/api/blobs/" + digest, "other".getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(400);
        assertThat(http.post("/api/blobs/" + digest, weights).status()).isEqualTo(201);
        assertThat(http.head("/api/blobs/" + digest)).isEqualTo(200);
        assertThat(http.post("/api/blobs/sha256:..", weights).status()).isEqualTo(400);

        List<JsonNode> lines = lines("/api/create", """
                {"model":"made","files":{"tiny.gguf":"%s"},"system":"SYSTEMWORD","parameters":{"num_predict":2,"stop":["x"]},
                 "messages":[{"role":"user","content":"USERWORD"},{"role":"assistant","content":"yes"}],"license":"mine"}""".formatted(digest));
        assertThat(lines.getLast().path("status").asString()).isEqualTo("success");
        JsonNode shown = post("/api/show", "{\"model\":\"made\"}");
        assertThat(shown.path("system").asString()).isEqualTo("SYSTEMWORD");
        assertThat(shown.path("license").asString()).isEqualTo("mine");
        assertThat(shown.path("parameters").asString()).contains("num_predict").contains("\"x\"");
        JsonNode answer = post("/api/chat", """
                {"model":"made","stream":false,"messages":[{"role":"user","content":"hi"}],"options":{"seed":1}}""");
        assertThat(answer.path("eval_count").asInt()).isLessThanOrEqualTo(2);
        int with = answer.path("prompt_eval_count").asInt();
        int bare = post("/api/chat", """
                {"model":"TINY","stream":false,"messages":[{"role":"user","content":"hi"}],"options":{"num_predict":1}}""").path("prompt_eval_count").asInt();
        // A token a byte.
        assertThat(with - bare).isGreaterThan("SYSTEMWORD".length() + "USERWORD".length());

        lines = lines(
                "/api/create",
                "{\"model\":\"small\",\"from\":\"made\",\"quantize\":\"q8_0\",\"parameters\":{\"seed\":3}}");
        assertThat(lines.getLast().path("status").asString()).isEqualTo("success");
        shown = post("/api/show", "{\"model\":\"small\"}");
        assertThat(shown.path("details").path("quantization_level").asString()).isEqualTo("Q8_0");
        assertThat(shown.path("parameters").asString()).contains("seed").contains("num_predict");

        assertThat(http.post("/api/copy", "{\"source\":\"small\",\"destination\":\"twin:v1\"}")
                        .status())
                .isEqualTo(200);
        assertThat(http.get("/api/tags").json().toString()).contains("twin:v1");
        // A tag that goes without saying may be said.
        shown = post("/api/show", "{\"model\":\"small:latest\"}");
        assertThat(shown.path("details").path("quantization_level").asString()).isEqualTo("Q8_0");
        assertThat(refused("/api/show", "{\"model\":\"twin:latest\"}", 404)).contains("twin:latest");
        // Nor does saying it make a second model.
        assertThat(http.post("/api/copy", "{\"source\":\"twin:v1\",\"destination\":\"small:latest\"}")
                        .status())
                .isEqualTo(200);
        assertThat(lines("/api/create", "{\"model\":\"small:latest\",\"from\":\"small\"}")
                        .getLast()
                        .path("status")
                        .asString())
                .isEqualTo("success");
        assertThat(http.get("/api/tags").json().toString())
                .contains("\"small\"")
                .doesNotContain("small:latest");
        refused("/api/copy", "{\"source\":\"small\",\"destination\":\"x:y:z\"}", 400);
        // What is quantised already is said by its tensor, and not by a file of this machine.
        assertThat(lines("/api/create", "{\"model\":\"less\",\"from\":\"small\",\"quantize\":\"q4_0\"}")
                        .getLast()
                        .path("error")
                        .asString())
                .contains("quantised already", "Q8_0")
                .doesNotContain(home.toString(), "allow-requantize");
        for (String name : List.of("made", "small", "twin:v1")) {
            assertThat(http.delete("/api/delete", "{\"model\":\"" + name + "\"}")
                            .status())
                    .isEqualTo(200);
        }
        assertThat(http.delete("/api/delete", "{\"model\":\"made\"}").status()).isEqualTo(404);
        assertThat(http.delete("/api/delete", "{\"model\":\"" + RunningServer.MINI + "\"}")
                        .status())
                .isEqualTo(403);
        assertThat(refused("/api/create", "{\"model\":\"bad\",\"from\":\"MINI\",\"parameters\":{\"colour\":1}}", 400))
                .contains("parameters.colour");
        assertThat(refused(
                        "/api/create", "{\"model\":\"bad\",\"from\":\"MINI\",\"parameters\":{\"stop\":[\"\"]}}", 400))
                .contains("stop");
        assertThat(refused("/api/create", "{\"model\":\"bad\",\"from\":\"MINI\",\"template\":\"{{ x\"}", 400))
                .contains("template cannot be read", "line 1");
    }
}
