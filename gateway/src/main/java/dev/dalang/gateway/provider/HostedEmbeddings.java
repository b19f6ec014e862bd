package dev.dalang.gateway.provider;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingRequest.Purpose;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Failure;
import dev.dalang.api.Prompt;
import dev.dalang.api.Truncation;
import dev.dalang.api.Usage;
import dev.dalang.gateway.provider.wire.Counts;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.provider.wire.Line;
import dev.dalang.gateway.provider.wire.Outgoing;
import dev.dalang.net.Abort;
import dev.dalang.net.NetException;
import dev.dalang.net.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A provider's embedding model. */
public final class HostedEmbeddings implements EmbeddingModel {

    /** How requests look. */
    enum Form {
        OPENAI,
        MISTRAL,
        COHERE,
        GEMINI
    }

    private final Line line;
    private final Form form;
    private final Function<String, String> path;
    private final String model;
    private volatile int dimensions;

    HostedEmbeddings(Line line, Form form, Function<String, String> path, String model) {
        this.line = line;
        this.form = form;
        this.path = path;
        this.model = model;
    }

    @Override
    public String name() {
        return line.provider() + "/" + model;
    }

    /** Asks with one word when nothing was asked before: a provider does not say it otherwise. */
    @Override
    public int dimensions() {
        if (dimensions == 0) {
            dimensions = embed(EmbeddingRequest.of(name(), List.of("length")), Cancellation.NONE)
                    .vectors()
                    .getFirst()
                    .length;
        }
        return dimensions;
    }

    @Override
    public EmbeddingResponse embed(EmbeddingRequest request, Cancellation cancellation) {
        ObjectNode body = switch (form) {
            case OPENAI -> openAi(request);
            case MISTRAL -> mistral(request);
            case COHERE -> cohere(request);
            case GEMINI -> gemini(request);
        };
        Abort abort = new Abort();
        String text;
        try (Cancellation.Registration _ = cancellation.onCancel(abort::abort);
                Response response = line.post(new Outgoing(path.apply(model), body), model, false, null, abort)) {
            text = new String(response.bytes(), StandardCharsets.UTF_8);
        } catch (NetException e) {
            throw line.failed(e);
        }
        JsonNode json = Json.parse(text);
        if (json == null || !json.isObject() || json.hasNonNull("error")) {
            throw line.refusals().of(json == null ? 200 : 0, text, null, model);
        }
        List<float[]> vectors = vectors(json, request.inputs().size());
        if (request.dimensions() == null) dimensions = vectors.getFirst().length;
        return new EmbeddingResponse(name(), vectors, usage(json), List.of());
    }

    private ObjectNode openAi(EmbeddingRequest r) {
        // OpenAI's models have one use, and none of its servers shortens an input that is too long.
        ObjectNode out = Json.object().put("model", model);
        ArrayNode input = out.putArray("input");
        for (Prompt p : r.inputs()) {
            if (p instanceof Prompt.Tokens t) {
                ArrayNode ids = input.addArray();
                for (int id : t.ids()) ids.add(id);
            } else {
                input.add(text(p));
            }
        }
        refuse(r.truncation() == Truncation.DROP_OLDEST, "truncation");
        if (r.dimensions() != null) out.put("dimensions", r.dimensions());
        if (r.user() != null) out.put("user", r.user());
        return out.put("encoding_format", "float");
    }

    private ObjectNode mistral(EmbeddingRequest r) {
        refuse(r.truncation() == Truncation.DROP_OLDEST, "truncation");
        ObjectNode out = Json.object().put("model", model);
        ArrayNode input = out.putArray("input");
        for (Prompt p : r.inputs()) input.add(text(p));
        if (r.dimensions() != null) out.put("output_dimension", r.dimensions());
        return out.put("encoding_format", "float");
    }

    private ObjectNode cohere(EmbeddingRequest r) {
        ObjectNode out = Json.object().put("model", model);
        ArrayNode texts = out.putArray("texts");
        for (Prompt p : r.inputs()) texts.add(text(p));
        out.put("input_type", r.purpose() == Purpose.QUERY ? "search_query" : "search_document");
        out.putArray("embedding_types").add("float");
        out.put("truncate", r.truncation() == Truncation.DROP_OLDEST ? "START" : "NONE");
        if (r.dimensions() != null) out.put("output_dimension", r.dimensions());
        return out;
    }

    private ObjectNode gemini(EmbeddingRequest r) {
        refuse(r.truncation() == Truncation.DROP_OLDEST, "truncation");
        ObjectNode out = Json.object();
        ArrayNode requests = out.putArray("requests");
        for (Prompt p : r.inputs()) {
            ObjectNode at = requests.addObject().put("model", "models/" + model);
            at.putObject("content").putArray("parts").addObject().put("text", text(p));
            if (r.purpose() == Purpose.QUERY) at.put("taskType", "RETRIEVAL_QUERY");
            if (r.purpose() == Purpose.DOCUMENT) at.put("taskType", "RETRIEVAL_DOCUMENT");
            if (r.dimensions() != null) at.put("outputDimensionality", r.dimensions());
        }
        return out;
    }

    private String text(Prompt p) {
        if (p instanceof Prompt.Raw raw) return raw.text();
        throw DalangException.unsupported(line.provider() + " embeds texts, not token ids", "input");
    }

    private void refuse(boolean asked, String feature) {
        if (asked) throw DalangException.unsupported(line.provider() + " has no " + feature, feature);
    }

    private List<float[]> vectors(JsonNode json, int wanted) {
        JsonNode list = switch (form) {
            case OPENAI, MISTRAL -> json.path("data");
            case COHERE -> json.path("embeddings").path("float");
            case GEMINI -> json.path("embeddings");
        };
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < wanted; i++) vectors.add(new float[0]);
        int at = 0;
        for (JsonNode item : list.values()) {
            JsonNode values = switch (form) {
                case OPENAI, MISTRAL -> item.path("embedding");
                case COHERE -> item;
                case GEMINI -> item.path("values");
            };
            int index = Json.number(item, "index", at);
            at++;
            if (index < 0 || index >= wanted || values.isEmpty()) throw broken();
            float[] vector = new float[values.size()];
            for (int i = 0; i < vector.length; i++) {
                JsonNode v = values.get(i);
                if (!v.isNumber()) throw broken();
                vector[i] = v.floatValue();
            }
            vectors.set(index, vector);
        }
        int length = vectors.getFirst().length;
        for (float[] v : vectors) if (v.length == 0 || v.length != length) throw broken();
        return vectors;
    }

    private DalangException broken() {
        return new DalangException(
                new Failure.Upstream(line.provider() + " sent embeddings that do not fit what was asked", 200));
    }

    private Usage usage(JsonNode json) {
        Counts c = new Counts(json);
        int tokens = switch (form) {
            case OPENAI, MISTRAL -> c.at("usage.prompt_tokens");
            case COHERE -> c.at("meta.billed_units.input_tokens");
            case GEMINI -> c.at("usageMetadata.promptTokenCount");
        };
        return new Usage(tokens, 0, 0, 0, 0, Map.of());
    }
}
