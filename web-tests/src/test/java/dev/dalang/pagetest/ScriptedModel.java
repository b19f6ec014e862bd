package dev.dalang.pagetest;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Timings;
import dev.dalang.api.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Says what a test wants to see on the page, by the first word of the question; else it talks about what was asked. */
final class ScriptedModel implements ChatModel {

    private final String name;

    /** What a {@code /wait} may still say, word by word. */
    final Semaphore words = new Semaphore(0);

    ScriptedModel(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int countTokens(ChatRequest request) {
        int n = 3;
        for (Message m : messages(request)) n += 4 + m.text().length() / 4;
        return n;
    }

    private static List<Message> messages(ChatRequest request) {
        return request.prompt() instanceof Prompt.Conversation c ? c.messages() : List.of();
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        events.accept(new ChatEvent.Started("scripted", name, Instant.now()));
        events.accept(new ChatEvent.PromptProgress(1, 1));
        Message last = messages(request).getLast();
        String question = messages(request).stream()
                .filter(m -> m.role() == Role.USER)
                .reduce((a, b) -> b)
                .map(Message::text)
                .orElse("");
        FinishReason reason = FinishReason.END_OF_TURN;
        int said = 0;
        if (last.role() == Role.TOOL) {
            said = say("The tool says so.", cancellation, events);
        } else if (last.role() == Role.ASSISTANT) {
            said = say(" And so it goes on.", cancellation, events);
        } else if (question.startsWith("/tool")) {
            events.accept(new ChatEvent.ToolCallStarted(0, "call-1", "weather"));
            events.accept(new ChatEvent.ToolCallDelta(0, "{\"place\":"));
            events.accept(new ChatEvent.ToolCallDelta(0, "\"Solo\"}"));
            events.accept(new ChatEvent.ToolCallFinished(0));
            reason = FinishReason.TOOL_CALLS;
        } else if (question.startsWith("/think")) {
            events.accept(new ChatEvent.ReasoningDelta("First I consider the shadow, "));
            events.accept(new ChatEvent.ReasoningDelta("then the lamp."));
            said = say("The lamp makes the shadow.", cancellation, events);
        } else if (question.startsWith("/wait")) {
            said = waitFor(cancellation, events);
        } else if (question.startsWith("/slow")) {
            said = slowly(cancellation, events);
        } else if (question.startsWith("/hostile")) {
            said = say(Texts.HOSTILE, cancellation, events);
        } else if (question.startsWith("/line")) {
            said = say("x".repeat(1 << 20), cancellation, events);
        } else if (question.startsWith("/table")) {
            said = say(Texts.table(5000), cancellation, events);
        } else if (question.startsWith("/long")) {
            String[] numbers = question.split(" ");
            said = paced(Texts.essay(Integer.parseInt(numbers[1])), Integer.parseInt(numbers[2]), cancellation, events);
        } else {
            said = say(Texts.ANSWER, cancellation, events);
        }
        if (cancellation.isCancelled()) reason = FinishReason.CANCELLED;
        events.accept(new ChatEvent.Finished(
                reason,
                null,
                Usage.of(countTokens(request), said),
                new Timings(
                        Duration.ofMillis(900),
                        null,
                        Duration.ofMillis(100),
                        Duration.ofMillis(700),
                        Duration.ofMillis(140))));
    }

    private int waitFor(Cancellation cancellation, Consumer<? super ChatEvent> events) {
        for (int i = 1; i <= 40; i++) {
            try {
                while (!words.tryAcquire(50, TimeUnit.MILLISECONDS)) if (cancellation.isCancelled()) return i;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return i;
            }
            events.accept(new ChatEvent.TextDelta("word" + i + " "));
        }
        return 40;
    }

    /** A word every few milliseconds, for as long as anybody listens. */
    private static int slowly(Cancellation cancellation, Consumer<? super ChatEvent> events) {
        int i = 0;
        try {
            while (!cancellation.isCancelled()) {
                events.accept(new ChatEvent.TextDelta("word" + ++i + " "));
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return i;
    }

    /** So many tokens of four letters a second. */
    private static int paced(String text, int speed, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        long begin = System.nanoTime();
        int n = 0;
        for (int i = 0; i < text.length() && !cancellation.isCancelled(); i += 4, n++) {
            long early = begin + n * 1_000_000_000L / speed - System.nanoTime();
            if (early > 0) LockSupport.parkNanos(early);
            events.accept(new ChatEvent.TextDelta(text.substring(i, Math.min(text.length(), i + 4))));
        }
        return n;
    }

    /** Piece by piece, as a model would. */
    private static int say(String text, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        int pieces = 0;
        int size = text.length() > 400_000 ? 64 : 4;
        for (int i = 0; i < text.length() && !cancellation.isCancelled(); pieces++) {
            int end = Math.min(text.length(), i + size);
            if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) end++;
            events.accept(new ChatEvent.TextDelta(text.substring(i, end)));
            i = end;
        }
        return pieces;
    }
}
