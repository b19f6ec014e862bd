package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code dalang serve} in this process, as a user starts it, until it is closed. */
final class RunningServe implements AutoCloseable {

    final Shell shell;
    final String address;
    final String key;
    private final Thread server;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile int code = -1;

    /** @param shell whose home it uses, and whose interrupt ends it */
    RunningServe(Shell shell, String... flags) throws Exception {
        this.shell = shell;
        List<String> words = new ArrayList<>(List.of("serve", "--access-log", "off"));
        words.addAll(List.of(flags));
        if (!words.contains("--port")) words.addAll(List.of("--port", "0"));
        PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
        Surroundings around = shell.around(new PrintStream(PrintStream.nullOutputStream()), err);
        server = Thread.ofPlatform().start(() -> code = Dalang.execute(around, words.toArray(String[]::new)));
        Path state = shell.home.resolve("server.json");
        // The file comes when the server answers; the test's own limit is the time that this may take.
        while (!Files.exists(state)) {
            assertThat(server.isAlive())
                    .as(said.toString(StandardCharsets.UTF_8))
                    .isTrue();
            Thread.sleep(20);
        }
        Map<?, ?> tree = (Map<?, ?>) Json.parse(Files.readString(state), "state");
        address = (String) tree.get("address");
        key = Files.readString(shell.home.resolve("server-key")).strip();
    }

    /** What it has said so far. */
    String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        return post(path, HttpRequest.BodyPublishers.ofString(body), headers);
    }

    HttpResponse<String> post(String path, Path file) throws IOException, InterruptedException {
        return post(path, HttpRequest.BodyPublishers.ofFile(file));
    }

    /** The body of an answer. */
    String get(String path) throws IOException, InterruptedException {
        HttpRequest r = HttpRequest.newBuilder(URI.create(address + path))
                .header("Authorization", "Bearer " + key)
                .build();
        return client.send(r, HttpResponse.BodyHandlers.ofString()).body();
    }

    private HttpResponse<String> post(String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder r = HttpRequest.newBuilder(URI.create(address + path))
                .header("Authorization", "Bearer " + key)
                .POST(body);
        for (int i = 0; i < headers.length; i += 2) r.header(headers[i], headers[i + 1]);
        return client.send(r.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Ends it as Ctrl-C does. */
    @Override
    public void close() throws InterruptedException {
        shell.interrupt.cancel();
        server.join();
        client.close();
        assertThat(shell.home.resolve("server.json")).doesNotExist();
        assertThat(code).isZero();
    }
}
