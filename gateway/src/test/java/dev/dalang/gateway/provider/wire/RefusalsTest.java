package dev.dalang.gateway.provider.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Failure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Providers' own words, as they are known to say them. */
class RefusalsTest {
    private final Refusals refusals = new Refusals("p", text -> text.replace("secret", "…"));

    private Failure of(int status, String body) {
        return refusals.of(status, body, null, "m").failure();
    }

    @Test
    void promptsThatAreTooLong() {
        Failure.ContextOverflow openAi = (Failure.ContextOverflow)
                of(
                        400,
                        "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. However, your messages resulted"
                                + " in 10001 tokens.\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}");
        assertThat(openAi.limit()).isEqualTo(8192);
        assertThat(openAi.promptTokens()).isEqualTo(10001);
        Failure.ContextOverflow anthropic = (Failure.ContextOverflow) of(
                400,
                "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 205032 tokens"
                        + " > 200000 maximum\"}}");
        assertThat(anthropic.limit()).isEqualTo(200000);
        assertThat(anthropic.promptTokens()).isEqualTo(205032);
        assertThat(of(
                        400,
                        "{\"error\":{\"code\":400,\"message\":\"The input token count (1196266) exceeds the maximum number of"
                                + " tokens allowed (1048575).\",\"status\":\"INVALID_ARGUMENT\"}}"))
                .isInstanceOf(Failure.ContextOverflow.class);
        assertThat(of(400, "{\"message\":\"Input is too long for requested model.\"}"))
                .isInstanceOf(Failure.ContextOverflow.class);
        // llama.cpp
        assertThat(of(
                        400,
                        "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context"
                                + " size\",\"type\":\"exceed_context_size_error\"}}"))
                .isInstanceOf(Failure.ContextOverflow.class);
        assertThat(of(400, "{\"error\":{\"message\":\"temperature must be at most 2\",\"param\":\"temperature\"}}"))
                .isEqualTo(new Failure.InvalidRequest("p: temperature must be at most 2", "temperature"));
    }

    @Test
    void whatIsNotSaid() {
        assertThat(of(
                        400,
                        "{\"error\":{\"message\":\"The response was filtered due to the prompt triggering Azure OpenAI's content"
                                + " management policy.\",\"code\":\"content_filter\"}}"))
                .isInstanceOf(Failure.ContentPolicy.class);
        assertThat(of(403, "{\"error\":{\"message\":\"no\",\"code\":\"content_policy_violation\"}}"))
                .isInstanceOf(Failure.ContentPolicy.class);
    }

