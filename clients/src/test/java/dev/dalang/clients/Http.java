package dev.dalang.clients;

import dev.dalang.server.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Plain HTTP against a running server, where what matters is the bytes. */
public final class Http implements AutoCloseable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;
    private final String key;

    public Http(String url, String key) {
        this.url = url;
        this.key = key;
    }

    /** An answer, whose body is JSON or a stream of events. */
    public record Answer(int status, HttpResponse<String> response) {
        public JsonNode json() {
            return Json.parse(response.body());
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        /** What the {@code data:} lines hold, {@code [DONE]} not included. */
        public List<JsonNode> events() {
            List<JsonNode> all = new ArrayList<>();
            for (String line : response.body().split("\n")) {
                if (line.startsWith("data: {")) all.add(Json.parse(line.substring("data: ".length())));
            }
            return all;
        }
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer get(String path, String header, String value) {
        return send(request(path).header(header, value).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer post(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    public Answer delete(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .method("DELETE", HttpRequest.BodyPublishers.ofString(json)));
    }

    public Answer post(String path, byte[] bytes) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(bytes)));
    }

    /** The status alone. */
    public int head(String path) {
        return send(request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()))
                .status();
    }

    /** A file in a form. */
    public Answer upload(String path, String purpose, String name, String content) {
        return upload(path, purpose, name, content.getBytes(StandardCharsets.UTF_8));
    }

    public Answer upload(String path, String purpose, String name, byte[] content) {
        String boundary = UUID.randomUUID().toString();
        String head =
                "--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose + "\r\n--"
                        + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                        + "\"\r\nContent-Type: application/jsonl\r\n\r\n";
        String tail = "\r\n--" + boundary + "--\r\n";
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head),
                        HttpRequest.BodyPublishers.ofByteArray(content),
                        HttpRequest.BodyPublishers.ofString(tail))));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).header("Authorization", "Bearer " + key);
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> r = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(r.statusCode(), r);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
