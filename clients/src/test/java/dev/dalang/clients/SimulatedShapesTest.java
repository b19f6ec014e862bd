package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Script;
import dev.dalang.gateway.simulator.Simulator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the simulator says as OpenAI is what OpenAI's API document says, frame by frame. */
class SimulatedShapesTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Weather?\"}]";
    private static final String INPUT =
            "\"input\":\"Weather?\",\"instructions\":\"Be brief.\",\"tools\":[{\"type\":\"function\",\"name\":\"weather\","
                    + "\"strict\":true,\"parameters\":{\"type\":\"object\"}}],\"tool_choice\":\"required\"";

    private static final List<Script> SCRIPTS = List.of(
            Script.saying("Hello", " there", "!").cached(3),
            Script.of(
                    new Script.Say("One"),
                    new Script.Think("Kenya, so", "c2lnbmVk"),
                    new Script.Say("moment."),
                    new Script.Call("call_1", "weather", List.of("{\"city\":", "\"Nairobi\"}")),
                    new Script.Call("call_2", "weather", List.of("{}"))),
            Script.of(new Script.Say("Well,"), new Script.Refuse("I cannot"), new Script.Refuse(" do that.")),
            Script.saying("cut").ending(Script.End.LENGTH),
            Script.saying("bad").ending(Script.End.FILTER));

    private final Simulator simulator = Simulator.start();
    private final Http http = new Http(simulator.at("").toString(), Simulator.KEY);

    @AfterEach
    void stop() {
        http.close();
        simulator.close();
    }

    private Http.Answer post(String path, String fields) {
        return http.post(path, "{\"model\":\"gpt-5\"," + fields + "}");
    }

    /** The document's own examples have null in places where its schemas forbid it. */
    private static JsonNode forgiven(JsonNode response) {
        for (String field : List.of("usage", "user")) {
            if (response.path(field).isNull()) ((ObjectNode) response).remove(field);
        }
        return response;
    }

    @Test
    void responses() {
        OpenAiDocument document = OpenAiDocument.open();
        for (Script script : SCRIPTS) {
            simulator.says(script);
            JsonNode whole = post("/v1/responses", INPUT).json();
            document.check("Response", forgiven(whole));
            List<JsonNode> events =
                    post("/v1/responses", INPUT + ",\"stream\":true").events();
            for (int i = 0; i < events.size(); i++) {
                JsonNode event = events.get(i);
                if (event.has("response")) forgiven(event.get("response"));
                document.check("ResponseStreamEvent", event);
                assertThat(event.get("sequence_number").asInt()).isEqualTo(i);
            }
            assertThat(events.getLast().get("response")).isEqualTo(whole);
        }
        simulator.next(new Fault.ErrorAt(4));
        JsonNode error =
                post("/v1/responses", INPUT + ",\"stream\":true").events().getLast();
        document.check("ResponseStreamEvent", error);
        assertThat(error.get("type").asString()).isEqualTo("error");
    }

    @Test
    void chatCompletions() {
        OpenAiDocument document = OpenAiDocument.open();
        for (Script script : SCRIPTS) {
            simulator.says(script);
            JsonNode whole = post("/v1/chat/completions", MESSAGES).json();
            document.check("CreateChatCompletionResponse", whole);
            String more = ",\"stream\":true,\"stream_options\":{\"include_usage\":true}";
            List<JsonNode> chunks =
                    post("/v1/chat/completions", MESSAGES + more).events();
            for (JsonNode chunk : chunks) {
                // As above.
                for (JsonNode choice : chunk.get("choices")) {
                    if (choice.path("logprobs").isNull()) ((ObjectNode) choice).remove("logprobs");
                }
                OpenAiShapesTest.check(document, chunk);
            }
            assertThat(chunks.getLast().get("usage")).isEqualTo(whole.get("usage"));
        }
    }

    @Test
    void refusals() {
        OpenAiDocument document = OpenAiDocument.open();
        for (String path : List.of("/v1/chat/completions", "/v1/responses")) {
            for (int status : new int[] {400, 401, 404, 429, 500, 503}) {
                simulator.next(new Fault.Refused(status, "no"));
                Http.Answer answer = post(path, "\"stream\":true");
                assertThat(answer.status()).isEqualTo(status);
                document.check("ErrorResponse", answer.json());
            }
        }
    }
}
