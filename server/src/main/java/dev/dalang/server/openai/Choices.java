package dev.dalang.server.openai;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Several answers at once ({@code n}, {@code best_of}, several prompts): the doorway gives one for each request, so it is
 * asked that often, together. A model with a prefix cache reads a shared prompt once.
 */
final class Choices {

    private Choices() {}

    /** A request for each choice. A seed that is given makes the whole reproducible, and the choices still differ. */
    static List<ChatRequest> requests(ChatRequest request, int count) {
        List<ChatRequest> all = new ArrayList<>(count);
        Long seed = request.sampling().seed();
        for (int i = 0; i < count; i++) {
            all.add(
                    seed == null || i == 0
                            ? request
                            : request.toBuilder()
                                    .sampling(request.sampling().toBuilder()
                                            .seed(seed + i)
                                            .build())
                                    .build());
        }
        return all;
    }

    /**
     * Asks, and returns when all answers are complete. When one fails the others are cancelled, and its failure is thrown.
     *
     * @param names what a refusal calls the request's fields
     * @param events takes the events of each choice; those of different choices come on different threads
     */
    static void ask(
            ChatModel model,
            List<ChatRequest> requests,
            FieldNames names,
            Cancellation cancellation,
            IntFunction<Consumer<ChatEvent>> events) {
        if (requests.size() == 1) {
            names.during(() -> model.chat(requests.getFirst(), cancellation, whole(events.apply(0))));
            return;
        }
        Cancellation together = new Cancellation();
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(requests.size());
        try (Cancellation.Registration _ = cancellation.onCancel(together::cancel)) {
            List<Runnable> asks = new ArrayList<>();
            for (int i = 0; i < requests.size(); i++) {
                ChatRequest request = requests.get(i);
                Consumer<ChatEvent> to = whole(events.apply(i));
                asks.add(() -> {
                    try {
                        names.during(() -> model.chat(request, together, to));
                    } catch (RuntimeException e) {
                        if (failure.compareAndSet(null, e)) together.cancel();
                    } catch (Error e) {
                        if (failure.compareAndSet(null, new IllegalStateException(e))) together.cancel();
                    } finally {
                        done.countDown();
                    }
                });
            }
            for (int i = 1; i < asks.size(); i++) {
                Thread.ofVirtual().name("choice-" + i).start(asks.get(i));
            }
            // On the caller's own thread, which the chain may have bound something to.
            asks.getFirst().run();
            await(done, together);
        }
        RuntimeException first = failure.get();
        if (first != null) throw first;
    }

    private static void await(CountDownLatch done, Cancellation together) {
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                together.cancel();
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** What was cut off is not given out as if it were whole. */
    private static Consumer<ChatEvent> whole(Consumer<ChatEvent> events) {
        return event -> {
            if (event instanceof ChatEvent.Finished f && f.reason() == FinishReason.CANCELLED) {
                throw new DalangException(new Failure.Overloaded("the answer was cut off before its end", null));
            }
            events.accept(event);
        };
    }
}
