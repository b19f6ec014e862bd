package dev.dalang.server.ollama;

import dev.dalang.hub.pull.Pulling;
import dev.dalang.hub.store.Library;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Routes;
import org.jspecify.annotations.Nullable;

/** Ollama's API, {@code /api/…}. */
public final class OllamaDialect implements Dialect {

    /** What tools look for at {@code /} to find a server of Ollama's; browsers get a page there. */
    public static final String ALIVE = "Ollama is running";

    private final ErrorShape errors = new OllamaErrors();
    private final AnswerEndpoints answers;
    private final EmbedEndpoints vectors;
    private final ModelEndpoints lists;
    private final ShowEndpoint shows;
    private final StoreEndpoints store;
    private final CreateEndpoint creates;

    /**
     * @param library whose store may be changed here
     * @param pulling null where this server fetches no models
     * @param changed told after models came or went
     * @param version Dalang's own
     */
    public OllamaDialect(
            ServedModels models, Library library, @Nullable Pulling pulling, Runnable changed, String version) {
        ModelShelf shelf = new ModelShelf(library);
        this.answers = new AnswerEndpoints(models.in("ollama"));
        this.vectors = new EmbedEndpoints(models);
        this.lists = new ModelEndpoints(models, version);
        this.shows = new ShowEndpoint(models, shelf);
        this.store = new StoreEndpoints(models, shelf, pulling, changed);
        this.creates = new CreateEndpoint(models, shelf, changed);
    }

    @Override
    public String name() {
        return "ollama";
    }

    @Override
    public ErrorShape errors() {
        return errors;
    }

    @Override
    public void routes(Routes routes) {
        routes.post("/api/chat", Scope.INFERENCE, answers::chat);
        routes.post("/api/generate", Scope.INFERENCE, answers::generate);
        routes.post("/api/embed", Scope.INFERENCE, vectors::embed);
        routes.post("/api/embeddings", Scope.INFERENCE, vectors::embeddings);
        routes.get("/api/tags", Scope.READ, lists::tags);
        routes.get("/api/ps", Scope.READ, lists::ps);
        routes.get("/api/version", Scope.READ, lists::version);
        routes.post("/api/show", Scope.READ, shows::show);
        routes.post("/api/pull", Scope.ADMIN, store::pull);
        routes.post("/api/push", Scope.ADMIN, store::push);
        routes.post("/api/create", Scope.ADMIN, creates::create);
        routes.post("/api/copy", Scope.ADMIN, store::copy);
        routes.delete("/api/delete", Scope.ADMIN, store::delete);
        routes.head("/api/blobs/{digest}", Scope.ADMIN, store::hasBlob);
        routes.post("/api/blobs/{digest}", Scope.ADMIN, store::uploadBlob);
    }
}
