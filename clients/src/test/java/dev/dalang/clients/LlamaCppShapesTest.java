package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.http.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What llama.cpp's server has beside OpenAI's API, against real models. */
class LlamaCppShapesTest {

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

    private static Http.Answer send(String path, String json) {
        return http.post(path, json.replace("MINI", RunningServer.MINI).replace("TINY", server.tiny()));
    }

    private static JsonNode post(String path, String json) {
        Http.Answer a = send(path, json);
        assertThat(a.status()).as(a.response().body()).isEqualTo(200);
        return a.json();
    }

    @Test
    void tokensThereAndBack() {
        JsonNode tokens = post("/tokenize", "{\"model\":\"MINI\",\"content\":\"Hello wörld\"}")
                .path("tokens");
        assertThat(tokens.size()).isPositive();
        assertThat(post("/detokenize", "{\"model\":\"MINI\",\"tokens\":" + tokens + "}")
                        .path("content")
                        .asString())
                .isEqualTo("Hello wörld");
        JsonNode pieces = post("/tokenize", "{\"model\":\"TINY\",\"content\":\"aö\",\"with_pieces\":true}")
                .path("tokens");
        assertThat(pieces.get(0).path("piece").asString()).isEqualTo("a");
        // Half of a character is bytes.
        assertThat(pieces.get(1).path("piece").toString()).isEqualTo("[195]");
        assertThat(send("/detokenize", "{\"model\":\"MINI\",\"tokens\":[-1]}").status())
                .isEqualTo(400);
    }

