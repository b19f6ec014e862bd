package dev.dalang.server.openai;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Usage;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/chat/completions}. */
final class ChatEndpoint implements WholeAnswers {

    private final ServedModels models;

    ChatEndpoint(ServedModels models) {
        this.models = models;
    }

    void handle(Exchange exchange) {
        ChatCall call = ChatRequestReader.read(exchange.json());
        ChatModel model = models.chat(call.request().model(), exchange.caller());
        if (call.stream()) stream(exchange, call, model);
        else exchange.send(200, whole(call, model, exchange.cancellation()));
    }

    @Override
    public OpenAiErrors errors() {
        return OpenAiErrors.CHAT;
    }

    @Override
    public ObjectNode answer(
            JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, Cancellation cancellation) {
        ChatCall read = ChatRequestReader.read(body);
        ChatCall call = new ChatCall(adapt.apply(read.request()), read.choices(), false, false, read.names());
        return whole(call, models.chat(call.request().model(), caller), cancellation);
    }

    private static ObjectNode whole(ChatCall call, ChatModel model, Cancellation cancellation) {
        List<Collected> answers =
                Stream.generate(Collected::new).limit(call.choices()).toList();
        Choices.ask(model, Choices.requests(call.request(), call.choices()), call.names(), cancellation, answers::get);
        return ChatWriter.write(answers, call.request().topLogprobs() != null);
    }

    private static void stream(Exchange exchange, ChatCall call, ChatModel model) {
        LazyEvents out = new LazyEvents(exchange);
        ChatChunks.Head head = new ChatChunks.Head("chat.completion.chunk", call.includeUsage());
        List<Usage> usages = new ArrayList<>();
        boolean logprobs = call.request().topLogprobs() != null;
        Choices.ask(
                model,
                Choices.requests(call.request(), call.choices()),
                call.names(),
                exchange.cancellation(),
                i -> counting(out, usages, new ChatChunks(head, i, logprobs, out::data)));
        if (call.includeUsage()) out.data(head.last(usages));
        out.done();
    }

    /** Also keeps a silent stream alive while a long prompt is read. */
    private static Consumer<ChatEvent> counting(LazyEvents out, List<Usage> usages, Consumer<ChatEvent> chunks) {
        return event -> {
            if (event instanceof ChatEvent.Finished f) {
                synchronized (usages) {
                    usages.add(f.usage());
                }
            }
            if (event instanceof ChatEvent.PromptProgress(int done, int total)) out.progress(done, total);
            chunks.accept(event);
        };
    }
}
