package dev.dalang.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestValidationTest {

    private static Arguments wrong(String parameter, Supplier<?> build) {
        return Arguments.of(parameter, build);
    }

    private static Sampling.Builder s() {
        return Sampling.builder();
    }

    private static ChatRequest.Builder r() {
        return ChatRequest.builder("m", Prompt.user("hi"));
    }

    static List<Arguments> wrong() {
        Tool.Function f = new Tool.Function("f", null, null);
        return List.of(
                wrong("temperature", () -> s().temperature(-0.1f).build()),
                wrong("temperature", () -> s().temperature(Float.NaN).build()),
                wrong(
                        "temperature",
                        () -> s().temperature(Float.POSITIVE_INFINITY).build()),
                wrong("top_k", () -> s().topK(-1).build()),
                wrong("top_p", () -> s().topP(1.01f).build()),
                wrong("top_p", () -> s().topP(Float.NaN).build()),
                wrong("min_p", () -> s().minP(-0.01f).build()),
                wrong("typical_p", () -> s().typicalP(2f).build()),
                wrong("repeat_penalty", () -> s().repeatPenalty(0f).build()),
                wrong("repeat_last_n", () -> s().repeatLastN(-2).build()),
                wrong("frequency_penalty", () -> s().frequencyPenalty(2.1f).build()),
                wrong("presence_penalty", () -> s().presencePenalty(-2.1f).build()),
                wrong("dry_multiplier", () -> s().dryMultiplier(-1f).build()),
                wrong("dry_base", () -> s().dryBase(0.5f).build()),
                wrong("dry_allowed_length", () -> s().dryAllowedLength(-1).build()),
                wrong("dry_penalty_last_n", () -> s().dryLastN(-2).build()),
                wrong(
                        "dry_sequence_breakers",
                        () -> s().drySequenceBreakers(List.of("")).build()),
                wrong("xtc_probability", () -> s().xtcProbability(1.5f).build()),
                wrong("xtc_threshold", () -> s().xtcThreshold(-1f).build()),
                wrong("mirostat", () -> s().mirostat(3).build()),
                wrong("mirostat_tau", () -> s().mirostatTau(0f).build()),
                wrong("mirostat_eta", () -> s().mirostatEta(0f).build()),
                wrong("mirostat_eta", () -> s().mirostatEta(1.1f).build()),
                wrong("logit_bias", () -> s().logitBias(Map.of(-1, 1f)).build()),
                wrong("logit_bias", () -> s().logitBias(Map.of(1, Float.NaN)).build()),
                wrong("max_tokens", () -> r().maxTokens(-1).build()),
                wrong("top_logprobs", () -> r().topLogprobs(-1).build()),
                wrong("context_length", () -> r().contextLength(0).build()),
                wrong("stop", () -> r().stop(List.of("")).build()),
                wrong("model", () -> r().model("").build()),
                wrong("adapters", () -> r().adapters(Map.of("a", Float.NaN)).build()),
                wrong("tools", () -> r().tools(List.of(f, f)).build()),
                wrong("tools", () -> new Tool.Function("has space", null, null)),
                wrong("tools", () -> new Tool.Custom("", null, null, null)),
                wrong(
                        "tool_choice",
                        () -> r().toolChoice(new ToolChoice.Required()).build()),
                wrong(
                        "tool_choice",
                        () -> r().tools(List.of(f))
                                .toolChoice(new ToolChoice.Named(List.of("g")))
                                .build()),
                wrong("tool_choice", () -> new ToolChoice.Named(List.of())),
                wrong("messages", () -> new Prompt.Conversation(List.of())),
                wrong("messages", () -> new Prompt.Conversation(List.of(Message.user("x")), true)),
                wrong("messages", () -> new Message(Role.USER, List.of(new Part.ToolCall("1", "f", "{}")), null)),
                wrong("messages", () -> new Message(Role.TOOL, List.of(new Part.Text("x")), null)),
                wrong("messages", () -> new Part.ToolResult("1", null, List.of(new Part.Refusal("x")), false, null)),
                wrong("prompt", () -> new Prompt.Tokens(new int[] {1, -1})),
                wrong("input", () -> EmbeddingRequest.of("m", List.of())),
                wrong("reasoning.budget_tokens", () -> new ReasoningOptions(null, null, -1, null, false)),
                wrong(
                        "reasoning.effort",
                        () -> new ReasoningOptions(false, ReasoningOptions.Effort.HIGH, null, null, false)),
                wrong("choice", () -> new ResponseFormat.Choice(List.of())),
                wrong("response_format", () -> new ResponseFormat.JsonSchema(null, " ", null)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void namesTheParameterToBlame(String parameter, Supplier<?> build) {
        assertThatThrownBy(build::get)
                .asInstanceOf(InstanceOfAssertFactories.type(DalangException.class))
                .satisfies(e -> {
                    assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class);
                    assertThat(((Failure.InvalidRequest) e.failure()).parameter())
                            .isEqualTo(parameter);
                    assertThat(e.getMessage()).doesNotContain("\n").isNotBlank();
                });
    }

    @Test
    void acceptsTheEdgesOfTheRanges() {
        Sampling edges = s().temperature(0f)
                .topK(0)
                .topP(0f)
                .minP(1f)
                .repeatLastN(-1)
                .frequencyPenalty(-2f)
                .dryBase(1f)
                .mirostat(2)
                .mirostatEta(1f)
                .logitBias(Map.of(0, Float.NEGATIVE_INFINITY))
                .seed(-1L)
                .build();
        assertThat(edges.toBuilder().build()).isEqualTo(edges);
        assertThat(r().maxTokens(0).topLogprobs(0).build().maxTokens()).isZero();
    }

    @Test
    void requestsDoNotChangeWithTheCollectionsTheyWereMadeFrom() {
        List<String> stop = new ArrayList<>(List.of("a"));
        int[] ids = {1, 2};
        Prompt.Tokens tokens = new Prompt.Tokens(ids);
        ChatRequest request =
                ChatRequest.builder("m", tokens).stop(stop).maxTokens(4).build();
        stop.add("b");
        ids[0] = 9;
        tokens.ids()[1] = 9;
        assertThat(request.stop()).containsExactly("a");
        assertThat(tokens).isEqualTo(new Prompt.Tokens(new int[] {1, 2}));
        assertThat(request.toBuilder().build()).isEqualTo(request);
    }
}
