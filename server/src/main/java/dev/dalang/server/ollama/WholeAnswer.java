package dev.dalang.server.ollama;

import dev.dalang.api.ChatEvent;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The lines of an answer put together to one, for {@code "stream": false}. */
final class WholeAnswer implements Consumer<ChatEvent> {

    private final AnswerForm form;
    private final AnswerLines lines;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final ObjectNode gathered;
    private @Nullable ObjectNode last;

    WholeAnswer(
            AnswerForm form, String model, List<ChatEvent.Notice> notices, Function<String, int @Nullable []> context) {
        this.form = form;
        this.gathered = form.empty(model);
        this.lines = new AnswerLines(form, model, notices, context, this::add);
    }

    @Override
    public void accept(ChatEvent event) {
        lines.accept(event);
    }

    private void add(ObjectNode line) {
        boolean chat = form == AnswerForm.CHAT;
        JsonNode said = chat ? line.path("message") : line;
        text.append(said.path(chat ? "content" : "response").asString(""));
        thinking.append(said.path("thinking").asString(""));
        ObjectNode all = chat ? gathered.withObject("message") : gathered;
        for (String list : List.of("tool_calls", "images")) {
            said.path(list).forEach(all.withArray(list)::add);
            if (all.withArray(list).isEmpty()) all.remove(list);
        }
        line.path("logprobs").forEach(gathered.withArray("logprobs")::add);
        if (line.path("done").asBoolean(false)) last = line;
    }

    /** The whole answer; its end has come. */
    ObjectNode answer() {
        ObjectNode end = last;
        if (end == null) throw new IllegalStateException("an answer that has not ended");
        form.text(gathered, text.toString());
        if (!thinking.isEmpty()) form.thinking(gathered, thinking.toString());
        if (gathered.path("logprobs").isEmpty()) gathered.remove("logprobs");
        for (var e : end.properties()) {
            boolean ofPieces = e.getKey().equals("message")
                    || e.getKey().equals("response")
                    || e.getKey().equals("logprobs");
            if (!ofPieces) gathered.set(e.getKey(), e.getValue());
        }
        return gathered;
    }
}
