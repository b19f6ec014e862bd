package dev.dalang.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Failure;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OpenAiErrorsTest {

    /** A 401 would say that the caller's own key is wrong, and a client that asks again would be refused again. */
    @Test
    void aProvidersRefusalOfThisMachinesKeyIsNotTheCallers() {
        Failure failure = new Failure.Upstream("p does not take this machine's key", 401);
        OpenAiErrors errors = OpenAiErrors.CHAT;
        assertThat(errors.status(failure)).isEqualTo(502);
        JsonNode error = errors.body(502, failure, "r").path("error");
        assertThat(error.path("code").stringValue()).isEqualTo("upstream_error");
        assertThat(error.path("type").stringValue()).isEqualTo("server_error");
        assertThat(OpenAiErrors.mayPass(failure)).isFalse();
        assertThat(OpenAiErrors.mayPass(new Failure.Upstream("p failed", 500))).isTrue();
    }
}
