package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.server.http.Fields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/completions}: text that goes on, without a chat template. */
final class CompletionRequestReader {

    /** What OpenAI writes when nobody says how much. */
    private static final int USUAL_TOKENS = 16;

    private static final int MOST_PROMPTS = 128;
    private static final int MOST_LOGPROBS = 5;

    /**
     * @param requests one for each prompt
     * @param choices answers for each prompt
     * @param bestOf answers asked for, of which the likeliest {@code choices} are given
     * @param names what refusals call its fields
     * @param echo the prompt comes first in the answer
     */
    record Call(
            List<ChatRequest> requests,
            int choices,
            int bestOf,
            FieldNames names,
            boolean echo,
            boolean logprobs,
            boolean stream,
            boolean includeUsage) {
        Call {
            requests = List.copyOf(requests);
        }
    }

    private CompletionRequestReader() {}

    static Call read(JsonNode body) {
        Fields in = Fields.of(body);
        String model = in.requireText("model");
        List<Prompt> prompts = prompts(in);
        ChatRequest.Builder request = ChatRequest.builder(model, prompts.getFirst());
        SamplingFields.read(in, request);
        int maxTokens = in.integer("max_tokens", USUAL_TOKENS);
        Integer logprobs = logprobs(in);
        Formats.Asked format = Formats.local(in);
        request.maxTokens(maxTokens).stop(CommonFields.stop(in)).topLogprobs(logprobs);
        if (format != null) request.responseFormat(format.format());
        CommonFields.read(in, request);

        int choices = CommonFields.between(in, "n", 1, CommonFields.MOST_CHOICES, 1);
        int bestOf = CommonFields.between(in, "best_of", choices, CommonFields.MOST_CHOICES, choices);
        boolean stream = in.flag("stream", false);
        boolean usage = CommonFields.includeUsage(in, stream);
        boolean echo = in.flag("echo", false);
        if (bestOf > choices && stream) {
            throw in.invalid("best_of", "cannot choose the best while they are streamed");
        }
        if (echo && logprobs != null) {
            throw in.invalid("echo", "with logprobs is not supported: the prompt's own tokens are not scored");
        }
        in.done();
        // The likeliest are found by their scores.
        if (bestOf > choices && logprobs == null) request.topLogprobs(0);
        List<ChatRequest> requests =
                prompts.stream().map(p -> request.prompt(p).build()).toList();
        FieldNames names = format == null ? FieldNames.COMPLETIONS : FieldNames.COMPLETIONS.withFormat(format.field());
        return new Call(requests, choices, bestOf, names, echo, logprobs != null, stream, usage);
    }

    private static @Nullable Integer logprobs(Fields in) {
        if (!in.has("logprobs")) {
            in.any("logprobs");
            return null;
        }
        return CommonFields.between(in, "logprobs", 0, MOST_LOGPROBS, 0);
    }

    private static List<Prompt> prompts(Fields in) {
        JsonNode prompt = in.any("prompt");
        String suffix = in.text("suffix");
        List<Prompt> prompts = prompt == null ? List.of(new Prompt.Raw("")) : Prompts.read(in, "prompt", prompt);
        if (prompts.size() > MOST_PROMPTS) {
            throw in.invalid("prompt", "may hold " + MOST_PROMPTS + " prompts, not " + prompts.size());
        }
        if (suffix == null || suffix.isEmpty()) return prompts;
        List<Prompt> between = new ArrayList<>();
        for (Prompt p : prompts) {
            if (!(p instanceof Prompt.Raw raw)) throw in.invalid("suffix", "needs a prompt that is text");
            between.add(new Prompt.Infill(raw.text(), suffix));
        }
        return List.copyOf(between);
    }
}
