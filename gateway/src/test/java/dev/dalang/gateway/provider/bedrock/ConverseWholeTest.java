package dev.dalang.gateway.provider.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.simulator.Fault;
import dev.dalang.gateway.simulator.Simulated;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an answer of Converse that is not streamed may have, and the simulator does not say. */
class ConverseWholeTest {

    private static ChatResponse read(Path home, String body) {
        try (Simulated hosted = new Simulated(home)) {
            hosted.simulator.next(new Fault.Status(200, body));
            return hosted.chat("bedrock/m")
                    .complete(ChatRequest.builder("m", Prompt.user("Hi")).build());
        }
    }

    @Test
    void everyBlock(@TempDir Path home) {
        ChatResponse answer = read(
                home,
                "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":["
                        + "{\"reasoningContent\":{\"redactedContent\":\"c2VhbGVk\"}},"
                        + "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"so\",\"signature\":\"c2ln\"}}},"
                        + "{\"citationsContent\":{\"content\":[{\"text\":\"Nairobi\"}],\"citations\":[{\"title\":\"Atlas\"}]}},"
                        + "{\"somethingNew\":{}},"
                        + "{\"toolUse\":{\"toolUseId\":\"t1\",\"name\":\"f\",\"input\":{}}},"
                        + "{\"toolUse\":{\"toolUseId\":\"t2\",\"name\":\"g\",\"input\":{\"a\":[1]}}}]}},"
                        + "\"stopReason\":\"tool_use\",\"additionalModelResponseFields\":{\"x\":1},"
                        + "\"usage\":{\"inputTokens\":5,\"outputTokens\":7,\"totalTokens\":15,\"cacheReadInputTokens\":2,"
                        + "\"cacheWriteInputTokens\":1},\"metrics\":{\"latencyMs\":1},\"serviceTier\":{\"type\":\"flex\"}}");
        assertThat(answer.message().parts().get(0))
                .isEqualTo(new Part.RedactedReasoning("dalang:bedrock:c2VhbGVk", null));
        assertThat(answer.message().parts().get(1))
                .isEqualTo(new Part.Reasoning("so", "dalang:bedrock:c2ln", null, false));
        assertThat(answer.text()).isEqualTo("Nairobi");
        assertThat(answer.message().parts().toString()).contains("Atlas");
        assertThat(answer.message().toolCalls())
                .containsExactly(new Part.ToolCall("t1", "f", "{}"), new Part.ToolCall("t2", "g", "{\"a\":[1]}"));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(answer.usage().promptTokens()).isEqualTo(8);
        assertThat(answer.usage().cachedTokens()).isEqualTo(2);
        assertThat(answer.usage().cacheWriteTokens()).isEqualTo(1);
        assertThat(answer.usage().completionTokens()).isEqualTo(7);
        assertThat(answer.details())
                .containsEntry("serviceTier", "{\"type\":\"flex\"}")
                .containsEntry("additional_model_response_fields", "{\"x\":1}");
    }

    @Test
    void whatIsNoAnswerIsNone(@TempDir Path home) {
        assertThatThrownBy(() -> read(home, "{\"output\":{},\"stopReason\":\"end_turn\"}"))
                .hasMessageContaining("before it began");
        assertThatThrownBy(
                        () -> read(
                                home,
                                "{\"output\":{\"message\":{\"content\":[{\"text\":\"half\"}]}},\"stopReason\":\"malformed_model_output\"}"))
                .hasMessageContaining("malformed");
    }
}
