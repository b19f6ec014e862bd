package dev.dalang.server.llamacpp;

import dev.dalang.engine.generate.LocalRanker;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /rerank} and {@code /v1/rerank}: documents by how well they answer, in Jina's form, or with {@code texts} in TEI's. */
final class RerankEndpoint {

    private final ServedModels models;
    private final OneModel one;

    RerankEndpoint(ServedModels models, OneModel one) {
        this.models = models;
        this.one = one;
    }

    void rerank(Exchange x) {
        Fields f = x.fields();
        String query = f.requireText("query");
        boolean tei = f.has("texts");
        List<String> texts = f.texts(tei ? "texts" : "documents");
        if (texts == null || texts.isEmpty())
            throw f.invalid(tei ? "texts" : "documents", "must hold at least one text");
        Integer most = f.integer("top_n");
        if (most != null && most < 1) throw f.invalid("top_n", "must be at least 1, not " + most);
        boolean shows = f.flag(tei ? "return_text" : "return_documents", false);
        String model = one.name(x, f.text("model"));
        f.done();
        LocalRanker.Ranking r = models.withLocal(
                model,
                x.caller(),
                x.cancellation(),
                m -> new LocalRanker(model, m.runner(), m.tokenizer()).rank(query, texts, x.cancellation()));
        ArrayNode rows = Json.array();
        IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -r.scores()[i]))
                .limit(most == null ? texts.size() : most)
                .forEach(i -> {
                    ObjectNode row = rows.addObject().put("index", i);
                    row.put(tei ? "score" : "relevance_score", r.scores()[i]);
                    if (shows) row.put(tei ? "text" : "document", texts.get(i));
                });
        x.send(200, tei ? rows : jina(model, rows, r.tokens()));
    }

    private static JsonNode jina(String model, ArrayNode rows, int tokens) {
        ObjectNode out = Json.object().put("model", model).put("object", "list");
        out.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        out.set("results", rows);
        return out;
    }
}
