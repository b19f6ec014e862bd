package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Batches, through stops of the server too. */
class BatchesTest {

    @TempDir
    Path home;

    private static String line(String id, String body) {
        return "{\"custom_id\":\"" + id + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":" + body
                + "}\n";
    }

    private static String chat(String model, String text, int tokens) {
        return "{\"model\":\"" + model + "\",\"temperature\":0,\"max_tokens\":" + tokens
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
    }

    private static String batch(Http http, String file) {
        JsonNode batch = http.post(
                        "/v1/batches",
                        "{\"input_file_id\":\"" + file
                                + "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\",\"metadata\":{\"a\":\"b\"}}")
                .json();
        OpenAiDocument.open().check("Batch", batch);
        return batch.get("id").asString();
    }

    private static JsonNode end(Http http, String id) throws InterruptedException {
        while (true) {
            JsonNode batch = http.get("/v1/batches/" + id).json();
            if (List.of("completed", "failed", "expired", "cancelled")
                    .contains(batch.get("status").asString())) return batch;
            Thread.sleep(20);
        }
    }

    private static Map<String, JsonNode> lines(Http http, JsonNode file) {
        Map<String, JsonNode> lines = new TreeMap<>();
        String content =
                http.get("/v1/files/" + file.asString() + "/content").response().body();
        for (String line : content.split("\n")) {
            JsonNode json = Json.parse(line);
            assertThat(lines.put(json.get("custom_id").asString(), json)).isNull();
        }
        return lines;
    }

