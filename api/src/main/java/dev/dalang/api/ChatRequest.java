package dev.dalang.api;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A question to a {@link ChatModel}: what every dialect translates to. Null and empty are "the model's default".
 *
 * @param model the model's name, as the caller wrote it
 * @param prompt what to go on from
 * @param tools what the model may call
 * @param parallelToolCalls several calls in one turn are welcome
 * @param maxTokens the answer's limit, reasoning included
 * @param stop strings that end the answer and are not part of it
 * @param topLogprobs score the answer's tokens, with this many alternatives each; null for no scores
 * @param contextLength the context asked for, where the model can still choose, or null
 * @param chatTemplate a Jinja template in place of the model's own, or null
 * @param templateArguments further variables of the chat template; values are JSON
 * @param adapters LoRA adapters by name, with their scale
 * @param serviceTier the provider's word for how fast and dear, or null
 * @param timeout how long the whole answer may take, waiting included, before it fails with {@link Failure.TimedOut}; null
 *     for as long as it takes
 * @param user an opaque name of the end user, or null; local models give users equal shares
 * @param metadata the caller's own labels, kept with the request in the ledger
 * @param extensions fields of a dialect that only some models know, by their name there; values are JSON. A model that
 *     does not know one says so in a {@link ChatEvent.Notice} or refuses, but does not ignore it in silence.
 */
