package dev.dalang.server.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Role;
import dev.dalang.api.Truncation;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class AskingTest {

    private static final Caller ANN = Caller.all("ann");

    private static Turn turn(String role, String body, String detail) {
        return new Turn(role, body, Json.parse(detail));
    }

    private static List<Message> messages(ChatRequest r) {
        return ((Prompt.Conversation) r.prompt()).messages();
    }

    @Test
    void settingsBecomeARequest() {
        ChatRequest r = Asking.request(
                "m",
                Json.parse(
                        "{\"system\":\"Be brief.\",\"temperature\":0.3,\"top_k\":20,\"max_tokens\":9,\"seed\":4,\"stop\":[\"x\"],"
                                + "\"reasoning\":\"low\",\"truncate\":true,\"tools\":[{\"name\":\"weather\",\"parameters\":{\"type\":\"object\"}}]}"),
                List.of(turn("user", "hi", "{}")),
                false,
                ANN);
        assertThat(messages(r)).containsExactly(Message.system("Be brief."), Message.user("hi"));
        assertThat(r.sampling().temperature()).isEqualTo(0.3f);
        assertThat(r.sampling().topK()).isEqualTo(20);
        assertThat(r.sampling().seed()).isEqualTo(4L);
        assertThat(r.maxTokens()).isEqualTo(9);
        assertThat(r.stop()).containsExactly("x");
        assertThat(r.reasoning().effort()).isEqualTo(ReasoningOptions.Effort.LOW);
        assertThat(r.truncation()).isEqualTo(Truncation.DROP_OLDEST);
        assertThat(r.tools()).hasSize(1);
        assertThat(r.user()).isEqualTo("ann");
    }

    @Test
    void filesStandBeforeTheQuestionAndCannotBreakOut() {
        Turn t = turn("user", "What is it?", "{\"files\":[{\"name\":\"a.md\",\"text\":\"```\\ncode\\n```\"}]}");
        assertThat(t.message().text()).isEqualTo("File a.md:\n````\n```\ncode\n```\n````\n\nWhat is it?");
    }

    @Test
    void callsAndTheirResultsGoBack() {
        ChatRequest r = Asking.request(
                "m",
                Json.object(),
                List.of(
                        turn("user", "hi", "{}"),
                        turn("assistant", "", "{\"calls\":[{\"id\":\"1\",\"name\":\"w\",\"arguments\":\"{}\"}]}"),
                        turn("tool", "31", "{\"call\":\"1\",\"name\":\"w\"}")),
                false,
                ANN);
        assertThat(messages(r).get(1).toolCalls()).containsExactly(new Part.ToolCall("1", "w", "{}"));
        assertThat(messages(r).get(2).role()).isEqualTo(Role.TOOL);
    }

    @Test
    void anAnswerGoesOnWhereItEnded() {
        List<Turn> turns = List.of(turn("user", "hi", "{}"), turn("assistant", "Once upon", "{}"));
        assertThat(((Prompt.Conversation) Asking.request("m", Json.object(), turns, true, ANN)
                                .prompt())
                        .continueLast())
                .isTrue();
        // One that never began is asked for anew.
        List<Turn> empty = List.of(turn("user", "hi", "{}"), turn("assistant", "", "{}"));
        ChatRequest r = Asking.request("m", Json.object(), empty, true, ANN);
        assertThat(messages(r)).hasSize(1);
        assertThat(((Prompt.Conversation) r.prompt()).continueLast()).isFalse();
    }

    @Test
    void aSettingThatIsWrongIsNamed() {
        assertThatThrownBy(() -> Asking.checked(Json.parse("{\"temprature\":1}")))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("settings.temprature");
        assertThatThrownBy(() -> Asking.checked(Json.parse("{\"temperature\":-1}")))
                .isInstanceOf(DalangException.class);
        assertThatThrownBy(() -> Asking.checked(Json.parse("[]"))).isInstanceOf(DalangException.class);
    }
}