    @Test
    void answersAndErrorsGoIntoFiles() throws Exception {
        OpenAiDocument document = OpenAiDocument.open();
        try (RunningServer server = RunningServer.start(home);
                Http http = new Http(server.url(), RunningServer.KEY);
                Http other = new Http(server.url(), RunningServer.OTHER_KEY)) {
            String input = line("kenya", chat("dalang-mini", "What is the capital of Kenya?", 20))
                    + line("nobody", chat("nobody", "hi", 1))
                    + "\n"
                    + line(
                            "odd",
                            "{\"model\":\"dalang-mini\",\"colour\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
            Http.Answer uploaded = http.upload("/v1/files", "batch", "../in.jsonl", input);
            document.check("OpenAIFile", uploaded.json());
            String file = uploaded.json().get("id").asString();
            assertThat(http.get("/v1/files/" + file + "/content").response().body())
                    .isEqualTo(input);
            assertThat(other.get("/v1/files/" + file).status()).isEqualTo(404);
            document.check("ListFilesResponse", http.get("/v1/files").json());

            JsonNode batch = end(http, batch(http, file));
            document.check("Batch", batch);
            assertThat(batch.get("status").asString()).as(batch.toString()).isEqualTo("completed");
            assertThat(batch.get("request_counts").toString()).isEqualTo("{\"total\":3,\"completed\":1,\"failed\":2}");
            Map<String, JsonNode> good = lines(http, batch.get("output_file_id"));
            assertThat(good).containsOnlyKeys("kenya");
            assertThat(good.get("kenya").at("/response/status_code").asInt()).isEqualTo(200);
            document.check("CreateChatCompletionResponse", good.get("kenya").at("/response/body"));
            assertThat(good.get("kenya").toString()).contains("Nairobi");
            Map<String, JsonNode> bad = lines(http, batch.get("error_file_id"));
            assertThat(bad).containsOnlyKeys("nobody", "odd");
            assertThat(bad.get("nobody").at("/response/status_code").asInt()).isEqualTo(404);
            assertThat(bad.get("odd").at("/response/body/error/param").asString())
                    .isEqualTo("colour");
            document.check("ListBatchesResponse", http.get("/v1/batches").json());
            assertThat(other.get("/v1/batches/" + batch.get("id").asString()).status())
                    .isEqualTo(404);
            document.check(
                    "DeleteFileResponse", http.delete("/v1/files/" + file).json());
            assertThat(http.get("/v1/files/" + file).status()).isEqualTo(404);
        }
    }

    @Test
    void aFileThatIsWrongFailsWithItsLines() throws Exception {
        try (RunningServer server = RunningServer.start(home);
                Http http = new Http(server.url(), RunningServer.KEY)) {
            String file = http.upload(
                            "/v1/files",
                            "batch",
                            "in.jsonl",
                            "nonsense\n" + line("a", chat("dalang-mini", "hi", 1))
                                    + line("a", chat("dalang-mini", "hi", 1)))
                    .json()
                    .get("id")
                    .asString();
            JsonNode batch = end(http, batch(http, file));
            OpenAiDocument.open().check("Batch", batch);
            assertThat(batch.get("status").asString()).isEqualTo("failed");
            assertThat(batch.at("/errors/data/0/line").asInt()).isEqualTo(1);
            assertThat(batch.at("/errors/data/1/code").asString()).isEqualTo("duplicate_custom_id");
            // The field where one is wrong; no line where it is none in particular.
            assertThat(failed(http, "{}".getBytes(StandardCharsets.UTF_8))
                            .get("param")
                            .asString())
                    .isEqualTo("custom_id");
            JsonNode latin = failed(http, "{\"custom_id\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(latin.get("code").asString()).isEqualTo("invalid_encoding");
            assertThat(latin.get("message").asString()).contains("UTF-8");
            assertThat(failed(http, new byte[0]).get("line").isNull()).isTrue();
        }
    }

    /** The first error of a batch of this file. */
    private static JsonNode failed(Http http, byte[] content) throws InterruptedException {
        String file = http.upload("/v1/files", "batch", "in.jsonl", content)
                .json()
                .get("id")
                .asString();
        JsonNode batch = end(http, batch(http, file));
        OpenAiDocument.open().check("Batch", batch);
        return batch.at("/errors/data/0");
    }

    @Test
    void aStopOfTheServerLosesNothing() throws Exception {
        StringBuilder input = new StringBuilder();
        int requests = 40;
        String id = null;
        for (int stop = 0; stop < 3; stop++) {
            try (RunningServer server = RunningServer.start(home);
                    Http http = new Http(server.url(), RunningServer.KEY)) {
                if (id == null) {
                    for (int i = 0; i < requests; i++) {
                        input.append(line("r" + i, chat(server.tiny(), "number " + i, 30)));
                    }
                    String file = http.upload("/v1/files", "batch", "in.jsonl", input.toString())
                            .json()
                            .get("id")
                            .asString();
                    id = batch(http, file);
                }
                JsonNode batch = http.get("/v1/batches/" + id).json();
                int before = batch.at("/request_counts/completed").asInt();
                // The server stops in the middle of it, or as soon as it is through.
                while (batch.at("/request_counts/completed").asInt() <= before
                        && !batch.get("status").asString().equals("completed")) {
                    Thread.sleep(5);
                    batch = http.get("/v1/batches/" + id).json();
                }
            }
        }
        try (RunningServer server = RunningServer.start(home);
                Http http = new Http(server.url(), RunningServer.KEY)) {
            JsonNode batch = end(http, id);
            assertThat(batch.get("status").asString()).as(batch.toString()).isEqualTo("completed");
            assertThat(batch.at("/request_counts/completed").asInt()).isEqualTo(requests);
            assertThat(lines(http, batch.get("output_file_id"))).hasSize(requests);
        }
    }

    @Test
    void aBatchCanBeCancelled() throws Exception {
        try (RunningServer server = RunningServer.start(home);
                Http http = new Http(server.url(), RunningServer.KEY)) {
            StringBuilder input = new StringBuilder();
            for (int i = 0; i < 200; i++) input.append(line("r" + i, chat(server.tiny(), "number " + i, 500)));
            String file = http.upload("/v1/files", "batch", "in.jsonl", input.toString())
                    .json()
                    .get("id")
                    .asString();
            String id = batch(http, file);
            JsonNode cancelled = http.post("/v1/batches/" + id + "/cancel", "").json();
            assertThat(cancelled.get("status").asString()).isIn("cancelling", "cancelled");
            assertThat(end(http, id).get("status").asString()).isEqualTo("cancelled");
        }
    }

    @Test
    void resultsAreKeptAsLongAsAsked() throws Exception {
        try (RunningServer server = RunningServer.start(home);
                Http http = new Http(server.url(), RunningServer.KEY)) {
            String input = line("kenya", chat("dalang-mini", "What is the capital of Kenya?", 20));
            String file = http.upload("/v1/files", "batch", "in.jsonl", input)
                    .json()
                    .get("id")
                    .asString();
            JsonNode made = http.post(
                            "/v1/batches",
                            "{\"input_file_id\":\"" + file + "\",\"endpoint\":\"/v1/chat/completions\","
                                    + "\"completion_window\":\"24h\","
                                    + "\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":3600}}")
                    .json();
            // What is kept with it for the end is not the client's.
            assertThat(made.has("dalang")).isFalse();
            JsonNode batch = end(http, made.get("id").asString());
            JsonNode output = http.get(
                            "/v1/files/" + batch.get("output_file_id").asString())
                    .json();
            assertThat(output.get("expires_at").asLong()
                            - output.get("created_at").asLong())
                    .isBetween(3599L, 3601L);
        }
    }
}
