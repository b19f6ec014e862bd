package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Responses: their shapes, and what is kept of them. */
class ResponsesTest {

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

    private static JsonNode create(String fields) {
        Http.Answer answer = http.post("/v1/responses", "{\"model\":\"dalang-mini\",\"temperature\":0," + fields + "}");
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
        return answer.json();
    }

    private static String text(JsonNode response) {
        return response.at("/output/0/content/0/text").asString();
    }

    @Test
    void aConversationGoesOnByItsId() {
        JsonNode first = create("\"input\":\"What is the capital of Kenya?\",\"instructions\":\"Be brief.\"");
        assertThat(text(first)).contains("Nairobi");
        String id = first.get("id").asString();
        JsonNode second =
                create("\"input\":\"What is the capital of Norway?\",\"previous_response_id\":\"" + id + "\"");
        assertThat(text(second)).contains("Oslo");
        // The same turns written out take the same tokens; instructions are not carried on.
        JsonNode written =
                create("\"store\":false,\"input\":[{\"role\":\"user\",\"content\":\"What is the capital of Kenya?\"},"
                        + "{\"role\":\"assistant\",\"content\":\"" + text(first)
                        + "\"},{\"role\":\"user\",\"content\":\"What is the capital of Norway?\"}]");
        assertThat(second.at("/usage/input_tokens").asInt())
                .isEqualTo(written.at("/usage/input_tokens").asInt());
        assertThat(text(written)).isEqualTo(text(second));
        // What is not kept cannot be gone on from, nor looked up; nor can what is another's.
        String unknown = written.get("id").asString();
        assertThat(http.get("/v1/responses/" + unknown).status()).isEqualTo(404);
        Http.Answer refused = http.post(
                "/v1/responses",
                "{\"model\":\"dalang-mini\",\"input\":\"x\",\"previous_response_id\":\"" + unknown + "\"}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/code").asString()).isEqualTo("previous_response_not_found");
        try (Http other = new Http(server.url(), RunningServer.OTHER_KEY)) {
            assertThat(other.get("/v1/responses/" + id).status()).isEqualTo(404);
            assertThat(other.delete("/v1/responses/" + id).status()).isEqualTo(404);
            assertThat(other.get("/v1/responses/" + id + "/input_items").status())
                    .isEqualTo(404);
        }
        assertThat(http.get("/v1/responses/" + id).json()).isEqualTo(first);
        assertThat(http.delete("/v1/responses/" + id).json().get("deleted").asBoolean())
                .isTrue();
        assertThat(http.get("/v1/responses/" + id).status()).isEqualTo(404);
    }

    @Test
    void theShapesAreThoseOfTheDocument() {
        OpenAiDocument document = OpenAiDocument.open();
        JsonNode response =
                create("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Hello\"}]}],"
                        + "\"metadata\":{\"a\":\"b\"},\"top_logprobs\":2,\"include\":[\"message.output_text.logprobs\"],"
                        + "\"reasoning\":{\"effort\":\"low\"},\"max_output_tokens\":5,\"user\":\"u\"");
        document.check("Response", response);
        String id = response.get("id").asString();
        document.check("Response", http.get("/v1/responses/" + id).json());
        document.check(
                "ResponseItemList",
                http.get("/v1/responses/" + id + "/input_items").json());
        JsonNode tokens = http.post("/v1/responses/input_tokens", "{\"model\":\"dalang-mini\",\"input\":\"Hello\"}")
                .json();
        document.check("TokenCountsResource", tokens);
        assertThat(tokens.get("input_tokens").asInt())
                .isEqualTo(response.at("/usage/input_tokens").asInt());
    }

    @Test
    void theStreamIsThatOfTheDocument() {
        OpenAiDocument document = OpenAiDocument.open();
        Http.Answer answer = http.post(
                "/v1/responses",
                "{\"model\":\"" + server.tiny()
                        + "\",\"seed\":1,\"stream\":true,\"input\":\"Weather?\",\"max_output_tokens\":800,"
                        + "\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"strict\":true,\"parameters\":{\"type\":\"object\",\"properties\":"
                        + "{\"city\":{\"enum\":[\"Oslo\",\"Rome\"]}},\"required\":[\"city\"],\"additionalProperties\":false}}],"
                        + "\"tool_choice\":{\"type\":\"function\",\"name\":\"weather\"},\"parallel_tool_calls\":false}");
        List<JsonNode> events = answer.events();
        assertThat(answer.response().body()).doesNotContain("[DONE]");
        StringBuilder arguments = new StringBuilder();
        for (int i = 0; i < events.size(); i++) {
            JsonNode event = events.get(i);
            document.check("ResponseStreamEvent", event);
            assertThat(event.get("sequence_number").asInt()).isEqualTo(i);
            assertThat(answer.response().body())
                    .contains("event: " + event.get("type").asString() + "\n");
            if (event.get("type").asString().equals("response.function_call_arguments.delta")) {
                arguments.append(event.get("delta").asString());
            }
        }
        JsonNode response = events.getLast().get("response");
        assertThat(events.getLast().get("type").asString()).isEqualTo("response.completed");
        assertThat(response.at("/output/0/type").asString()).isEqualTo("function_call");
        assertThat(response.at("/output/0/arguments").asString()).isEqualTo(arguments.toString());
        document.check("Response", response);

        // The result goes back by the id alone.
        JsonNode next = http.post(
                        "/v1/responses",
                        "{\"model\":\"" + server.tiny() + "\",\"previous_response_id\":\""
                                + response.get("id").asString()
                                + "\",\"max_output_tokens\":4,\"input\":[{\"type\":\"function_call_output\",\"call_id\":\""
                                + response.at("/output/0/call_id").asString() + "\",\"output\":\"sunny\"}]}")
                .json();
        document.check("Response", next);
        assertThat(next.get("status").asString()).isIn("completed", "incomplete");
    }

    @Test
    void inTheBackground() throws Exception {
        OpenAiDocument document = OpenAiDocument.open();
        JsonNode begun = create("\"input\":\"What is the capital of Kenya?\",\"background\":true");
        document.check("Response", begun);
        String id = begun.get("id").asString();
        JsonNode response = begun;
        while (List.of("queued", "in_progress").contains(response.get("status").asString())) {
            Thread.sleep(20);
            response = http.get("/v1/responses/" + id).json();
        }
        assertThat(response.get("status").asString()).isEqualTo("completed");
        assertThat(text(response)).contains("Nairobi");
        document.check("Response", response);
        assertThat(http.get("/v1/responses/" + id + "?stream=true").status()).isEqualTo(400);
    }

    @Test
    void aStreamInTheBackgroundCanBeTakenUpAgain() {
        List<JsonNode> events = http.post(
                        "/v1/responses",
                        "{\"model\":\"dalang-mini\",\"input\":\"Hello\",\"background\":true,\"stream\":true,\"max_output_tokens\":8,\"seed\":1}")
                .events();
        String id = events.getFirst().at("/response/id").asString();
        assertThat(http.get("/v1/responses/" + id + "?stream=true").events()).isEqualTo(events);
        assertThat(http.get("/v1/responses/" + id + "?stream=true&starting_after=3")
                        .events())
                .isEqualTo(events.subList(4, events.size()));
        // Who left just before the end has nothing to catch up on.
        for (int after : new int[] {events.size() - 1, Integer.MAX_VALUE}) {
            Http.Answer rest = http.get("/v1/responses/" + id + "?stream=true&starting_after=" + after);
            assertThat(rest.status()).isEqualTo(200);
            assertThat(rest.header("content-type")).startsWith("text/event-stream");
            assertThat(rest.events()).isEmpty();
        }
    }

    @Test
    void whatRunsInTheBackgroundCanBeCancelled() {
        JsonNode begun = http.post(
                        "/v1/responses",
                        "{\"model\":\"" + FaultyModels.HELD + "\",\"input\":\"Hello\",\"background\":true}")
                .json();
        String id = begun.get("id").asString();
        JsonNode cancelled = http.post("/v1/responses/" + id + "/cancel", "").json();
        assertThat(cancelled.get("status").asString()).isEqualTo("cancelled");
        assertThat(http.get("/v1/responses/" + id).json().get("status").asString())
                .isEqualTo("cancelled");
        String atOnce =
                create("\"input\":\"Hello\",\"max_output_tokens\":2").get("id").asString();
        assertThat(http.post("/v1/responses/" + atOnce + "/cancel", "").status())
                .isEqualTo(400);
    }

    @Test
    void whatRunsInTheBackgroundOutlivesTheServer(@TempDir Path own) throws Exception {
        String id;
        try (RunningServer first = RunningServer.start(own);
                Http client = new Http(first.url(), RunningServer.KEY)) {
            id = client.post(
                            "/v1/responses",
                            "{\"model\":\"" + first.tiny()
                                    + "\",\"input\":\"go on\",\"background\":true,\"max_output_tokens\":400,"
                                    + "\"logit_bias\":{\"257\":-100},\"seed\":1}")
                    .json()
                    .get("id")
                    .asString();
        }
        try (RunningServer second = RunningServer.start(own);
                Http client = new Http(second.url(), RunningServer.KEY)) {
            JsonNode response = client.get("/v1/responses/" + id).json();
            while (List.of("queued", "in_progress")
                    .contains(response.get("status").asString())) {
                Thread.sleep(20);
                response = client.get("/v1/responses/" + id).json();
            }
            assertThat(response.get("status").asString()).isEqualTo("incomplete");
            assertThat(response.at("/usage/output_tokens").asInt()).isEqualTo(400);
        }
    }
}
