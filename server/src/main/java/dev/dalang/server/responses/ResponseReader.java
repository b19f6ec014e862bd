package dev.dalang.server.responses;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseFormat;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.openai.CommonFields;
import dev.dalang.server.openai.Formats;
import dev.dalang.server.openai.SamplingFields;
import dev.dalang.server.openai.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/responses}: its JSON as a request to the doorway. Every field of OpenAI's API document (2.3.0) is
 * translated, handed on as an extension, or refused by name; docs/OPENAI.md has the table.
 */
final class ResponseReader {

    private static final List<String> EXTENSIONS = List.of(
            "context_management",
            "max_tool_calls",
            "moderation",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention");

    private static final String LOGPROBS = "message.output_text.logprobs";
    private static final String ENCRYPTED = "reasoning.encrypted_content";

    /** What OpenAI's API document lets {@code include} name. */
    private static final List<String> INCLUDABLE = List.of(
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            ENCRYPTED,
            LOGPROBS);

    private static final int MOST_ITEMS = 10_000;

    private final Fields in;
    private final Map<String, String> extensions;

    private ResponseReader(JsonNode body) {
        this.in = Fields.of(body);
        this.extensions = CommonFields.extensions(in, EXTENSIONS);
    }

    static ResponseCall read(JsonNode body) {
        return new ResponseReader(body).call();
    }

    private ResponseCall call() {
        String model = in.requireText("model");
        ChatRequest.Builder request = ChatRequest.builder(model, Prompt.user("-"));
        SamplingFields.read(in, request);
        CommonFields.read(in, request);
        List<String> include = include();
        request.maxTokens(in.integer("max_output_tokens"))
                .topLogprobs(logprobs(include))
                .reasoning(reasoning(include.contains(ENCRYPTED)))
                .responseFormat(format())
                .tools(Tools.RESPONSES.tools(in))
                .toolChoice(Tools.RESPONSES.choice(in))
                .parallelToolCalls(in.flag("parallel_tool_calls"));
        in.refuse("conversation", "go on from a response with previous_response_id");
        in.refuse("prompt", "prompt templates are kept by OpenAI; send input and instructions");

        String instructions = in.text("instructions");
        String previous = in.text("previous_response_id");
        List<ObjectNode> items = items();
        if (items.isEmpty() && previous == null) throw in.invalid("input", "is required");
        boolean store = in.flag("store", true);
        boolean background = in.flag("background", false);
        if (background && !store) throw in.invalid("background", "needs store: nobody could ask for the response");
        boolean stream = in.flag("stream", false);
        CommonFields.streamOptions(in, stream);
        in.done();
        ChatRequest settings = request.extensions(extensions).build();
        return new ResponseCall(
                settings, items, instructions, previous, store, background, stream, Echo.of(in, settings));
    }

    /** A text is a user's message. Items that have no id get one, by which they can be referred to. */
    private List<ObjectNode> items() {
        JsonNode input = in.any("input");
        List<ObjectNode> items = new ArrayList<>();
        if (input == null) return items;
        if (input.isString()) {
            ObjectNode message = Json.object()
                    .put("type", "message")
                    .put("id", Ids.next("msg"))
                    .put("role", "user");
            message.putArray("content").addObject().put("type", "input_text").put("text", input.stringValue());
            message.put("status", "completed");
            items.add(message);
            return items;
        }
        List<JsonNode> given = in.array("input");
        if (given == null || given.isEmpty()) throw in.invalid("input", "must not be empty");
        if (given.size() > MOST_ITEMS) throw in.invalid("input", "may hold " + MOST_ITEMS + " items");
        for (int i = 0; i < given.size(); i++) {
            JsonNode node = given.get(i);
            // Whether it is an object is all that matters here; ItemsReader reads it.
            Fields.of(node, "input[" + i + "]");
            items.add(Items.identified((ObjectNode) node));
        }
        return items;
    }

    private List<String> include() {
        List<String> include = in.texts("include");
        if (include == null) return List.of();
        include.forEach(ResponseReader::requireIncludable);
        List<String> further = new ArrayList<>(include);
        further.removeAll(List.of(LOGPROBS, ENCRYPTED));
        if (!further.isEmpty()) {
            var names = Json.array();
            further.forEach(names::add);
            extensions.put("include", Json.text(names));
        }
        return include;
    }

    /** @throws DalangException if OpenAI's API document knows no such thing */
    static void requireIncludable(String wanted) {
        if (INCLUDABLE.contains(wanted)) return;
        throw DalangException.invalidRequest("include must be one of " + String.join(", ", INCLUDABLE), "include");
    }

    private @Nullable Integer logprobs(List<String> include) {
        boolean given = in.has("top_logprobs");
        int top = CommonFields.between(in, "top_logprobs", 0, CommonFields.MOST_LOGPROBS, 0);
        return include.contains(LOGPROBS) || given && top > 0 ? top : null;
    }

    private ReasoningOptions reasoning(boolean encrypted) {
        Fields r = in.object("reasoning");
        if (r == null) return new ReasoningOptions(null, null, null, null, encrypted);
        List<String> summaries = List.of("auto", "concise", "detailed");
        String summary = r.word("summary", summaries);
        String before = r.word("generate_summary", summaries);
        r.refuseUnless("context", "\"auto\"", "which earlier reasoning counts is the chat template's business");
        r.refuse("mode", "there is only one way of reasoning here");
        return new ReasoningOptions(
                null, CommonFields.effort(r, "effort"), null, summary == null ? before : summary, encrypted);
    }

    private ResponseFormat format() {
        Fields text = in.object("text");
        if (text == null) return new ResponseFormat.Text();
        String verbosity = text.word("verbosity", List.of("low", "medium", "high"));
        if (verbosity != null) extensions.put("verbosity", "\"" + verbosity + "\"");
        Fields format = text.object("format");
        return format == null ? new ResponseFormat.Text() : Formats.responses(format);
    }
}
