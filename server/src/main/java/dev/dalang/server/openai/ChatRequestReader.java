package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /v1/chat/completions}: its JSON as a request to the doorway. Every field of OpenAI's API document (2.3.0)
 * is translated, handed on as an extension, or refused by name; docs/OPENAI.md has the table.
 */
public final class ChatRequestReader {

    /** What only some models know; they honour it, refuse it or say that it has no effect. */
    private static final List<String> EXTENSIONS = List.of(
            "audio",
            "moderation",
            "prediction",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "verbosity",
            "web_search_options");

    private ChatRequestReader() {}

    /** What a body asks, for whoever only wants to know its prompt. */
    public static ChatRequest request(JsonNode body) {
        return read(body).request();
    }

    static ChatCall read(JsonNode body) {
        Fields in = Fields.of(body);
        String model = in.requireText("model");
        ChatRequest.Builder request =
                ChatRequest.builder(model, new Prompt.Conversation(MessagesReader.read(in.requireObjects("messages"))));

        SamplingFields.read(in, request);
        Formats.Asked format = format(in);
        request.maxTokens(maxTokens(in))
                .stop(CommonFields.stop(in))
                .reasoning(reasoning(in))
                .topLogprobs(logprobs(in))
                .tools(Tools.CHAT.tools(in))
                .toolChoice(Tools.CHAT.choice(in))
                .parallelToolCalls(in.flag("parallel_tool_calls"))
                .responseFormat(format.format())
                .extensions(extensions(in));
        CommonFields.read(in, request);
        in.refuse("functions", "declare them in tools, which replaced it");
        in.refuse("function_call", "use tool_choice, which replaced it");

        int choices = CommonFields.between(in, "n", 1, CommonFields.MOST_CHOICES, 1);
        boolean stream = in.flag("stream", false);
        boolean usage = CommonFields.includeUsage(in, stream);
        in.done();
        return new ChatCall(request.build(), choices, stream, usage, FieldNames.CHAT.withFormat(format.field()));
    }

    private static @Nullable Integer maxTokens(Fields in) {
        Integer now = in.integer("max_completion_tokens");
        Integer before = in.integer("max_tokens");
        if (now != null && before != null && !now.equals(before)) {
            throw in.invalid("max_tokens", "differs from max_completion_tokens, which replaces it: give one of them");
        }
        return now != null ? now : before;
    }

    private static ReasoningOptions reasoning(Fields in) {
        ReasoningOptions.Effort effort = CommonFields.effort(in, "reasoning_effort");
        return effort == null ? ReasoningOptions.DEFAULT : ReasoningOptions.of(effort);
    }

    private static @Nullable Integer logprobs(Fields in) {
        boolean wanted = in.flag("logprobs", false);
        if (in.has("top_logprobs") && !wanted) throw in.invalid("top_logprobs", "needs logprobs: true");
        int top = CommonFields.between(in, "top_logprobs", 0, CommonFields.MOST_LOGPROBS, 0);
        return wanted ? top : null;
    }

    private static Formats.Asked format(Fields in) {
        Fields format = in.object("response_format");
        ResponseFormat asked = format == null ? new ResponseFormat.Text() : Formats.chat(format);
        Formats.Asked local = Formats.local(in);
        if (local == null) return new Formats.Asked(asked, "response_format");
        if (!(asked instanceof ResponseFormat.Text)) {
            throw in.invalid("response_format", "cannot be combined with grammar or structured_outputs");
        }
        return local;
    }

    private static Map<String, String> extensions(Fields in) {
        Map<String, String> found = CommonFields.extensions(in, EXTENSIONS);
        List<String> modalities = in.texts("modalities");
        // An answer in text is what everybody gives.
        if (modalities != null && !modalities.equals(List.of("text"))) {
            found.put("modalities", Json.text(in.requireAny("modalities")));
        }
        if (in.flag("store", false)) found.put("store", "true");
        return new LinkedHashMap<>(found);
    }
}
