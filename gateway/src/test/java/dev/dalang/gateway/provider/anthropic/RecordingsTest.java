package dev.dalang.gateway.provider.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.ChatResponse;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.ResponseCollector;
import dev.dalang.gateway.provider.wire.Answer;
import dev.dalang.gateway.provider.wire.Frame;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.SseReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Anthropic's own recordings, from the tests of its clients. */
class RecordingsTest {

    private static ChatResponse read(String name) throws IOException {
        Path file = Path.of(System.getProperty("dalang.shared", "../shared"), "external/api/anthropic-sse", name);
        assumeTrue(Files.exists(file), "the recordings are not here");
        ResponseCollector collector = new ResponseCollector();
        Answer answer = new Answer("anthropic", "m", collector, List.of(), 0);
        MessagesReader reader = new MessagesReader(answer, new Refusals("anthropic", t -> t), "m");
        try (InputStream in = Files.newInputStream(file)) {
            SseReader frames = new SseReader(in, 1 << 20);
            for (Frame f; (f = frames.next()) != null && reader.read(f); )
                assertThat(f.name()).isNotEmpty();
        }
        answer.complete();
        return collector.response();
    }

    @Test
    void theBasicAnswer() throws IOException {
        for (String name : new String[] {"python-basic_response.txt", "typescript-basic_response.txt"}) {
            ChatResponse answer = read(name);
            assertThat(answer.text()).isEqualTo("Hello there!");
            assertThat(answer.finishReason()).isEqualTo(FinishReason.END_OF_TURN);
            assertThat(answer.usage().promptTokens()).isPositive();
        }
    }

    @Test
    void toolUse() throws IOException {
        for (String name : new String[] {"python-tool_use_response.txt", "typescript-tool_use_response.txt"}) {
            ChatResponse answer = read(name);
            assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
            Part.ToolCall call = answer.message().toolCalls().getFirst();
            assertThat(call.name()).isEqualTo("get_weather");
            assertThat(call.arguments().replace(" ", "")).isEqualTo("{\"location\":\"Paris\"}");
        }
    }

    @Test
    void anArgumentThatWasCutOffStaysAsItCame() throws IOException {
        ChatResponse answer = read("python-incomplete_partial_json_response.txt");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.message().toolCalls()).hasSize(1);
    }

    @Test
    void aRefusalSaysWhy() throws IOException {
        ChatResponse answer = read("python-refusal_response.txt");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.REFUSAL);
        assertThat(answer.details().get("stop_details")).contains("cyber");
    }

    @Test
    void blocksOfItsOwnComeWhole() throws IOException {
        ChatResponse answer = read("python-compaction_response.txt");
        assertThat(answer.message().parts().getFirst()).isInstanceOfSatisfying(Part.Opaque.class, o -> {
            assertThat(o.type()).isEqualTo("compaction");
            assertThat(o.provider()).isEqualTo("anthropic");
            assertThat(o.json()).contains("Earlier conversation summarized.", "opaque_compaction_payload");
        });
        assertThat(read("python-fallback_response.txt").message().parts().getFirst())
                .isInstanceOfSatisfying(
                        Part.Opaque.class, o -> assertThat(o.type()).isEqualTo("fallback"));
    }
}
