package dev.dalang.server.ollama;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Prompt;
import dev.dalang.api.Truncation;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Answers;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/embed} and the older {@code /api/embeddings}. */
final class EmbedEndpoints {

    private final ServedModels models;

    EmbedEndpoints(ServedModels models) {
        this.models = models;
    }

    void embed(Exchange x) {
        Fields f = x.fields();
        String model = RequestReader.name(f);
        List<String> input = f.textOrTexts("input");
        Integer dimensions = f.integer("dimensions");
        boolean truncate = f.flag("truncate", false);
        Duration keepAlive = RequestReader.keepAlive(f);
        List<Notice> notices = options(f);
        f.done();
        ObjectNode out = Json.object().put("model", model);
        ArrayNode vectors = out.putArray("embeddings");
        if (!input.isEmpty()) {
            long start = System.nanoTime();
            EmbeddingResponse r = ask(x, model, input, dimensions, truncate, keepAlive);
            for (float[] v : r.vectors()) add(vectors.addArray(), v);
            out.put("total_duration", System.nanoTime() - start);
            out.put("load_duration", 0L);
            out.put("prompt_eval_count", r.usage().promptTokens());
            notices.addAll(r.notices());
        }
        notices(out, notices);
        x.send(200, out);
    }

    void embeddings(Exchange x) {
        Fields f = x.fields();
        String model = RequestReader.name(f);
        String prompt = f.text("prompt", "");
        boolean truncate = f.flag("truncate", false);
        Duration keepAlive = RequestReader.keepAlive(f);
        List<Notice> notices = options(f);
        f.done();
        ObjectNode out = Json.object();
        ArrayNode vector = out.putArray("embedding");
        if (!prompt.isEmpty()) {
            EmbeddingResponse r = ask(x, model, List.of(prompt), null, truncate, keepAlive);
            add(vector, r.vectors().getFirst());
            notices.addAll(r.notices());
        } else {
            models.find(model, x.caller());
        }
        notices(out, notices);
        x.send(200, out);
    }

    private EmbeddingResponse ask(
            Exchange x,
            String model,
            List<String> texts,
            @Nullable Integer dimensions,
            boolean truncate,
            @Nullable Duration keepAlive) {
        EmbeddingRequest request = new EmbeddingRequest(
                model,
                texts.stream().<Prompt>map(Prompt.Raw::new).toList(),
                dimensions,
                EmbeddingRequest.Purpose.UNSPECIFIED,
                truncate ? Truncation.DROP_OLDEST : Truncation.REFUSE,
                null);
        return models.embedding(model, keepAlive, x.caller()).embed(request, x.cancellation());
    }

    /** Options are of answers and of loading; vectors have none. */
    private static List<Notice> options(Fields f) {
        List<Notice> notices = new ArrayList<>();
        Fields options = f.object("options");
        if (options != null) {
            options.rest((name, json) -> notices.add(
                    new Notice("parameter_without_effect", "options." + name + " has no effect on embeddings")));
        }
        return notices;
    }

    private static void notices(ObjectNode out, List<Notice> notices) {
        if (notices.isEmpty()) return;
        ArrayNode all = out.putArray("notices");
        for (Notice n : notices) all.add(Answers.notice(n));
    }

    private static void add(ArrayNode array, float[] vector) {
        for (float v : vector) array.add(v);
    }
}
