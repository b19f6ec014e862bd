package dev.dalang.server.ollama;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.TokenScore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A streamed answer as lines: one for each piece of text or thought, one for each tool call, whole, and at last one with
 * {@code done}, which says how it ended and what it took.
 */
final class AnswerLines implements Consumer<ChatEvent> {

    /** A tool call whose arguments still grow. */
    private record Call(ChatEvent.ToolCallStarted start, StringBuilder arguments) {}

    private final AnswerForm form;
    private final String model;
    private final Function<String, int @Nullable []> context;
    private final Consumer<ObjectNode> out;
    private final Map<Integer, Call> calls = new HashMap<>();
    private final List<ChatEvent.Notice> notices;
    private final List<TokenScore> scores = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    /**
     * @param context the tokens of the conversation with this answer's text, or null for none
     * @param notices what there is to say already
     */
    AnswerLines(
            AnswerForm form,
            String model,
            List<ChatEvent.Notice> notices,
            Function<String, int @Nullable []> context,
            Consumer<ObjectNode> out) {
        this.form = form;
        this.model = model;
        this.notices = new ArrayList<>(notices);
        this.context = context;
        this.out = out;
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {}
            case ChatEvent.PromptProgress e -> {}
            case ChatEvent.TextStarted e -> {}
            case ChatEvent.TextDelta e -> text(e.text());
            case ChatEvent.RefusalDelta e -> text(e.text());
            case ChatEvent.ReasoningDelta e -> {
                if (!e.text().isEmpty()) line(o -> form.thinking(o, e.text()));
            }
            case ChatEvent.ToolCallStarted e -> calls.put(e.index(), new Call(e, new StringBuilder()));
            case ChatEvent.ToolCallDelta e -> {
                Call c = calls.get(e.index());
                if (c != null) c.arguments.append(e.arguments());
            }
            case ChatEvent.ToolCallFinished e -> call(calls.remove(e.index()));
            case ChatEvent.MediaPart e -> line(o -> form.picture(o, e.part()));
            case ChatEvent.TokenScores e -> scores.addAll(e.tokens());
            case ChatEvent.Notice e -> notices.add(e);
            case ChatEvent.TextAnnotation e -> leftOut("citations");
            case ChatEvent.ReasoningSignature e -> leftOut("signed reasoning");
            case ChatEvent.ReasoningRedacted e -> leftOut("sealed reasoning");
            case ChatEvent.OpaquePart e -> leftOut(e.part().type());
            case ChatEvent.Finished e -> finish(e);
        }
    }

    private void text(String piece) {
        if (piece.isEmpty()) return;
        text.append(piece);
        line(o -> form.text(o, piece));
    }

    private void call(@Nullable Call c) {
        if (c == null) return;
        line(o -> form.call(o, c.start.index(), c.start.id(), c.start.name(), c.arguments.toString()));
    }

    private void finish(ChatEvent.Finished e) {
        // Calls whose end never came.
        calls.values().forEach(this::call);
        ObjectNode last = form.empty(model);
        AnswerForm.scores(last, scores);
        AnswerForm.finish(last, e.reason(), e.usage(), e.timings(), context.apply(text.toString()), notices);
        out.accept(last);
    }

    private void line(Consumer<ObjectNode> fill) {
        ObjectNode line = form.empty(model);
        fill.accept(line);
        AnswerForm.scores(line, scores);
        scores.clear();
        out.accept(line);
    }

    /** What other dialects have a place for and this one has none. */
    private void leftOut(String what) {
        ChatEvent.Notice notice = new ChatEvent.Notice(
                "left_out", what + " of the answer has no place in Ollama's form and was left out");
        if (!notices.contains(notice)) notices.add(notice);
    }
}
