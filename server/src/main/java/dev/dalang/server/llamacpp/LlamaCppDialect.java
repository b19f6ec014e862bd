package dev.dalang.server.llamacpp;

import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.Routes;
import java.util.List;

/** What llama.cpp's server has beside OpenAI's API: tokens, templates, completions, filling in the middle, ranking. */
public final class LlamaCppDialect implements Dialect {

    private final ErrorShape errors = new LlamaCppErrors();
    private final TokenEndpoints tokens;
    private final CompletionEndpoints completions;
    private final TemplateEndpoint templates;
    private final RerankEndpoint ranks;
    private final PropsEndpoint props;
    private final SlotsEndpoint slots;

    /** @param version Dalang's own */
    public LlamaCppDialect(ServedModels models, String version) {
        OneModel one = new OneModel(models);
        this.tokens = new TokenEndpoints(models, one);
        this.completions = new CompletionEndpoints(models.in("llamacpp"), one);
        this.templates = new TemplateEndpoint(models, one);
        this.ranks = new RerankEndpoint(models, one);
        this.props = new PropsEndpoint(models, one, version);
        this.slots = new SlotsEndpoint(models);
    }

    @Override
    public String name() {
        return "llamacpp";
    }

    @Override
    public ErrorShape errors() {
        return errors;
    }

    @Override
    public void routes(Routes routes) {
        routes.post("/tokenize", Scope.INFERENCE, tokens::tokenize);
        routes.post("/detokenize", Scope.INFERENCE, tokens::detokenize);
        routes.post("/completion", Scope.INFERENCE, completions::completion);
        routes.post("/completions", Scope.INFERENCE, completions::completion);
        routes.post("/infill", Scope.INFERENCE, completions::infill);
        routes.post("/apply-template", Scope.INFERENCE, templates::apply);
        for (String path : List.of("/rerank", "/reranking", "/v1/rerank", "/v1/reranking")) {
            routes.post(path, Scope.INFERENCE, ranks::rerank);
        }
        routes.get("/props", Scope.READ, props::props);
        routes.get("/slots", Scope.READ, slots::slots);
    }
}
