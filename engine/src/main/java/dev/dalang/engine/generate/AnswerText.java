package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.engine.reply.ReplyParser;
import dev.dalang.engine.sample.StopStrings;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The text side of an answer: pieces in, events out. Reasoning and tool calls are told apart by the reply parser, when
 * there is one; stop strings are looked for in what is left, the answer's own text.
 */
final class AnswerText implements Consumer<ChatEvent> {

    private final List<String> stopStrings;
    private final Consumer<? super ChatEvent> events;
    private StopStrings stops;
    private @Nullable ReplyParser parser;
    private boolean reasoning;
    private int reasoningTokens;
    private boolean called;

    AnswerText(List<String> stopStrings, Consumer<? super ChatEvent> events) {
        this.stopStrings = stopStrings;
        this.events = events;
        this.stops = new StopStrings(stopStrings);
    }

    /** Has the pieces read by a parser, whose events come back to {@link #accept}. */
    void through(ReplyParser replyParser) {
        parser = replyParser;
    }

    /** Text of one token, maybe empty. */
    void piece(String text) {
        if (reasoning) reasoningTokens++;
        if (parser == null) accept(new ChatEvent.TextDelta(text));
        else parser.accept(text, false);
    }

    /** One control token, by its spelling. Without a parser it has no text. */
    void control(String token) {
        if (reasoning) reasoningTokens++;
        if (parser != null) parser.accept(token, true);
    }

    /** The model wrote its last token. */
    void finish() {
        if (parser != null) parser.finish();
        text(stops.finish());
    }

    @Override
    public void accept(ChatEvent event) {
        if (stops.stopped()) return;
        if (event instanceof ChatEvent.TextDelta(String text)) {
            reasoning = false;
            text(stops.push(text));
            return;
        }
        // A stop string does not reach across something that is not text.
        text(stops.finish());
        if (stops.stopped()) return;
        stops = new StopStrings(stopStrings);
        reasoning = event instanceof ChatEvent.ReasoningDelta;
        called |= event instanceof ChatEvent.ToolCallStarted;
        events.accept(event);
    }

    private void text(String text) {
        if (!text.isEmpty()) events.accept(new ChatEvent.TextDelta(text));
    }

    /** Whether a stop string came up: nothing more is given out. */
    boolean stopped() {
        return stops.stopped();
    }

    @Nullable
    String matched() {
        return stops.matched();
    }

    int reasoningTokens() {
        return reasoningTokens;
    }

    /** Whether the model called a tool. */
    boolean called() {
        return called;
    }
}
