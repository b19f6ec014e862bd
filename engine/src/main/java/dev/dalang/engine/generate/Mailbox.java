package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What an answer's events wait in for whoever asked. A slow reader holds nobody up: its answer is written to the end and
 * its memory in the cache given back, while the events, at most as many as the answer has tokens, wait here.
 */
final class Mailbox implements Consumer<ChatEvent> {

    private record Failed(Throwable why) {}

    /** Events, and as the last one maybe a failure. */
    private final BlockingQueue<Object> waiting = new LinkedBlockingQueue<>();

    @Override
    public void accept(ChatEvent event) {
        waiting.add(event);
    }

    void fail(Throwable why) {
        waiting.add(new Failed(why));
    }

    /**
     * Hands the events on until the answer is complete, on the calling thread. Of an answer that is cancelled only its end
     * is handed on, though more may have been written by then.
     *
     * @param cancelled whether nobody wants the answer any more
     * @param leave what to do when this thread is interrupted, or {@code to} throws: nobody wants the answer any more
     */
    void deliver(Consumer<? super ChatEvent> to, BooleanSupplier cancelled, Runnable leave) {
        boolean interrupted = false;
        boolean complete = false;
        try {
            while (!complete) {
                Object next;
                try {
                    next = waiting.take();
                } catch (InterruptedException e) {
                    interrupted = true;
                    leave.run();
                    continue;
                }
                if (next instanceof Failed(Throwable why)) {
                    complete = true;
                    throw sneaky(why);
                }
                ChatEvent event = (ChatEvent) next;
                complete = event instanceof ChatEvent.Finished;
                if (isText(event) && cancelled.getAsBoolean()) continue;
                to.accept(event);
            }
        } finally {
            if (!complete) leave.run();
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    private static boolean isText(ChatEvent event) {
        return switch (event) {
            case ChatEvent.TextDelta t -> true;
            case ChatEvent.ReasoningDelta r -> true;
            case ChatEvent.ToolCallDelta c -> true;
            case ChatEvent.TokenScores s -> true;
            default -> false;
        };
    }

    private static RuntimeException sneaky(Throwable why) {
        if (why instanceof Error e) throw e;
        return why instanceof RuntimeException e ? e : new IllegalStateException(why);
    }
}
