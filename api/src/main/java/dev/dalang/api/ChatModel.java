package dev.dalang.api;

import java.util.function.Consumer;

/**
 * Whatever answers: a local model, a hosted one, or a link that wraps another (policy, metering, routing).
 *
 * <p>One request gets one answer. A front end whose dialect asks for several choices asks several times; a model with a
 * prefix cache pays for the prompt once.
 */
public interface ChatModel {

    /** The name that requests use for this model. */
    String name();

    /**
     * Answers {@code request}, blocking the calling (virtual) thread until the answer is complete, and delivers its
     * events on that thread, in order, as they come.
     *
     * <p><b>Order.</b> {@link ChatEvent.Started} first; {@link ChatEvent.Finished} last; each exactly once.
     * {@link ChatEvent.PromptProgress} comes only before the first piece of the answer.
     *
     * <p><b>Failure.</b> Every failure, before the first event or in the middle of the answer, is a thrown
     * {@link DalangException}, and then no {@code Finished} has been or will be delivered. There is no failure event:
     * a stream either finishes or throws.
     *
     * <p><b>Cancellation</b> is not a failure: the answer ends soon, with {@link FinishReason#CANCELLED} and the usage
     * up to there, so that it can still be accounted for.
     *
     * <p><b>A consumer that throws</b> ends the answer; the model frees what it holds and lets the exception pass.
     *
     * <p>Safe to call from many threads at once, each with its own request.
     */
    void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events);

    /**
     * How many tokens the request's prompt takes, template and tools included: what {@link Usage#promptTokens} would
     * say, without an answer.
     *
     * @throws DalangException where the model cannot tell, or the request is wrong
     */
    default int countTokens(ChatRequest request) {
        throw DalangException.unsupported(name() + " cannot count tokens without answering", "count_tokens");
    }

    /** The whole answer at once. */
    default ChatResponse complete(ChatRequest request) {
        return complete(request, Cancellation.NONE);
    }

    /** The whole answer at once; what there was of it, with {@link FinishReason#CANCELLED}, when cancelled. */
    default ChatResponse complete(ChatRequest request, Cancellation cancellation) {
        ResponseCollector collector = new ResponseCollector();
        chat(request, cancellation, collector);
        return collector.response();
    }
}
