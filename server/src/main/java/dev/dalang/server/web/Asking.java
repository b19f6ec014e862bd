package dev.dalang.server.web;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Role;
import dev.dalang.api.Sampling;
import dev.dalang.api.Tool;
import dev.dalang.api.Truncation;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** From the page's settings and messages to a request. */
final class Asking {

    private static final List<String> REASONING = List.of("none", "low", "medium", "high");

    private Asking() {}

    /**
     * @param turns of the branch, the one to answer last
     * @param goOn the last turn is an answer, and goes on
     */
    static ChatRequest request(String model, JsonNode settings, List<Turn> turns, boolean goOn, Caller caller) {
        Fields s = Fields.of(settings, "settings");
        List<Message> messages = new ArrayList<>();
        String system = s.text("system");
        if (system != null && !system.isBlank()) messages.add(Message.system(system));
        for (Turn t : turns) {
            Message m = t.message();
            // An answer that broke off before its first word is none.
            if (m.role() != Role.ASSISTANT || !m.parts().isEmpty()) messages.add(m);
        }
        boolean prefill = goOn && !messages.isEmpty() && messages.getLast().role() == Role.ASSISTANT;
        List<String> stop = s.texts("stop");
        List<Tool> tools = new ArrayList<>();
        List<Fields> declared = s.objects("tools");
        if (declared != null) for (Fields t : declared) tools.add(tool(t));
        ChatRequest request = ChatRequest.builder(model, new Prompt.Conversation(messages, prefill))
                .sampling(sampling(s))
                .maxTokens(s.integer("max_tokens"))
                .stop(stop == null ? List.of() : stop)
                .reasoning(reasoning(s))
                .truncation(s.flag("truncate", false) ? Truncation.DROP_OLDEST : Truncation.REFUSE)
                .tools(tools)
                .user(caller.id())
                .build();
        s.done();
        return request;
    }

    private static Sampling sampling(Fields s) {
        return Sampling.builder()
                .temperature(s.single("temperature"))
                .topP(s.single("top_p"))
                .topK(s.integer("top_k"))
                .minP(s.single("min_p"))
                .repeatPenalty(s.single("repeat_penalty"))
                .presencePenalty(s.single("presence_penalty"))
                .frequencyPenalty(s.single("frequency_penalty"))
                .seed(s.whole("seed"))
                .build();
    }

    private static ReasoningOptions reasoning(Fields s) {
        String effort = s.word("reasoning", REASONING);
        if (effort == null) return ReasoningOptions.DEFAULT;
        if (effort.equals("none")) return ReasoningOptions.of(false);
        return ReasoningOptions.of(ReasoningOptions.Effort.valueOf(effort.toUpperCase(Locale.ROOT)));
    }

    private static Tool tool(Fields t) {
        JsonNode parameters = t.any("parameters");
        return new Tool.Function(
                t.requireText("name"), t.text("description"), parameters == null ? null : Json.text(parameters));
    }

    /** The page's settings, which are kept as they are; checked so that what is kept can be asked with. */
    static JsonNode checked(@Nullable JsonNode settings) {
        JsonNode s = settings == null ? Json.object() : settings;
        if (!s.isObject()) throw DalangException.invalidRequest("settings must be an object", "settings");
        Caller nobody = Caller.all("check");
        ChatRequest ignored = request("check", s, List.of(new Turn("user", "?", Json.object())), false, nobody);
        return ignored.model().isEmpty() ? Json.object() : s;
    }
}