    @Test
    void byStatus() {
        assertThat(of(401, "{\"error\":{\"message\":\"bad secret\"}}"))
                .isEqualTo(new Failure.Upstream(
                        "p: bad … (p does not take this machine's key; `dalang providers test p` tries it,"
                                + " `dalang providers add p` takes another)",
                        401));
        // Google AI calls a wrong key an invalid argument, and says what it is in the details alone.
        assertThat(of(
                        400,
                        "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\",\"status\":"
                                + "\"INVALID_ARGUMENT\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
                                + "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]}}"))
                .isInstanceOfSatisfying(Failure.Upstream.class, f -> {
                    assertThat(f.isLasting()).isTrue();
                    assertThat(f.message())
                            .startsWith("p: API key not valid. Please pass a valid API key. (p does not");
                });
        assertThat(
                        of(
                                400,
                                "{\"error\":{\"code\":400,\"message\":\"no\",\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":7}]}}"))
                .isInstanceOf(Failure.InvalidRequest.class);
        assertThat(of(403, "{}"))
                .isInstanceOfSatisfying(
                        Failure.Upstream.class, f -> assertThat(f.isLasting()).isTrue());
        assertThat(of(404, "{\"error\":{\"message\":\"no such model\"}}"))
                .isEqualTo(new Failure.ModelUnavailable("p: no such model", "m"));
        assertThat(of(408, "{}")).isInstanceOf(Failure.TimedOut.class);
        assertThat(of(422, "{\"detail\":\"x\"}")).isEqualTo(new Failure.InvalidRequest("p: x", null));
        // FastAPI's list, as it is, and in the two places where Mistral has it.
        String list =
                "[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"messages\",0,\"user\",\"name\"],\"msg\":\"Extra"
                        + " inputs are not permitted\",\"input\":null}]";
        for (String body : new String[] {
            "{\"detail\":" + list + "}",
            "{\"object\":\"Error\",\"message\":" + list + ",\"type\":\"invalid_request_error\",\"code\":3001}",
            "{\"object\":\"error\",\"message\":{\"detail\":" + list
                    + "},\"type\":\"invalid_request_error\",\"param\":null}"
        }) {
            assertThat(of(422, body))
                    .isEqualTo(new Failure.InvalidRequest(
                            "p: messages.0.user.name: Extra inputs are not permitted", "messages.0.user.name"));
        }
        assertThat(of(422, "{\"detail\":[{\"loc\":[{}],\"msg\":7}]}")).isInstanceOf(Failure.InvalidRequest.class);
        // Cohere's, of a word on a list.
        assertThat(of(498, "{\"message\":\"no\"}")).isInstanceOf(Failure.ContentPolicy.class);
        assertThat(of(402, "{\"error\":{\"message\":\"Insufficient Balance\"}}"))
                .isInstanceOf(Failure.BudgetExceeded.class);
        assertThat(
                        of(
                                429,
                                "{\"error\":{\"message\":\"You exceeded your current quota\",\"code\":\"insufficient_quota\"}}"))
                .isInstanceOf(Failure.BudgetExceeded.class);
        assertThat(of(400, "{\"error\":{\"message\":\"no\",\"code\":\"unsupported_parameter\",\"param\":\"stop\"}}"))
                .isEqualTo(new Failure.Unsupported("p: no", "stop"));
        assertThat(of(400, "{\"__type\":\"ThrottlingException\",\"message\":\"Too many requests\"}"))
                .isInstanceOf(Failure.RateLimited.class);
        assertThat(of(500, "{\"error\":\"text alone\"}")).isEqualTo(new Failure.Upstream("p: text alone (500)", 500));
        assertThat(of(504, "")).isInstanceOf(Failure.Upstream.class);
    }

    /** Providers that call an empty account or a model that is not there an invalid request: others may still answer. */
    @Test
    void byTheirWords() {
        assertThat(of(
                        400,
                        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance is too"
                                + " low to access the Anthropic API.\"}}"))
                .isInstanceOf(Failure.BudgetExceeded.class);
        assertThat(of(403, "{\"code\":\"x\",\"error\":\"Your team doesn't have any credits yet.\"}"))
                .isInstanceOf(Failure.BudgetExceeded.class);
        assertThat(of(429, "{\"error\":{\"type\":\"exceeded_current_quota_error\",\"message\":\"suspended\"}}"))
                .isInstanceOf(Failure.BudgetExceeded.class);
        for (String body : new String[] {
            "{\"error\":{\"message\":\"gone\",\"code\":\"model_decommissioned\"}}",
            "{\"object\":\"error\",\"message\":\"Invalid model: x\",\"type\":\"invalid_model\",\"code\":\"1500\"}",
            "{\"error\":{\"message\":\"x/y is not a valid model ID\",\"code\":400}}",
            "{\"message\":\"The provided model identifier is invalid.\"}"
        }) {
            assertThat(of(400, body)).as(body).isInstanceOf(Failure.ModelUnavailable.class);
        }
    }

    @Test
    void whenToComeBack() {
        Failure.RateLimited google = (Failure.RateLimited) of(
                429,
                "[{\"error\":{\"code\":429,\"message\":\"quota\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":"
                        + "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"34.5s\"}]}}]");
        assertThat(google.retryAfter()).isEqualTo(Duration.ofMillis(34500));
        assertThat(Line.reset("1s")).isEqualTo(Duration.ofSeconds(1));
        assertThat(Line.reset("6m0s")).isEqualTo(Duration.ofMinutes(6));
        assertThat(Line.reset("20ms")).isEqualTo(Duration.ofMillis(20));
        assertThat(Line.reset("1h2m3.5s")).isEqualTo(Duration.ofMillis(3723500));
        assertThat(Line.reset("soon")).isNull();
    }

    @Test
    void namesStayOnePartOfThePath() {
        assertThat(Line.segment("gpt-4.1_x~")).isEqualTo("gpt-4.1_x~");
        assertThat(Line.segment("..")).isEqualTo("%2E%2E");
        assertThat(Line.segment("a/../b?c#d e")).isEqualTo("a%2F..%2Fb%3Fc%23d%20e");
        assertThat(Line.segment("größe")).isEqualTo("gr%C3%B6%C3%9Fe");
    }
}
