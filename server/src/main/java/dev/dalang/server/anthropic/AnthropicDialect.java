package dev.dalang.server.anthropic;

import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Anthropic's Messages API: {@code /v1/messages} and {@code /v1/messages/count_tokens}. Its {@code /v1/models} is the OpenAI
 * dialect's route, which calls {@link AnthropicModels} for clients of this one.
 */
public final class AnthropicDialect implements Dialect {

    private final ServedModels models;
    private final ErrorShape errors = new AnthropicErrors();

    public AnthropicDialect(ServedModels models) {
        this.models = models.in("anthropic");
    }

    @Override
    public String name() {
        return "anthropic";
    }

    @Override
    public ErrorShape errors() {
        return errors;
    }

    @Override
    public void routes(Routes routes) {
        routes.post("/v1/messages", Scope.INFERENCE, this::messages);
        routes.post("/v1/messages/count_tokens", Scope.INFERENCE, this::countTokens);
    }

    private void messages(Exchange x) {
        MessagesReader.Read read = MessagesReader.read(x.fields(), betas(x));
        ChatRequest request = read.request();
        ChatModel model = models.chat(request.model(), x.caller());
        if (read.stream()) {
            model.chat(request, x.cancellation(), new MessageStream(read.hidesThinking(), new Lazy(x)));
        } else {
            x.send(200, MessageWriter.write(model.complete(request, x.cancellation()), read.hidesThinking()));
        }
    }

    private void countTokens(Exchange x) {
        ChatRequest request = MessagesReader.readForCount(x.fields(), betas(x));
        int tokens = models.chat(request.model(), x.caller()).countTokens(request);
        x.send(200, Json.object().put("input_tokens", tokens));
    }

    private static @Nullable String betas(Exchange x) {
        List<String> all = x.headers("anthropic-beta");
        return all.isEmpty() ? null : String.join(",", all);
    }

    /** Begins the stream with its first event, so that what fails before has a status of its own. */
    private static final class Lazy implements BiConsumer<String, ObjectNode> {
        private final Exchange exchange;
        private @Nullable EventStream stream;

        Lazy(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void accept(String event, ObjectNode data) {
            if (stream == null) stream = exchange.events();
            stream.event(event, data);
        }
    }
}
