package dev.dalang.server.web;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.engine.arch.AttentionWatch;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.engine.kernel.AttentionShape;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model from within: what it is made of, and what it makes of a text. */
final class InsideRoutes {

    /** Looking costs a row of logits for each position, and no picture is wider. */
    static final int MOST_TOKENS = 256;

    private static final int CANDIDATES = 12;

    private final ServedModels models;

    InsideRoutes(ServedModels models) {
        this.models = models;
    }

    void routes(Routes routes) {
        routes.get("/dalang/inside/anatomy/{+model}", Scope.READ, this::anatomy);
        routes.post("/dalang/inside/tokens", Scope.INFERENCE, this::tokens);
        routes.post("/dalang/inside/predict", Scope.INFERENCE, this::predict);
        routes.post("/dalang/inside/attention", Scope.INFERENCE, this::attention);
    }

    private void anatomy(Exchange x) {
        String model = x.pathParameter("model");
        try (ModelSource source = ModelSources.open(models.file(model, x.caller()))) {
            x.send(200, Anatomy.of(model, source));
        }
    }

    /** A text, or a user's message in the model's chat template, as tokens. */
    private void tokens(Exchange x) {
        Fields f = x.fields();
        String model = f.requireText("model");
        String text = f.requireText("text");
        boolean chat = f.flag("chat", false);
        f.done();
        ObjectNode answer = models.withLocal(model, x.caller(), x.cancellation(), local -> {
            Prompt prompt = chat ? Prompt.user(text) : new Prompt.Raw(text);
            int[] ids = local.prompts()
                    .whole(ChatRequest.builder(model, prompt).build())
                    .ids();
            ObjectNode node = Json.object();
            node.set("tokens", nodes(local.tokenizer(), ids));
            return node.put("kind", local.tokenizer().kind())
                    .put("vocabulary", local.tokenizer().vocabularySize())
                    .put("most", MOST_TOKENS);
        });
        x.send(200, answer);
    }

    /** What the model expects after each position. */
    private void predict(Exchange x) {
        Fields f = x.fields();
        String model = f.requireText("model");
        int[] ids = ids(f);
        f.done();
        ObjectNode answer = models.withLocal(model, x.caller(), x.cancellation(), local -> {
            ArrayNode positions = Json.array();
            ObjectNode node = Json.object();
            try (Sequence sequence = local.runner().newSequence()) {
                local.runner().evaluateAll(sequence, ids, (i, logits) -> {
                    Distribution d = new Distribution(logits, local.tokenizer().vocabularySize());
                    int next = i + 1 < ids.length ? ids[i + 1] : -1;
                    positions.add(position(local.tokenizer(), d, next));
                    if (next < 0) node.set("last", last(local.tokenizer(), d));
                });
            }
            node.set("positions", positions);
            return node;
        });
        x.send(200, answer);
    }

    private static ObjectNode position(Tokenizer tokenizer, Distribution d, int next) {
        ArrayNode candidates = Json.array();
        for (int id : d.likeliest(CANDIDATES))
            candidates.add(token(tokenizer, id).put("p", d.probability(id)));
        ObjectNode node = Json.object().put("entropy", d.entropyBits());
        node.set("candidates", candidates);
        // A token that the vocabulary's extension lacks has no probability to show.
        if (next >= 0 && next < d.size()) node.put("p", d.probability(next)).put("rank", d.rank(next));
        return node;
    }

    /** Enough of the last distribution that the page can show what temperature and top-p make of it. */
    private static ObjectNode last(Tokenizer tokenizer, Distribution d) {
        ArrayNode top = Json.array();
        for (int id : d.likeliest(Distribution.SHOWN))
            top.add(token(tokenizer, id).put("logit", d.logit(id)));
        ArrayNode rest = Json.array();
        for (Distribution.Bucket b : d.rest()) {
            ArrayNode pair = Json.array();
            rest.add(pair.add(b.logit()).add(b.count()));
        }
        ObjectNode node = Json.object();
        node.set("top", top);
        node.set("rest", rest);
        return node;
    }

    private void attention(Exchange x) {
        Fields f = x.fields();
        String model = f.requireText("model");
        int[] ids = ids(f);
        int layer = f.integer("layer", 0);
        int head = f.integer("head", 0);
        f.done();
        if (layer < 0 || head < 0) throw DalangException.invalidRequest("layers and heads count from 0", "layer");
        ObjectNode answer = models.withLocal(model, x.caller(), x.cancellation(), local -> {
            AttentionWatch watch = new AttentionWatch(layer, head);
            try (Sequence sequence = local.runner().newSequence()) {
                local.runner().evaluateAll(sequence, ids, (i, logits) -> {}, watch);
            }
            return rows(local, watch, layer, head);
        });
        x.send(200, answer);
    }

    private static ObjectNode rows(LocalModel local, AttentionWatch watch, int layer, int head) {
        AttentionShape shape = watch.shape();
        if (shape == null) {
            throw new DalangException(new Failure.Unsupported(
                    "layer " + layer + " of " + local.name() + " has no attention that can be shown", "attention"));
        }
        if (watch.rows().isEmpty()) {
            throw DalangException.invalidRequest(
                    "layer " + layer + " has " + shape.heads() + " heads, and none is number " + head, "head");
        }
        ArrayNode rows = Json.array();
        for (float[] row : watch.rows()) {
            ArrayNode node = Json.array();
            for (float w : row) node.add(Math.round(w * 1e4) / 1e4);
            rows.add(node);
        }
        ObjectNode answer = Json.object().put("heads", shape.heads()).put("kv_heads", shape.kvHeads());
        answer.set("rows", rows);
        return answer;
    }

    private static int[] ids(Fields f) {
        List<JsonNode> all = f.array("ids");
        if (all == null || all.isEmpty()) throw f.invalid("ids", "must hold at least one token");
        if (all.size() > MOST_TOKENS) throw f.invalid("ids", "may hold " + MOST_TOKENS + " tokens, not " + all.size());
        int[] ids = new int[all.size()];
        for (int i = 0; i < ids.length; i++) {
            if (!all.get(i).canConvertToInt()) throw f.invalid("ids[" + i + "]", "must be a token's number");
            ids[i] = all.get(i).intValue();
        }
        return ids;
    }

    private static ArrayNode nodes(Tokenizer tokenizer, int[] ids) {
        ArrayNode all = Json.array();
        for (int id : ids) all.add(token(tokenizer, id));
        return all;
    }

    private static ObjectNode token(Tokenizer tokenizer, int id) {
        ObjectNode node = Json.object().put("id", id);
        if (id >= tokenizer.vocabularySize())
            return node.put("text", "<" + id + ">").put("control", true);
        if (tokenizer.isControl(id))
            return node.put("text", tokenizer.token(id)).put("control", true);
        byte[] bytes = tokenizer.bytes(id);
        String text = new String(bytes, StandardCharsets.UTF_8);
        // A part of a character is shown by its bytes.
        if (text.indexOf('\uFFFD') >= 0) text = tokenizer.token(id);
        return node.put("text", text);
    }
}
