package dev.dalang.server.openai;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.TokenScore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A whole answer, and the scores of exactly the tokens that its text (or refusal) came from. */
final class Collected implements Consumer<ChatEvent> {

    private final ResponseCollector whole = new ResponseCollector();
    private final Scores waiting = new Scores();
    private final List<TokenScore> scores = new ArrayList<>();

    @Override
    public void accept(ChatEvent event) {
        whole.accept(event);
        switch (event) {
            case ChatEvent.TokenScores e -> waiting.add(e.tokens());
            case ChatEvent.TextDelta e -> scores.addAll(waiting.take(e.text()));
            case ChatEvent.RefusalDelta e -> scores.addAll(waiting.take(e.text()));
            case ChatEvent.ReasoningDelta e -> waiting.drop();
            case ChatEvent.ToolCallStarted e -> waiting.drop();
            case ChatEvent.ToolCallDelta e -> waiting.drop();
            default -> {}
        }
    }

    ChatResponse response() {
        return whole.response();
    }

    List<TokenScore> scores() {
        return scores;
    }
}
