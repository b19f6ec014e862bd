package dev.dalang.engine.generate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.engine.testing.Shared;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A small trained model that only knows stories, made to write forms: whatever it would rather say, the form holds. */
class ConstrainedAnswerTest {

    private static final String MODEL = "external/models/stories260K/stories260K-f32.gguf";

    private static final Tool WEATHER = new Tool.Function(
            "weather",
            "The weather.",
            "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":[\"Oslo\",\"Rome\"]},\"days\":{\"type\":\"integer\","
                    + "\"minimum\":1,\"maximum\":9}},\"required\":[\"city\",\"days\"],\"additionalProperties\":false}");

    private static ChatRequest.Builder request(Prompt prompt) {
        return ChatRequest.builder("stories", prompt)
                .sampling(Sampling.builder().temperature(0.8f).seed(5L).build())
                .maxTokens(200);
    }

    private static String schema() {
        return "{\"type\":\"object\",\"properties\":{\"animal\":{\"enum\":[\"cat\",\"dog\"]},\"legs\":{\"type\":\"integer\","
                + "\"minimum\":2,\"maximum\":4},\"good\":{\"type\":\"boolean\"}},\"required\":[\"animal\",\"legs\",\"good\"],"
                + "\"additionalProperties\":false}";
    }

    @Test
    void everyFormHolds() {
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            Prompt prompt = new Prompt.Raw("Once upon a time");
            ChatResponse json = model.complete(request(prompt)
                    .responseFormat(new ResponseFormat.JsonSchema("animal", schema(), true))
                    .build());
            assertThat(json.text())
                    .matches(
                            "\\s*\\{\\s*\"animal\":\\s*\"(cat|dog)\",\\s*\"legs\":\\s*[234],\\s*\"good\":\\s*(true|false)\\s*\\}");
            assertThat(json.finishReason()).isEqualTo(FinishReason.END_OF_TURN);

            ChatResponse regex = model.complete(request(prompt)
                    .responseFormat(new ResponseFormat.Regex("(one|two) [a-c]{3}, 日本!"))
                    .build());
            assertThat(regex.text()).matches("(one|two) [a-c]{3}, 日本!");

            ChatResponse choice = model.complete(request(prompt)
                    .responseFormat(new ResponseFormat.Choice(List.of("positive", "negative", "neutral")))
                    .build());
            assertThat(choice.text()).isIn("positive", "negative", "neutral");

            ChatResponse grammar = model.complete(request(prompt)
                    .responseFormat(new ResponseFormat.Grammar("root ::= (\"- \" [a-z ]{1,12} \"\\n\"){3}"))
                    .build());
            assertThat(grammar.text()).matches("(- [a-z ]{1,12}\n){3}");
        }
    }

    @Test
    void aModelThatLikesBlanksBestSoonWritesTheForm() {
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            Map<Integer, Float> blanks = new HashMap<>();
            for (int id = 0; id < model.tokenizer().vocabularySize(); id++) {
                if (!model.tokenizer().isControl(id)
                        && new String(model.tokenizer().bytes(id), UTF_8).isBlank()) {
                    blanks.put(id, 100f);
                }
            }
            ChatResponse json = model.complete(request(new Prompt.Raw("Once upon a time"))
                    .sampling(
                            Sampling.builder().temperature(0f).logitBias(blanks).build())
                    .responseFormat(new ResponseFormat.JsonSchema("animal", schema(), true))
                    .build());
            assertThat(json.text()).matches(Pattern.compile("( |\n\n?)\\{.*\\}", Pattern.DOTALL));
        }
    }

    @Test
    void theSameAloneAndWithGuesses() {
        ChatRequest request = request(new Prompt.Raw("Lily has a cat. Lily has a cat. Lily has"))
                .responseFormat(new ResponseFormat.Grammar(
                        "root ::= (\" Lily has a \" (\"cat\" | \"dog\" | \"ball\") \".\"){4}"))
                .build();
        ChatResponse plain;
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            plain = model.complete(request);
            // What must come is not drawn, so the answer has more tokens than draws; and a second time is the same.
            assertThat(model.complete(request).text()).isEqualTo(plain.text());
        }
        try (LocalModel model =
                LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT, new Speculation.Lookup(8))) {
            assertThat(model.complete(request).text()).isEqualTo(plain.text());
        }
        assertThat(plain.text()).matches("( Lily has a (cat|dog|ball)\\.){4}");
    }

    @Test
    void toolCallsAreCalls() {
        String template =
                "{% if tools %}<tool_call>{\"name\"{% endif %}{% for m in messages %}{{ m.content }}\n{% endfor %}";
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            ChatRequest.Builder b = request(Prompt.user("Once upon a time"))
                    .chatTemplate(template)
                    .reasoning(ReasoningOptions.of(false))
                    .tools(List.of(WEATHER));
            ChatResponse required = model.complete(b.toolChoice(new ToolChoice.Required())
                    .parallelToolCalls(false)
                    .build());
            List<Part.ToolCall> calls = required.message().toolCalls();
            assertThat(calls).hasSize(1);
            assertThat(calls.getFirst().name()).isEqualTo("weather");
            assertThat(calls.getFirst().arguments())
                    .matches(Pattern.compile(
                            "\\{\\s*(\"(city|days)\":\\s*(\"(Oslo|Rome)\"|[1-9](\\.0+)?)\\s*,?\\s*){2}\\}"));
            assertThat(required.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);

            // As it sees fit: it tells its story, unless it begins a call.
            ChatResponse auto = model.complete(
                    b.toolChoice(new ToolChoice.Auto()).maxTokens(12).build());
            assertThat(auto.text()).isNotBlank();
            assertThat(auto.message().toolCalls()).isEmpty();
        }
    }

    @Test
    void thoughtIsFreeAndThenTheFormHolds() {
        String template = "{% for m in messages %}{{ m.content }}{% endfor %}<think>{% if false %}</think>{% endif %}";
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            ChatResponse r = model.complete(request(Prompt.user("Once upon a time"))
                    .chatTemplate(template)
                    .responseFormat(new ResponseFormat.Choice(List.of("yes", "no")))
                    .maxTokens(20)
                    .build());
            // It never ends its thought by itself; nothing of the thought is held to the form.
            assertThat(r.message().reasoning()).isNotBlank();
            assertThat(r.text()).isEmpty();
        }
    }

    @Test
    void whatCannotBeGuaranteedIsRefusedBeforeAnythingIsComputed() {
        try (LocalModel model = LocalModel.open(Shared.require(MODEL), LoadOptions.DEFAULT)) {
            assertThatThrownBy(() -> model.complete(request(new Prompt.Raw("x"))
                            .responseFormat(new ResponseFormat.JsonSchema(
                                    null, "{\"type\":\"array\",\"uniqueItems\":true}", null))
                            .build()))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("uniqueItems");
        }
    }
}
