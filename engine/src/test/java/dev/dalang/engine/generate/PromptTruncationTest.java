package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Truncation;
import dev.dalang.engine.arch.TinyFamilies;
import dev.dalang.engine.arch.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A prompt that is too long is refused with the figures, or made shorter when that was asked for, with a report. */
class PromptTruncationTest {

    /** A token for each character. */
    private static final String TEMPLATE = "{% for m in messages %}{{ m.role[0] }}={{ m.content }}~{% endfor %}";

    @TempDir
    Path folder;

    private LocalModel model;

    @BeforeEach
    void open() {
        Path file = TinyModel.withVocabulary(
                TinyFamilies.of("llama").write(folder), folder.resolve("model.gguf"), TEMPLATE);
        model = LocalModel.open(file, LoadOptions.DEFAULT.withThreads(1).withContextLength(120));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static Message says(Role role, char c, int count) {
        return new Message(role, List.of(new Part.Text(String.valueOf(c).repeat(count))), null);
    }

    /** Instructions of 10 tokens and three turns of 20 to 60. */
    private static List<Message> conversation() {
        return List.of(
                says(Role.SYSTEM, 'S', 7),
                says(Role.USER, 'a', 17),
                says(Role.ASSISTANT, 'b', 27),
                says(Role.USER, 'c', 17),
                says(Role.ASSISTANT, 'd', 17),
                says(Role.USER, 'e', 27));
    }

    private static ChatRequest request(List<Message> messages, int maxTokens, Truncation truncation) {
        return ChatRequest.builder("m", new Prompt.Conversation(messages))
                .maxTokens(maxTokens)
                .truncation(truncation)
                .build();
    }

    @Test
    void whatIsTooLongIsRefusedWithTheFiguresAndTheWaysOut() {
        ChatRequest request = request(conversation(), 5, Truncation.REFUSE);
        assertThat(model.countTokens(request)).isEqualTo(130);
        assertThatThrownBy(() -> model.complete(request))
                .hasMessageContaining("130 tokens")
                .hasMessageContaining("holds 120")
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure())
                                .isEqualTo(new Failure.ContextOverflow(
                                        e.getMessage(),
                                        130,
                                        120,
                                        List.of(
                                                "shorten the prompt",
                                                "raise the context length",
                                                "ask for truncation"))));
    }

    @Test
    void theOldestTurnsGoWholeAndAreReported() {
        ChatResponse answer = model.complete(request(conversation(), 5, Truncation.DROP_OLDEST));
        assertThat(answer.usage().promptTokens()).isEqualTo(80);
        assertThat(answer.notices())
                .containsExactly(new ChatEvent.Notice(
                        "truncated",
                        "the prompt had 130 tokens for a context of 120; its oldest 2 messages were left out, as asked",
                        Map.of(
                                "dropped_messages", "[1, 2]",
                                "tokens_before", "130",
                                "tokens", "80",
                                "limit", "120")));
    }

    @Test
    void theAnswerHasTheRoomItAsksFor() {
        ChatResponse answer = model.complete(request(conversation(), 50, Truncation.DROP_OLDEST));
        assertThat(answer.usage().promptTokens()).isEqualTo(40);
        assertThat(answer.notices().getFirst().details()).containsEntry("dropped_messages", "[1, 2, 3, 4]");
    }

    @Test
    void instructionsAndTheLastTurnStayOrItIsRefused() {
        List<Message> messages = new ArrayList<>(conversation());
        messages.set(5, says(Role.USER, 'e', 117));
        assertThatThrownBy(() -> model.complete(request(messages, 5, Truncation.DROP_OLDEST)))
                .hasMessageStartingWith("even without its older turns the prompt has 130 tokens")
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ContextOverflow.class));
    }

    @Test
    void whatFitsStaysAsItIs() {
        ChatResponse answer = model.complete(request(conversation().subList(0, 4), 5, Truncation.DROP_OLDEST));
        assertThat(answer.usage().promptTokens()).isEqualTo(80);
        assertThat(answer.notices()).isEmpty();
    }

    @Test
    void ofATextTheBeginningGoes() {
        int[] ids = new int[200];
        for (int i = 0; i < ids.length; i++) ids[i] = 1 + i % 90;
        ChatRequest request = ChatRequest.builder("m", new Prompt.Tokens(ids))
                .maxTokens(20)
                .truncation(Truncation.DROP_OLDEST)
                .build();
        ChatResponse answer = model.complete(request);
        assertThat(answer.usage().promptTokens()).isEqualTo(100);
        assertThat(answer.notices().getFirst().details())
                .containsEntry("dropped_tokens", "100")
                .containsEntry("tokens", "100");
        PromptEncoder.Encoded encoded = model.prompts().encode(request, 120);
        assertThat(encoded.ids()).startsWith(ids[100]).endsWith(ids[199]);
    }
}
