package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Role;
import dev.dalang.api.Source;
import dev.dalang.api.Timings;
import dev.dalang.api.Tool;
import dev.dalang.api.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RedactingModelTest {

    private static final String EMAIL = "anna@example.com";
    private static final String CARD = "4111 1111 1111 1111";

    /** Remembers what it was sent, and answers with the events it was given. */
    private static final class Recorder implements ChatModel {
        private final String name;
        private final List<ChatEvent> answer;
        ChatRequest seen;

        Recorder(String name, ChatEvent... answer) {
            this.name = name;
            this.answer = List.of(answer);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
            seen = request;
            events.accept(new ChatEvent.Started("1", name, Instant.EPOCH));
            answer.forEach(events);
            events.accept(
                    new ChatEvent.Finished(FinishReason.END_OF_TURN, null, Usage.of(1, 1), Timings.of(Duration.ZERO)));
        }
    }

    private static RedactingModel redacting(ChatModel model) {
        return new RedactingModel(model, RedactionSettings.all(Action.REDACT));
    }

    private static ChatEvent text(String s) {
        return new ChatEvent.TextDelta(s);
    }

    @Test
    void everyPartOfTheRequestIsCovered() {
        Recorder model = new Recorder("far/model");
        Message system = Message.system("Answer " + EMAIL);
        Message user = new Message(
                Role.USER,
                List.of(
                        new Part.Text("I am " + EMAIL),
                        new Part.Document(
                                new Source.Bytes(("mail," + EMAIL).getBytes(StandardCharsets.UTF_8), "text/csv"),
                                "list of " + EMAIL,
                                "from " + EMAIL,
                                false,
                                null),
                        new Part.Audio(
                                new Source.Bytes(new byte[] {1, 0}, "audio/wav"), "wav", null, null, "says " + EMAIL)),
                "anna_s");
        Message assistant = new Message(
                Role.ASSISTANT,
                List.of(
                        new Part.Reasoning("thinks of " + EMAIL),
                        new Part.ToolCall("c1", "send", "{\"to\": [\"" + EMAIL + "\"], \"card\": 4111111111111111}"),
                        new Part.ToolCall("c2", "free", "write " + EMAIL, null, true, null),
                        new Part.Refusal("not " + EMAIL)),
                null);
        Message tool = Message.toolResult("c1", "{\"sent\": \"\\u0061nna@example.com\", \"password\": \"hunter22\"}");
        ChatRequest request = ChatRequest.builder(
                        "far/model", new Prompt.Conversation(List.of(system, user, assistant, tool, user)))
                .tools(List.of(
                        new Tool.Function("send", "Mails to " + EMAIL, "{\"description\": \"like " + EMAIL + "\"}")))
                .responseFormat(new ResponseFormat.Choice(List.of(EMAIL, "nobody")))
                .stop(List.of(EMAIL))
                .user(EMAIL)
                .metadata(Map.of("case", EMAIL))
                .extensions(Map.of("x", "\"" + EMAIL + "\""))
                .templateArguments(Map.of("t", "[\"" + EMAIL + "\"]"))
                .build();

        ChatResponse answer = redacting(model).complete(request);

        assertThat(everything(model.seen))
                .doesNotContain("anna")
                .doesNotContain("4111")
                .doesNotContain("hunter22")
                .contains("[EMAIL_1]");
        ChatEvent.Notice notice = answer.notices().getFirst();
        assertThat(notice.code()).isEqualTo("redacted");
        assertThat(notice.message()).doesNotContain("anna");
        assertThat(notice.details())
                .containsEntry("email", "24")
                .containsEntry("card", "1")
                .containsEntry("unexamined", "2");
    }

    /** All that toString shows of a request, and the bytes of its documents. */
    private static String everything(ChatRequest request) {
        StringBuilder all = new StringBuilder(request.toString());
        for (Message m : ((Prompt.Conversation) request.prompt()).messages()) {
            for (Part p : m.parts()) {
                if (p instanceof Part.Document(Source.Bytes b, var t, var c, var i, var h)) {
                    all.append(new String(b.data(), StandardCharsets.UTF_8));
                }
            }
        }
        return all.toString();
    }

    @Test
    void theAnswerIsRestoredAcrossPiecesInTextReasoningAndArguments() {
        Recorder model = new Recorder(
                "far/model",
                new ChatEvent.ReasoningDelta("so [EMA"),
                new ChatEvent.ReasoningDelta("IL_1] it is"),
                text("Mail ["),
                text("EMAIL"),
                new ChatEvent.PromptProgress(1, 1),
                text("_1] and [SECR"),
                text("ET_1]."),
                new ChatEvent.ToolCallStarted(0, "c", "send"),
                new ChatEvent.ToolCallStarted(1, "d", "send"),
                new ChatEvent.ToolCallDelta(0, "{\"to\":\"[EM"),
                new ChatEvent.ToolCallDelta(1, "{\"pw\":\"[SECRET_"),
                new ChatEvent.ToolCallDelta(0, "AIL_1]\"}"),
                new ChatEvent.ToolCallDelta(1, "1]\"}"),
                new ChatEvent.ToolCallFinished(0),
                new ChatEvent.ToolCallFinished(1));
        ChatRequest request = ChatRequest.builder("far/model", Prompt.user(EMAIL + "\npassword: 'a\"b\\4!x'"))
                .build();
        Message answer = redacting(model).complete(request).message();
        assertThat(answer.reasoning()).isEqualTo("so " + EMAIL + " it is");
        assertThat(answer.text()).isEqualTo("Mail " + EMAIL + " and a\"b\\4!x.");
        assertThat(answer.toolCalls().get(0).arguments()).isEqualTo("{\"to\":\"" + EMAIL + "\"}");
        assertThat(answer.toolCalls().get(1).arguments()).isEqualTo("{\"pw\":\"a\\\"b\\\\4!x\"}");
    }

    @Test
    void whatIsHeldBackComesAtTheEnd() {
        Recorder model = new Recorder("far/model", text("see [EMAIL"));
        assertThat(redacting(model)
                        .complete(ChatRequest.builder("m", Prompt.user(EMAIL)).build())
                        .text())
                .isEqualTo("see [EMAIL");
    }

    @Test
    void theStartComesBeforeTheNotice() {
        List<ChatEvent> events = new ArrayList<>();
        redacting(new Recorder("far/model", text("ok")))
                .chat(ChatRequest.builder("m", Prompt.user(EMAIL)).build(), Cancellation.NONE, events::add);
        assertThat(events.get(0)).isInstanceOf(ChatEvent.Started.class);
        assertThat(events.get(1)).isInstanceOf(ChatEvent.Notice.class);
        assertThat(events.getLast()).isInstanceOf(ChatEvent.Finished.class);
    }

    @Test
    void reportLeavesTheRequestAlone() {
        Recorder model = new Recorder("far/model", text("ok"));
        ChatRequest request = ChatRequest.builder("m", Prompt.user(EMAIL)).build();
        ChatResponse answer = new RedactingModel(model, RedactionSettings.all(Action.REPORT)).complete(request);
        assertThat(model.seen).isEqualTo(request);
        assertThat(answer.notices().getFirst().code()).isEqualTo("sensitive");
    }

    @Test
    void offDoesNotLook() {
        Recorder model = new Recorder("far/model", text("ok"));
        ChatRequest request = ChatRequest.builder("m", Prompt.user(EMAIL)).build();
        assertThat(new RedactingModel(model, RedactionSettings.all(Action.OFF))
                        .complete(request)
                        .notices())
                .isEmpty();
        assertThat(model.seen).isSameAs(request);
    }

    @Test
    void blockRefusesAndSaysKindsOnly() {
        Recorder model = new Recorder("far/model");
        RedactingModel blocking = new RedactingModel(
                model,
                new RedactionSettings(
                        Map.of(Kind.CARD, Action.BLOCK),
                        Action.REDACT,
                        Action.REPORT,
                        java.util.Set.of(),
                        java.util.Set.of()));
        assertThatThrownBy(() -> blocking.complete(ChatRequest.builder("m", Prompt.user(EMAIL + " " + CARD))
                        .build()))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.ContentPolicy.class))
                .hasMessageContaining("1 payment card")
                .hasMessageNotContainingAny("4111", "anna");
        assertThat(model.seen).isNull();
    }

    @Test
    void localOnlyTurnsToTheLocalModelWithTheRequestAsItIs() {
        Recorder far = new Recorder("far/model");
        Recorder near = new Recorder("near", text("I see [EMAIL_1]"));
        RedactingModel model = new RedactingModel(far, near, r -> RedactionSettings.all(Action.LOCAL_ONLY));
        ChatResponse answer = model.complete(
                ChatRequest.builder("far/model", Prompt.user(EMAIL)).build());
        assertThat(far.seen).isNull();
        assertThat(near.seen.prompt()).isEqualTo(Prompt.user(EMAIL));
        assertThat(answer.notices().getFirst().code()).isEqualTo("kept_local");
        assertThat(answer.text()).isEqualTo("I see [EMAIL_1]");
        model.complete(ChatRequest.builder("far/model", Prompt.user("nothing of note here"))
                .build());
        assertThat(far.seen).isNotNull();
        assertThatThrownBy(() -> new RedactingModel(far, RedactionSettings.all(Action.LOCAL_ONLY))
                        .complete(ChatRequest.builder("m", Prompt.user(EMAIL)).build()))
                .hasMessageContaining("local model");
    }

    @Test
    void whereNoPlaceholderCanStandTheRequestIsRefused() {
        Recorder model = new Recorder("far/model");
        ChatRequest url = ChatRequest.builder(
                        "m",
                        new Prompt.Conversation(List.of(new Message(
                                Role.USER,
                                List.of(new Part.Image(
                                        new Source.Url("https://u:p4ssword@example.com/x.png"), null, null)),
                                null))))
                .build();
        assertThatThrownBy(() -> redacting(model).complete(url))
                .hasMessageContaining("messages[0]")
                .hasMessageNotContaining("p4ssword");
        ChatRequest regex = ChatRequest.builder("m", Prompt.user("hi"))
                .responseFormat(new ResponseFormat.Regex("anna@example.com|x"))
                .build();
        assertThatThrownBy(() -> redacting(model).complete(regex)).hasMessageContaining("regex");
        ChatRequest tokens =
                ChatRequest.builder("m", new Prompt.Tokens(new int[] {1, 2})).build();
        assertThatThrownBy(() -> redacting(model).complete(tokens)).hasMessageContaining("token ids");
        assertThat(model.seen).isNull();
    }

    @Test
    void aConversationThatGrowsKeepsItsPlaceholders() {
        Recorder model = new Recorder("far/model");
        List<Message> turns = new ArrayList<>(List.of(Message.user("I am " + EMAIL)));
        redacting(model)
                .complete(
                        ChatRequest.builder("m", new Prompt.Conversation(turns)).build());
        Message first = ((Prompt.Conversation) model.seen.prompt()).messages().getFirst();
        turns.add(Message.assistant("Hello " + EMAIL));
        turns.add(Message.user("and bob@example.com"));
        redacting(model)
                .complete(
                        ChatRequest.builder("m", new Prompt.Conversation(turns)).build());
        List<Message> seen = ((Prompt.Conversation) model.seen.prompt()).messages();
        assertThat(seen.getFirst()).isEqualTo(first);
        assertThat(seen.get(1).text()).isEqualTo("Hello [EMAIL_1]");
        assertThat(seen.get(2).text()).isEqualTo("and [EMAIL_2]");
    }

    @Test
    void aProvidersErrorHoldsNoValue() {
        ChatModel broken = new ChatModel() {
            @Override
            public String name() {
                return "far/model";
            }

            @Override
            public void chat(ChatRequest request, Cancellation c, Consumer<? super ChatEvent> events) {
                throw new DalangException(new Failure.Upstream("cannot read " + request.prompt(), 500));
            }
        };
        assertThatThrownBy(() -> redacting(broken)
                        .complete(ChatRequest.builder("m", Prompt.user(EMAIL)).build()))
                .hasMessageContaining("[EMAIL_1]")
                .hasMessageNotContaining("anna");
    }

    @Test
    void allowedValuesAndOwnWords() {
        RedactionSettings settings = new RedactionSettings(
                Map.of(),
                Action.REDACT,
                Action.REPORT,
                java.util.Set.of("Project Garuda"),
                java.util.Set.of("@example.org"));
        Redactor redactor = new Redactor(settings);
        assertThat(redactor.redact("Project Garuda: help@example.org, anna@example.com"))
                .isEqualTo("[SECRET_1]: help@example.org, [EMAIL_1]");
    }

    @Test
    void nothingPrintsValues() {
        Redactor redactor = new Redactor(RedactionSettings.all(Action.REDACT));
        redactor.redact(EMAIL + " " + CARD);
        assertThat(redactor.report().toString()
                        + redactor.placeholders()
                        + redactor.report().sentence()
                        + Detectors.find(EMAIL))
                .doesNotContain("anna")
                .doesNotContain("4111");
    }
}