    @Test
    void rendersATemplate() {
        JsonNode rendered =
                post("/apply-template", "{\"model\":\"TINY\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assertThat(rendered.path("prompt").asString())
                .isEqualTo("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n");
    }

    @Test
    void completesWholeAndStreamed() {
        JsonNode whole = post("/completion", """
                {"model":"TINY","prompt":"abc","n_predict":6,"temperature":0,"n_probs":2,"return_tokens":true}""");
        assertThat(whole.path("stop").asBoolean()).isTrue();
        assertThat(whole.path("stop_type").asString()).isEqualTo("limit");
        assertThat(whole.path("tokens_predicted").asInt()).isEqualTo(6);
        assertThat(whole.path("tokens_evaluated").asInt()).isEqualTo(3);
        assertThat(whole.path("tokens").size()).isEqualTo(6);
        assertThat(whole.path("completion_probabilities")
                        .get(0)
                        .path("top_logprobs")
                        .size())
                .isEqualTo(2);
        assertThat(whole.path("timings").path("predicted_n").asInt()).isEqualTo(6);

        List<JsonNode> events = send("/completion", """
                {"model":"TINY","prompt":"abc","n_predict":6,"temperature":0,"stream":true,"return_progress":true}""").events();
        StringBuilder text = new StringBuilder();
        events.forEach(e -> text.append(e.path("content").asString()));
        assertThat(text.toString()).isEqualTo(whole.path("content").asString());
        assertThat(events.getLast().path("stop").asBoolean()).isTrue();
        assertThat(events.getFirst().path("prompt_progress").path("total").asInt())
                .isEqualTo(3);
    }

    @Test
    void takesPromptsOfAllKinds() {
        JsonNode ids = post("/completion", "{\"model\":\"TINY\",\"prompt\":[97,98],\"n_predict\":1}");
        assertThat(ids.path("tokens_evaluated").asInt()).isEqualTo(2);
        JsonNode mixed = post("/completion", "{\"model\":\"TINY\",\"prompt\":[97,\"bc\"],\"n_predict\":1}");
        assertThat(mixed.path("tokens_evaluated").asInt()).isEqualTo(3);
        JsonNode several = post("/completion", "{\"model\":\"TINY\",\"prompt\":[\"a\",\"bcd\"],\"n_predict\":1}");
        assertThat(several.size()).isEqualTo(2);
        assertThat(several.get(1).path("tokens_evaluated").asInt()).isEqualTo(3);
    }

    @Test
    void keepsToGrammarsAndSchemas() {
        JsonNode answer = post("/completion", """
                {"model":"TINY","prompt":"x","grammar":"root ::= \\"yes\\" | \\"no\\""}""");
        assertThat(answer.path("content").asString()).isIn("yes", "no");
        answer = post("/completion", """
                {"model":"TINY","prompt":"x","json_schema":{"enum":[1,2]},"response_fields":["content","timings/predicted_n"]}""");
        assertThat(Json.parse(answer.path("content").asString()).asInt()).isIn(1, 2);
        assertThat(answer.size()).isEqualTo(2);
    }

    @Test
    void fillsInTheMiddle() {
        JsonNode answer = post("/infill", """
                {"model":"TINY","input_prefix":"ab","input_suffix":"cde","n_predict":2,
                 "input_extra":[{"filename":"f","text":"x"}]}""");
        // A token a byte, three marks, and the other file with its name.
        assertThat(answer.path("tokens_evaluated").asInt()).isEqualTo(2 + 3 + 3 + "--- f\nx\n".length());
        assertThat(answer.path("tokens_predicted").asInt()).isBetween(1, 2);
        JsonNode ollama = post("/api/generate", """
                {"model":"TINY","prompt":"ab","suffix":"cde","stream":false,"options":{"num_predict":2}}""");
        assertThat(ollama.path("prompt_eval_count").asInt()).isEqualTo(2 + 3 + 3);
    }

    @Test
    void refusesByName() {
        for (String field : List.of("ignore_eos\":true", "colour\":1", "top_n_sigma\":1.5", "t_max_predict_ms\":5")) {
            Http.Answer a = send("/completion", "{\"model\":\"TINY\",\"prompt\":\"x\",\"" + field + "}");
            assertThat(a.status()).isEqualTo(400);
            assertThat(a.json().path("error").path("type").asString()).isEqualTo("invalid_request_error");
            assertThat(a.json().path("error").path("code").asInt()).isEqualTo(400);
            assertThat(a.json().path("error").path("message").asString())
                    .contains(field.substring(0, field.indexOf('"')));
        }
        assertThat(send("/infill", "{\"model\":\"MINI\",\"input_prefix\":\"a\",\"input_suffix\":\"b\"}")
                        .status())
                .isEqualTo(501);
        Http.Answer nothing = send("/infill", "{\"model\":\"TINY\"}");
        assertThat(nothing.status()).isEqualTo(400);
        assertThat(nothing.json().path("error").path("message").asString()).contains("input_prefix");
        assertThat(send("/rerank", "{\"model\":\"TINY\",\"query\":\"a\",\"documents\":[\"b\"]}")
                        .status())
                .isEqualTo(501);
        Http.Answer nobody = send("/completion", "{\"model\":\"nobody\",\"prompt\":\"x\"}");
        assertThat(nobody.status()).isEqualTo(404);
        assertThat(nobody.json().path("error").path("type").asString()).isEqualTo("not_found_error");
    }

    @Test
    void saysHowBusyItIs() {
        send("/completion", "{\"model\":\"TINY\",\"prompt\":\"x\",\"n_predict\":1}");
        JsonNode slots = http.get("/slots?model=" + URLEncoder.encode(server.tiny(), StandardCharsets.UTF_8))
                .json();
        assertThat(slots.size()).isEqualTo(1);
        assertThat(slots.at("/0/is_processing").isBoolean()).isTrue();
        assertThat(slots.at("/0/is_processing").booleanValue()).isFalse();
        assertThat(slots.at("/0/n_ctx").asInt()).isPositive();
        assertThat(http.get("/slots?model=nobody").status()).isEqualTo(404);
    }

    @Test
    void saysWhatTheModelIsLike() {
        JsonNode props = http.get("/props?model=" + RunningServer.MINI).json();
        assertThat(props.path("default_generation_settings").path("n_ctx").asInt())
                .isPositive();
        assertThat(props.path("chat_template").asString()).isNotEmpty();
        assertThat(props.path("modalities").path("vision").asBoolean()).isFalse();
    }
}
