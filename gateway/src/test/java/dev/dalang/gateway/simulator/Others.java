package dev.dalang.gateway.simulator;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the simulator answers besides chats: lists of models, counts of tokens, embeddings, access tokens. */
final class Others {

    private Others() {}

    static void models(HttpExchange x, String path, boolean known) throws IOException {
        if (!known) {
            send(x, 401, "application/json", new ChatVoice().refusal(401, "Incorrect API key provided."));
        } else if (path.contains("/v1beta/")) {
            send(x, 200, "application/json", "{\"models\":[{\"name\":\"models/gemini-sim\"}]}");
        } else {
            send(
                    x,
                    200,
                    "application/json",
                    "{\"object\":\"list\",\"data\":[{\"id\":\"sim-small\",\"object\":\"model\",\"created\":1790000000,"
                            + "\"owned_by\":\"sim\"},{\"id\":\"sim-large\",\"object\":\"model\",\"created\":1790000000,"
                            + "\"owned_by\":\"sim\"}]}");
        }
    }

    static void post(HttpExchange x, String path, JsonNode body) throws IOException {
        if (path.endsWith("/count_tokens") || path.endsWith("/input_tokens")) {
            send(x, 200, "application/json", "{\"input_tokens\":" + promptTokens(body) + "}");
        } else if (path.endsWith(":countTokens")) {
            JsonNode request = body.path("generateContentRequest");
            send(
                    x,
                    200,
                    "application/json",
                    "{\"totalTokens\":" + promptTokens(request.isObject() ? request : body) + "}");
        } else if (path.endsWith("/embeddings") || path.endsWith("/v2/embed") || path.endsWith(":batchEmbedContents")) {
            embeddings(x, path, body);
        } else if (path.endsWith("/token")) {
            send(
                    x,
                    200,
                    "application/json",
                    "{\"access_token\":\"" + Simulator.KEY + "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
        } else {
            send(x, 404, "application/json", new ChatVoice().refusal(404, "Unknown request URL: POST " + path));
        }
    }

    private static void embeddings(HttpExchange x, String path, JsonNode body) throws IOException {
        ObjectNode out = Trees.object();
        if (path.endsWith("/v2/embed")) {
            out.put("id", "sim").put("response_type", "embeddings_by_type");
            ArrayNode vectors = out.putObject("embeddings").putArray("float");
            body.path("texts").values().forEach(t -> vectors.add(vector(t.stringValue())));
            out.set("texts", body.path("texts"));
            ObjectNode meta = out.putObject("meta");
            meta.putObject("api_version").put("version", "2");
            meta.putObject("billed_units")
                    .put("input_tokens", body.path("texts").size());
        } else if (path.endsWith(":batchEmbedContents")) {
            ArrayNode vectors = out.putArray("embeddings");
            body.path("requests")
                    .values()
                    .forEach(r -> vectors.addObject()
                            .set(
                                    "values",
                                    vector(r.path("content")
                                            .path("parts")
                                            .path(0)
                                            .path("text")
                                            .stringValue())));
        } else {
            if (path.startsWith("/mistral/")) out.put("id", "embd-sim");
            ArrayNode data = out.put("object", "list")
                    .put("model", Trees.text(body, "model"))
                    .putArray("data");
            // Out of order, as the index allows.
            for (int i = body.path("input").size() - 1; i >= 0; i--) {
                data.addObject()
                        .put("object", "embedding")
                        .put("index", i)
                        .set("embedding", vector(body.path("input").get(i).toString()));
            }
            out.putObject("usage")
                    .put("prompt_tokens", body.path("input").size())
                    .put("total_tokens", body.path("input").size());
        }
        send(x, 200, "application/json", out.toString());
    }

    private static ArrayNode vector(String text) {
        return Trees.array().add(text.replace("\"", "").length()).add(0.5).add(-0.25);
    }

    /** One token for each word in what a person or a program wrote. */
    static int promptTokens(JsonNode body) {
        int[] words = {0};
        for (String field :
                new String[] {"messages", "prompt", "input", "instructions", "system", "contents", "systemInstruction"
                }) {
            count(body.path(field), words);
        }
        return Math.max(1, words[0]);
    }

    private static void count(JsonNode node, int[] words) {
        if (node.isString()) words[0] += node.stringValue().strip().split("\\s+").length;
        else if (node.isObject()) {
            node.properties().forEach(e -> {
                if (List.of("text", "content", "parts", "output", "role").contains(e.getKey()))
                    count(e.getValue(), words);
            });
        } else node.values().forEach(n -> count(n, words));
    }

    static void send(HttpExchange x, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        x.getResponseHeaders().set("Content-Type", type);
        x.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) x.getResponseBody().write(bytes);
    }
}
