package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.gateway.simulator.Script;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proofs of reasoning go back to whom they came from, and to nobody else. */
class SealTest extends SimulatedTest {
    private static final String PROOF = "c2lnbmVk";

    private Message thought(String model) {
        hosted.simulator.says(Script.of(new Script.Think("Kenya, so", PROOF), new Script.Say("Nairobi")));
        Message answer = hosted.chat(model)
                .complete(asking(Message.user("Where?")).build())
                .message();
        assertThat(answer.parts().toString()).contains(PROOF);
        return answer;
    }

    private ChatResponse goOn(String model, Message before) {
        hosted.simulator.says(Script.of(new Script.Say("Yes.")));
        return hosted.chat(model)
                .complete(asking(Message.user("Where?"), before, Message.user("Sure?"))
                        .build());
    }

    @ParameterizedTest
    @CsvSource({
        "responses/m, responses/other",
        "anthropic/m, anthropic/other",
        "anthropic/m, bedrock/eu.anthropic.claude-opus-4-1-20250805-v1:0",
        "bedrock/anthropic.claude-opus-4-1-20250805-v1:0, anthropic/m",
        "bedrock/us.deepseek.r1-v1:0, bedrock/us.deepseek.r1-v1:0",
        "gemini/m, vertex/m",
    })
    void aProofGoesBackAsItCame(String from, String to) {
        ChatResponse answer = goOn(to, thought(from));
        assertThat(hosted.simulator.last().body().toString())
                .contains("\"" + PROOF + "\"")
                .doesNotContain("dalang:");
        assertThat(answer.notices()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "responses/m, anthropic/m, responses",
        "responses/m, openai-auto/m, responses",
        "anthropic/m, responses/m, anthropic",
        "anthropic/m, gemini/m, anthropic",
        "gemini/m, anthropic/m, google",
        "gemini/m, bedrock/us.amazon.nova-pro-v1:0, google",
        "anthropic/m, bedrock/us.deepseek.r1-v1:0, anthropic",
        "anthropic/m, mistral/m, anthropic",
    })
    void anothersProofIsLeftOutAndReported(String from, String to, String whose) {
        ChatResponse answer = goOn(to, thought(from));
        assertThat(hosted.simulator.last().body().toString())
                .contains("Nairobi")
                .doesNotContain(PROOF)
                .doesNotContain("dalang:");
        assertThat(answer.notices())
                .extracting(ChatEvent.Notice::code, ChatEvent.Notice::message)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        "reasoning_left_out",
                        to.substring(0, to.indexOf('/')) + " cannot read the sealed reasoning of " + whose
                                + " in this conversation; it was left out"));
    }

    /** A conversation that began elsewhere has no marks, and sealed reasoning is treated as its proofs are. */
    @Test
    void whatHasNoMarkGoesAlong() {
        goOn(
                "anthropic/m",
                new Message(
                        Role.ASSISTANT,
                        List.of(
                                new Part.Reasoning("hm", PROOF, null, false),
                                new Part.RedactedReasoning("sealed", null),
                                new Part.RedactedReasoning("dalang:responses:theirs", null),
                                new Part.RedactedReasoning("dalang:anthropic:own", null),
                                new Part.Text("Nairobi")),
                        null));
        assertThat(hosted.simulator.last().body().toString())
                .contains(PROOF, "\"sealed\"", "\"own\"")
                .doesNotContain("theirs");
    }
}