public record ChatRequest(
        String model,
        Prompt prompt,
        List<Tool> tools,
        ToolChoice toolChoice,
        @Nullable Boolean parallelToolCalls,
        ResponseFormat responseFormat,
        Sampling sampling,
        @Nullable Integer maxTokens,
        List<String> stop,
        ReasoningOptions reasoning,
        @Nullable Integer topLogprobs,
        Truncation truncation,
        @Nullable Integer contextLength,
        @Nullable String chatTemplate,
        Map<String, String> templateArguments,
        Map<String, Float> adapters,
        @Nullable String serviceTier,
        @Nullable Duration timeout,
        @Nullable String user,
        Map<String, String> metadata,
        Map<String, String> extensions) {

    public ChatRequest {
        tools = List.copyOf(tools);
        stop = List.copyOf(stop);
        templateArguments = Checks.ordered(templateArguments);
        adapters = Checks.ordered(adapters);
        metadata = Checks.ordered(metadata);
        extensions = Checks.ordered(extensions);

        Checks.notEmpty("model", model);
        Checks.atLeast("max_tokens", maxTokens, 0);
        Checks.atLeast("top_logprobs", topLogprobs, 0);
        Checks.atLeast("context_length", contextLength, 1);
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw Checks.invalid("timeout", "timeout must be more than no time at all, not " + timeout);
        }
        for (String s : stop) Checks.notEmpty("stop", s);
        adapters.forEach((name, scale) -> {
            if (!Float.isFinite(scale)) {
                throw Checks.invalid("adapters", "the scale of adapter " + name + " is " + scale);
            }
        });
        Set<String> names = new HashSet<>();
        for (Tool tool : tools) {
            if (!names.add(tool.name())) {
                throw Checks.invalid("tools", "two tools are named " + tool.name());
            }
        }
        switch (toolChoice) {
            case ToolChoice.Auto a -> {}
            case ToolChoice.None n -> {}
            case ToolChoice.Required r -> {
                if (tools.isEmpty()) {
                    throw Checks.invalid("tool_choice", "tool_choice demands a call, yet no tool is declared");
                }
            }
            case ToolChoice.Named named -> {
                for (String name : named.names()) {
                    if (!names.contains(name)) {
                        throw Checks.invalid(
                                "tool_choice", "tool_choice names " + name + ", which is not among the tools");
                    }
                }
            }
        }
    }

    /** A request with everything but model and prompt at its default. */
    public static Builder builder(String model, Prompt prompt) {
        return new Builder(model, prompt);
    }

    /** A builder that begins with this request's values. */
    public Builder toBuilder() {
        Builder b = new Builder(model, prompt);
        b.tools = tools;
        b.toolChoice = toolChoice;
        b.parallelToolCalls = parallelToolCalls;
        b.responseFormat = responseFormat;
        b.sampling = sampling;
        b.maxTokens = maxTokens;
        b.stop = stop;
        b.reasoning = reasoning;
        b.topLogprobs = topLogprobs;
        b.truncation = truncation;
        b.contextLength = contextLength;
        b.chatTemplate = chatTemplate;
        b.templateArguments = templateArguments;
        b.adapters = adapters;
        b.serviceTier = serviceTier;
        b.timeout = timeout;
        b.user = user;
        b.metadata = metadata;
        b.extensions = extensions;
        return b;
    }

    /** Sets what the caller knows; {@link #build} checks. */
    public static final class Builder {
        private String model;
        private Prompt prompt;
        private List<Tool> tools = List.of();
        private ToolChoice toolChoice = new ToolChoice.Auto();
        private @Nullable Boolean parallelToolCalls;
        private ResponseFormat responseFormat = new ResponseFormat.Text();
        private Sampling sampling = Sampling.DEFAULT;
        private @Nullable Integer maxTokens;
        private List<String> stop = List.of();
        private ReasoningOptions reasoning = ReasoningOptions.DEFAULT;
        private @Nullable Integer topLogprobs;
        private Truncation truncation = Truncation.REFUSE;
        private @Nullable Integer contextLength;
        private @Nullable String chatTemplate;
        private Map<String, String> templateArguments = Map.of();
        private Map<String, Float> adapters = Map.of();
        private @Nullable String serviceTier;
        private @Nullable Duration timeout;
        private @Nullable String user;
        private Map<String, String> metadata = Map.of();
        private Map<String, String> extensions = Map.of();

        private Builder(String model, Prompt prompt) {
            this.model = model;
            this.prompt = prompt;
        }

        public Builder model(String value) {
            model = value;
            return this;
        }

        public Builder prompt(Prompt value) {
            prompt = value;
            return this;
        }

        public Builder tools(List<Tool> value) {
            tools = value;
            return this;
        }

        public Builder toolChoice(ToolChoice value) {
            toolChoice = value;
            return this;
        }

        public Builder parallelToolCalls(@Nullable Boolean value) {
            parallelToolCalls = value;
            return this;
        }

        public Builder responseFormat(ResponseFormat value) {
            responseFormat = value;
            return this;
        }

        public Builder sampling(Sampling value) {
            sampling = value;
            return this;
        }

        public Builder maxTokens(@Nullable Integer value) {
            maxTokens = value;
            return this;
        }

        public Builder stop(List<String> value) {
            stop = value;
            return this;
        }

        public Builder reasoning(ReasoningOptions value) {
            reasoning = value;
            return this;
        }

        public Builder topLogprobs(@Nullable Integer value) {
            topLogprobs = value;
            return this;
        }

        public Builder truncation(Truncation value) {
            truncation = value;
            return this;
        }

        public Builder contextLength(@Nullable Integer value) {
            contextLength = value;
            return this;
        }

        public Builder chatTemplate(@Nullable String value) {
            chatTemplate = value;
            return this;
        }

        public Builder templateArguments(Map<String, String> value) {
            templateArguments = value;
            return this;
        }

        public Builder adapters(Map<String, Float> value) {
            adapters = value;
            return this;
        }

        public Builder serviceTier(@Nullable String value) {
            serviceTier = value;
            return this;
        }

        public Builder timeout(@Nullable Duration value) {
            timeout = value;
            return this;
        }

        public Builder user(@Nullable String value) {
            user = value;
            return this;
        }

        public Builder metadata(Map<String, String> value) {
            metadata = value;
            return this;
        }

        public Builder extensions(Map<String, String> value) {
            extensions = value;
            return this;
        }

        /** @throws DalangException naming the parameter that is wrong */
        public ChatRequest build() {
            return new ChatRequest(
                    model,
                    prompt,
                    tools,
                    toolChoice,
                    parallelToolCalls,
                    responseFormat,
                    sampling,
                    maxTokens,
                    stop,
                    reasoning,
                    topLogprobs,
                    truncation,
                    contextLength,
                    chatTemplate,
                    templateArguments,
                    adapters,
                    serviceTier,
                    timeout,
                    user,
                    metadata,
                    extensions);
        }
    }
}
