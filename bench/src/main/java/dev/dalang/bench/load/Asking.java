package dev.dalang.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One streamed answer, and when its parts came. */
final class Asking {

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * @param startNanos when it was asked
     * @param firstNanos when the first piece of the answer came; 0 where none did
     * @param endNanos when all had come
     * @param cachedTokens of the prompt, as far as the server says
     * @param counted whether the server counted the tokens; else they are its pieces
     * @param problem what went wrong, or null
     */
    record Answer(
            long startNanos,
            long firstNanos,
            long endNanos,
            int promptTokens,
            int cachedTokens,
            int answerTokens,
            boolean counted,
            @Nullable String problem) {}

    private final HttpClient client;
    private final Target target;

    Asking(HttpClient client, Target target) {
        this.client = client;
        this.target = target;
    }

    Answer ask(byte[] body) throws InterruptedException {
        HttpRequest request = target.request(target.at("/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        Reading reading = new Reading(System.nanoTime());
        try {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                if (response.statusCode() != 200) {
                    String said = new String(in.readNBytes(2000), StandardCharsets.UTF_8);
                    return reading.answer("status " + response.statusCode() + ": " + said.strip());
                }
                reading.read(in);
                return reading.answer(reading.done ? null : "the stream ended before [DONE]");
            }
        } catch (IOException e) {
            return reading.answer(e.toString());
        }
    }

    private static final class Reading {
        private final long start;
        private long first;
        private int pieces;
        private boolean done;
        private @Nullable JsonNode usage;
        private @Nullable String failure;

        Reading(long start) {
            this.start = start;
        }

        void read(InputStream in) throws IOException {
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line; (line = lines.readLine()) != null; ) {
                if (!line.startsWith("data:")) continue;
                String data = line.substring(5).strip();
                if (data.equals("[DONE]")) done = true;
                else piece(data);
            }
        }

        /** Once an answer has begun only what may hold the counts is read: the one who measures wants little of the machine. */
        private void piece(String data) {
            boolean counts = data.contains("\"usage\":{") || data.contains("\"usage\": {");
            boolean wrong = data.contains("\"error\"");
            if (first != 0 && !counts && !wrong) {
                pieces++;
                return;
            }
            JsonNode node = JSON.readTree(data);
            if (node.path("usage").isObject()) usage = node.path("usage");
            if (node.has("error")) failure = node.path("error").toString();
            JsonNode delta = node.path("choices").path(0).path("delta");
            boolean said = !delta.path("content").asString("").isEmpty()
                    || !delta.path("reasoning_content").asString("").isEmpty()
                    || delta.path("tool_calls").size() > 0;
            if (!said) return;
            pieces++;
            if (first == 0) first = System.nanoTime();
        }

        Answer answer(@Nullable String problem) {
            JsonNode counts = usage == null ? JSON.createObjectNode() : usage;
            return new Answer(
                    start,
                    first,
                    System.nanoTime(),
                    counts.path("prompt_tokens").asInt(0),
                    counts.path("prompt_tokens_details").path("cached_tokens").asInt(0),
                    counts.path("completion_tokens").asInt(pieces),
                    usage != null,
                    failure != null ? failure : problem);
        }
    }
}
