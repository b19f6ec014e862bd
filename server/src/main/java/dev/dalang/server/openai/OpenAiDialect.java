package dev.dalang.server.openai;

import dev.dalang.server.ServedModels;
import dev.dalang.server.anthropic.AnthropicModels;
import dev.dalang.server.guard.Guard.RequestHead;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.Endpoint;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Routes;
import java.util.Map;

/** OpenAI's API: chat, completions, embeddings, models. Responses and batches are dialects beside it. */
public final class OpenAiDialect implements Dialect {

    private final ChatEndpoint chat;
    private final CompletionsEndpoint completions;
    private final EmbeddingsEndpoint embeddings;
    private final ModelsEndpoint models;

    public OpenAiDialect(ServedModels served) {
        this.chat = new ChatEndpoint(served.in("openai-chat"));
        this.completions = new CompletionsEndpoint(served.in("openai-completions"));
        this.embeddings = new EmbeddingsEndpoint(served);
        this.models = new ModelsEndpoint(served);
    }

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public ErrorShape errors() {
        return OpenAiErrors.CHAT;
    }

    @Override
    public ErrorShape errors(RequestHead head) {
        return switch (head.path()) {
            case "/v1/completions" -> OpenAiErrors.COMPLETIONS;
            case "/v1/embeddings" -> OpenAiErrors.EMBEDDINGS;
            case String path
            when path.startsWith("/v1/models") && AnthropicModels.wanted(head) -> AnthropicModels.ERRORS;
            default -> OpenAiErrors.CHAT;
        };
    }

    @Override
    public void routes(Routes routes) {
        routes.post("/v1/chat/completions", Scope.INFERENCE, guarded(chat::handle))
                .post("/v1/completions", Scope.INFERENCE, guarded(completions::handle))
                .post("/v1/embeddings", Scope.INFERENCE, guarded(embeddings::handle))
                .get("/v1/models", Scope.READ, guarded(models::list))
                .get("/v1/models/{+id}", Scope.READ, guarded(models::get));
    }

    /** The endpoints that batches may use, by their path. */
    public static Map<String, WholeAnswers> forBatches(ServedModels served) {
        return Map.of(
                "/v1/chat/completions", new ChatEndpoint(served),
                "/v1/completions", new CompletionsEndpoint(served),
                "/v1/embeddings", new EmbeddingsEndpoint(served));
    }

    private static Endpoint guarded(Endpoint endpoint) {
        return Guarded.of(endpoint);
    }
}
