package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.FinishReason;
import java.io.PrintStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it comes: text to {@code out}; reasoning dimmed where somebody reads it; progress and notices to
 * {@code err}. Made for one answer.
 */
final class AnswerPrinter implements Consumer<ChatEvent> {

    /**
     * Where things go.
     *
     * @param out for the answer
     * @param outIsTerminal somebody reads it: control characters that the model wrote are made harmless
     * @param reasoning for the reasoning, or null to leave it out
     * @param styled dim the reasoning
     * @param err for notices
     * @param progress show progress on {@code err}, which is a terminal
     * @param limited the user asked for a longest answer, so that reaching it is no news
     */
    record Layout(
            PrintStream out,
            boolean outIsTerminal,
            @Nullable PrintStream reasoning,
            boolean styled,
            PrintStream err,
            boolean progress,
            boolean limited) {}

    /** Shorter ones are read before anybody could read how far they are. */
    private static final int LONG_PROMPT_TOKENS = 64;

    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Layout layout;
    private final Cancellation cancellation;
    private boolean inReasoning;
    private boolean progressShown;
    private boolean openLine;
    private ChatEvent.@Nullable Finished finished;

    AnswerPrinter(Layout layout, Cancellation cancellation) {
        this.layout = layout;
        this.cancellation = cancellation;
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Started e -> {}
            case ChatEvent.PromptProgress e -> progress(e);
            case ChatEvent.ReasoningDelta e -> reasoning(e.text());
            case ChatEvent.TextStarted e -> {}
            case ChatEvent.TextDelta e -> text(e.text());
            case ChatEvent.RefusalDelta e -> text(e.text());
            case ChatEvent.ToolCallStarted e -> text("\n" + e.name() + " ");
            case ChatEvent.ToolCallDelta e -> text(e.arguments());
            case ChatEvent.ToolCallFinished e -> text("\n");
            case ChatEvent.Notice e -> note(e.message());
            case ChatEvent.Finished e -> finish(e);
            case ChatEvent.ReasoningSignature e -> {}
            case ChatEvent.ReasoningRedacted e -> {}
            case ChatEvent.TextAnnotation e -> {}
            case ChatEvent.MediaPart e -> note("the answer holds a medium that a terminal cannot show");
            case ChatEvent.OpaquePart e -> {}
            case ChatEvent.TokenScores e -> {}
        }
        // The reader is gone (`| head`) or the disk is full: nobody wants the rest.
        if (layout.out().checkError() && cancellation != Cancellation.NONE) cancellation.cancel();
    }

    /** Leaves the terminal as it was: after an error in the middle of an answer too. */
    void close() {
        clearProgress();
        endReasoning(false);
        if (openLine) {
            layout.out().println();
            openLine = false;
        }
        layout.out().flush();
    }

    ChatEvent.@Nullable Finished finished() {
        return finished;
    }

    private void text(String text) {
        clearProgress();
        endReasoning(true);
        if (text.isEmpty()) return;
        layout.out().print(layout.outIsTerminal() ? Text.printable(text) : text);
        layout.out().flush();
        openLine = !text.endsWith("\n");
    }

    private void reasoning(String text) {
        PrintStream to = layout.reasoning();
        if (to == null) return;
        clearProgress();
        if (!inReasoning) {
            inReasoning = true;
            if (layout.styled()) to.print(DIM);
        }
        to.print(Text.printable(text));
        to.flush();
    }

    private void endReasoning(boolean textFollows) {
        PrintStream to = layout.reasoning();
        if (!inReasoning || to == null) return;
        inReasoning = false;
        if (layout.styled()) to.print(PLAIN);
        to.print(textFollows ? "\n\n" : "\n");
        to.flush();
    }

    private void progress(ChatEvent.PromptProgress e) {
        if (!layout.progress() || e.total() < LONG_PROMPT_TOKENS) return;
        progressShown = true;
        layout.err()
                .print(CLEAR_LINE
                        + Text.format(
                                "reading the prompt: %d of %d tokens (%d%%)",
                                e.done(), e.total(), 100L * e.done() / e.total()));
        layout.err().flush();
    }

    private void clearProgress() {
        if (!progressShown) return;
        progressShown = false;
        layout.err().print(CLEAR_LINE);
        layout.err().flush();
    }

    private void note(String message) {
        close();
        layout.err().println("dalang: " + Text.oneLine(message));
        layout.err().flush();
    }

    private void finish(ChatEvent.Finished e) {
        finished = e;
        close();
        if (e.reason() == FinishReason.CONTEXT_FULL) note("the answer was cut off: the context is full");
        if (e.reason() == FinishReason.LENGTH && !layout.limited()) note("the answer was cut off: it grew too long");
        if (e.reason() == FinishReason.CONTENT_FILTER) note("the answer was cut off by a content filter");
    }
}
