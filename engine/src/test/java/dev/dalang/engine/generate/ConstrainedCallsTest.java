package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import dev.dalang.api.ToolChoice;
import dev.dalang.engine.constrain.Constraint;
import dev.dalang.engine.constrain.machine.TokenTrie;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Metadata.Type;
import dev.dalang.engine.format.Metadata.Value;
import dev.dalang.engine.reply.ReplyLanguage;
import dev.dalang.engine.reply.ReplyLanguages;
import dev.dalang.engine.reply.ReplyRenderer;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What each family's renderer writes as a tool call is what the form lets through, and what breaks the schema is not. */
class ConstrainedCallsTest {

    private static final Tool WEATHER = new Tool.Function(
            "weather",
            null,
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"maxLength\":9},\"days\":{\"type\":\"integer\","
                    + "\"maximum\":9},\"exact\":{\"type\":\"boolean\"}},\"required\":[\"city\"],\"additionalProperties\":false}");

    /** Every byte is a token; the marks are text. */
    private static Tokenizer bytes() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) tokens.add(String.format("<0x%02X>", b));
        long[] types = new long[tokens.size()];
        for (int i = 0; i < types.length; i++) types[i] = i == 0 ? 2 : i < 3 ? 3 : 6;
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", new Value(Type.STRING, null, "llama"));
        values.put("tokenizer.ggml.tokens", new Value(Type.ARRAY, Type.STRING, tokens.toArray(String[]::new)));
        values.put("tokenizer.ggml.token_type", new Value(Type.ARRAY, Type.INT32, types));
        values.put("tokenizer.ggml.scores", new Value(Type.ARRAY, Type.FLOAT32, new double[types.length]));
        return Tokenizers.fromGguf(new Metadata("bytes.gguf", values));
    }

    private static Constraint form(ReplyLanguage language, ToolChoice choice, boolean several, Tokenizer tokenizer) {
        ChatRequest request = ChatRequest.builder("m", Prompt.user("x"))
                .tools(List.of(WEATHER))
                .toolChoice(choice)
                .parallelToolCalls(several)
                .build();
        List<ChatEvent.Notice> notices = new ArrayList<>();
        OutputForm form = new OutputForm(request, language, null, tokenizer, new ControlMarks(tokenizer), notices::add);
        Constraint made = new Constraint(
                form.grammar(),
                new TokenTrie(
                        tokenizer.vocabularySize(),
                        tokenizer::bytes,
                        tokenizer::isControl,
                        tokenizer::isEndOfGeneration));
        assertThat(notices).isEmpty();
        return made;
    }

    private static boolean accepts(Constraint form, String text) {
        Constraint.Text t = form.begin();
        return t.accept(text.getBytes(StandardCharsets.UTF_8)) && t.mayEnd();
    }

    private static String call(ReplyLanguage language, String... arguments) {
        List<Part> calls = new ArrayList<>();
        for (String a : arguments) calls.add(new Part.ToolCall("call12345", "weather", a));
        return ReplyRenderer.render(language, new Message(Role.ASSISTANT, calls, null));
    }

    @Test
    void whatIsRenderedIsLetThrough() {
        Tokenizer tokenizer = bytes();
        int families = 0;
        for (ReplyLanguage language : ReplyLanguages.ALL) {
            if (!language.canCall()) continue;
            families++;
            Constraint required = form(language, new ToolChoice.Required(), true, tokenizer);
            Constraint one = form(language, new ToolChoice.Required(), false, tokenizer);
            Constraint auto = form(language, new ToolChoice.Auto(), true, tokenizer);
            String good = "{\"city\":\"Oslo\",\"days\":3,\"exact\":true}";
            String second = "{\"exact\":false,\"city\":\"Rome\"}";
            String name = language.name();
            assertThat(accepts(required, call(language, good)))
                    .as(name + " " + call(language, good))
                    .isTrue();
            assertThat(accepts(one, call(language, second))).as(name + " one").isTrue();
            assertThat(accepts(required, call(language, good, second)))
                    .as(name + " two")
                    .isTrue();
            assertThat(accepts(one, call(language, good, second)))
                    .as(name + " two of one")
                    .isFalse();
            assertThat(accepts(auto, call(language, good))).as(name + " auto").isTrue();
            assertThat(accepts(required, "It is sunny.")).as(name + " text").isFalse();
            assertThat(accepts(auto, "It is sunny.")).as(name + " auto, text").isTrue();
            for (String bad : List.of(
                    "{\"city\":\"Oslo\",\"days\":10}",
                    "{\"days\":3}",
                    "{\"city\":\"Oslo\",\"more\":1}",
                    "{\"city\":\"a name too long\"}")) {
                assertThat(accepts(required, call(language, bad)))
                        .as(name + " " + bad)
                        .isFalse();
            }
        }
        assertThat(families).isGreaterThan(30);
    }
}
