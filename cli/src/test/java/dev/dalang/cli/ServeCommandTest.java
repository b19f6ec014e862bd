package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.engine.kernel.KernelTier;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server, as a user starts it. */
@Timeout(180)
class ServeCommandTest {

    /** Open to all, on purpose: a sign of life, and the ways in. */
    private static final List<String> OPEN = List.of(
            "GET /health",
            "GET /health/ready",
            "GET /dalang/sign-in",
            "POST /dalang/sign-in",
            "POST /dalang/sign-out",
            // The page's files, which hold nothing of anybody.
            "GET /",
            "GET /index.html",
            "GET /favicon.ico",
            "GET /mark.svg",
            "GET /css/{file}",
            "GET /js/{file}",
            "GET /lib/{file}");

    @TempDir
    Path home;

    private Shell shell;
    private Thread server;
    private String address;
    private String key;
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile int code = -1;

    @BeforeEach
    void start() throws Exception {
        shell = new Shell(home);
        Shell inside = shell;
        server = new Thread(() -> {
            PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8);
            code = Dalang.execute(
                    inside.around(nowhere, nowhere), "serve", "--port", "0", "--access-log", home + "/access.log");
        });
        server.start();
        Path state = home.resolve("server.json");
        // The file comes when the server answers; the test's own limit is the time that this may take.
        while (!Files.exists(state) && server.isAlive()) Thread.sleep(20);
        Map<?, ?> tree = (Map<?, ?>) Json.parse(Files.readString(state), "state");
        address = (String) tree.get("address");
        key = Files.readString(home.resolve("server-key")).strip();
    }

    @AfterEach
    void stop() throws Exception {
        shell.interrupt.cancel();
        server.join();
        client.close();
        assertThat(home.resolve("server.json")).doesNotExist();
        assertThat(code).isZero();
    }

    private HttpResponse<String> send(String method, String path, Map<String, String> headers, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder r = HttpRequest.newBuilder(URI.create(address + path))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(r::header);
        return client.send(r.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Method and path of every route, by the document that the routes make. */
    private List<String> routes() throws Exception {
        String json =
                send("GET", "/openapi.json", Map.of("x-api-key", key), null).body();
        List<String> all = new ArrayList<>();
        Map<?, ?> paths = (Map<?, ?>) ((Map<?, ?>) Json.parse(json, "openapi")).get("paths");
        paths.forEach((path, methods) -> ((Map<?, ?>) methods)
                .keySet()
                .forEach(m -> all.add(m.toString().toUpperCase(java.util.Locale.ROOT) + " " + path)));
        return all;
    }

    @Test
    void everyRouteUnderEveryHeaderRefusesStrangers() throws Exception {
        List<String> routes = routes();
        assertThat(routes)
                .containsAll(OPEN)
                .contains("GET /metrics", "POST /dalang/server/unload", "GET /openapi.json");
        List<Map<String, String>> strangers = new ArrayList<>();
        strangers.add(Map.of());
        for (String wrong : List.of("dlg_wrong", "")) {
            strangers.add(Map.of("Authorization", "Bearer " + wrong));
            strangers.add(Map.of("x-api-key", wrong));
            strangers.add(Map.of("api-key", wrong));
            strangers.add(Map.of("x-goog-api-key", wrong));
            strangers.add(Map.of("Cookie", "dalang_session=" + wrong));
        }
        // Right and wrong together is wrong.
        strangers.add(Map.of("x-api-key", key, "Authorization", "Bearer dlg_wrong"));
        strangers.add(Map.of("Authorization", "Basic " + key));
        List<String> let = new ArrayList<>();
        for (String route : routes) {
            if (OPEN.contains(route)) continue;
            String[] parts = route.split(" ");
            for (Map<String, String> headers : strangers) {
                int status = send(
                                parts[0],
                                parts[1].replaceAll("\\{[^}]*}", "x"),
                                headers,
                                parts[0].equals("POST") ? "{}" : null)
                        .statusCode();
                if (status != 401) let.add(route + " " + headers.keySet() + " " + status);
            }
        }
        assertThat(let).isEmpty();
        assertThat(send("GET", "/no/such/path", Map.of(), null).statusCode()).isEqualTo(401);
    }

    @Test
    void everyRouteRefusesForeignPages() throws Exception {
        for (String route : routes()) {
            String[] parts = route.split(" ");
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("x-api-key", key);
            headers.put("Origin", "https://evil.example");
            assertThat(send(
                                    parts[0],
                                    parts[1].replaceAll("\\{[^}]*}", "x"),
                                    headers,
                                    parts[0].equals("POST") ? "{}" : null)
                            .statusCode())
                    .as(route)
                    .isEqualTo(403);
        }
    }

    @Test
    void theCommandTalksToTheServer() throws Exception {
        assertThat(shell.run("ps", "--json").out()).contains("\"models\"");
        assertThat(shell.run("top", "--once").out())
                .contains("dalang", "MODEL")
                .containsPattern("since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\n");
        assertThat(shell.run("stop", "nothing").err()).contains("no model \"nothing\"");
        String doctor = shell.run("doctor", "--json").out();
        Map<?, ?> report = (Map<?, ?>) ((Map<?, ?>) Json.parse(doctor, "doctor")).get("server");
        for (String lock : List.of(
                "running",
                "loopback_only",
                "refuses_without_key",
                "refuses_wrong_key",
                "refuses_other_sites",
                "answers_with_key",
                "key_file_private",
                "ledger_private")) {
            assertThat(report.get(lock)).as(lock).isEqualTo(true);
        }
    }

    @Test
    void keysAreMadeAndRevoked() throws Exception {
        Map<?, ?> made = (Map<?, ?>) Json.parse(
                shell.run("keys", "create", "ci", "--scope", "read", "--json").out(), "key");
        Map<String, String> headers = Map.of("x-api-key", (String) made.get("key"));
        assertThat(send("GET", "/metrics", headers, null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/metrics", headers, null).body()).contains("http_server_requests_seconds");
        assertThat(send("POST", "/dalang/server/unload", headers, "{\"model\":\"x\"}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(shell.run("keys", "list").out()).contains("ci", "local").doesNotContain((String) made.get("key"));
        assertThat(shell.run("keys", "revoke", (String) made.get("id")).code()).isZero();
        // Within a second, says the guard; the test's own limit is the time that this may take.
        while (send("GET", "/metrics", headers, null).statusCode() != 401) Thread.sleep(50);
        assertThat(Files.readString(home.resolve("access.log"))).doesNotContain((String) made.get("key"));
    }

    @Test
    void aKeysNameIsItsOwnWhileItIsGood() throws Exception {
        String id = ((Map<?, ?>) Json.parse(
                        shell.run("keys", "create", "twice", "--json").out(), "key"))
                .get("id")
                .toString();
        Shell.Result second = shell.run("keys", "create", "twice");
        assertThat(second.code()).isEqualTo(ExitCode.USAGE);
        assertThat(second.out()).isEmpty();
        assertThat(second.err()).contains("twice", id);
        HttpResponse<String> onThePage = send(
                "POST", "/dalang/machine/keys", Map.of("x-api-key", key), "{\"name\":\"twice\",\"scopes\":[\"read\"]}");
        assertThat(onThePage.statusCode()).isEqualTo(400);
        assertThat(onThePage.body()).contains("name is that of a key already");
        assertThat(shell.run("keys", "revoke", id).code()).isZero();
        assertThat(shell.run("keys", "create", "twice").code()).isZero();
    }

    @Test
    void aKeyForAModelThatIsNotHereIsSaid() {
        importTiny();
        Shell.Result made = shell.run("keys", "create", "few", "--model", "nope,nope*,tiny,ti*");
        assertThat(made.code()).isZero();
        assertThat(made.err().lines().filter(l -> l.contains("no model is called")))
                .containsExactly(
                        "dalang: no model is called nope here so far; `dalang list` shows how they are called",
                        "dalang: no model is called nope* here so far; `dalang list` shows how they are called");
    }

    @Test
    void aPortThatIsTakenIsSaidInOneLine() {
        Shell.Result second = shell.run("serve", "--port", address.substring(address.lastIndexOf(':') + 1));
        assertThat(second.code()).isEqualTo(ExitCode.FAILED);
        assertThat(second.err().lines()).hasSize(1).first().asString().contains("cannot listen on");
    }

    @Test
    void aLimitInWhichNothingFitsIsSaid() {
        importTiny();
        Shell.Result served =
                shell.run("serve", "--model-memory", "1k", "--port", address.substring(address.lastIndexOf(':') + 1));
        assertThat(served.err()).contains("no model of this machine fits into --model-memory", "tiny");
    }

    @Test
    void aModelThatComputesSlowerThanItCouldIsSaidWhenItIsLoaded() throws Exception {
        assumeTrue(KernelTier.best().name().equals("native"), "there are no better kernels here to do without");
        importTiny();
        stop();
        Shell again = new Shell(home);
        try (RunningServe slower = new RunningServe(again, "--cpu-features=-avx2")) {
            HttpResponse<String> answer =
                    slower.post("/v1/completions", "{\"model\":\"tiny\",\"prompt\":\"the cat\",\"max_tokens\":1}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(slower.said()).contains("loaded tiny", "native kernels cannot run");
        }
    }

    private void importTiny() {
        Path file = home.resolve("file.gguf");
        assertThat(shell.run("debug", "model", file).code()).isZero();
        assertThat(shell.run("import", file, "--name", "tiny").code()).isZero();
    }

    @Test
    void theLinkSignsABrowserIn() throws Exception {
        String link = shell.run("keys", "link").out().strip();
        String path = link.substring(address.length());
        HttpResponse<String> first = send("GET", path, Map.of(), null);
        assertThat(first.statusCode()).isEqualTo(200);
        String cookie = first.headers().firstValue("set-cookie").orElseThrow();
        assertThat(cookie).contains("HttpOnly", "SameSite=Strict");
        Map<String, String> session = Map.of("Cookie", cookie.replaceFirst(";.*", ""));
        assertThat(send("GET", "/dalang/server/status", session, null).statusCode())
                .isEqualTo(200);
        assertThat(send("GET", path, Map.of(), null).statusCode()).isEqualTo(401);
    }

    @Test
    void isNotOpenToOthersUnasked() {
        assertThat(new Shell(home)
                        .run("serve", "--host", "0.0.0.0", "--port", "0")
                        .err())
                .contains("--i-know");
    }

    @Test
    void sizesOfMemoryAreChecked() {
        for (String flag : List.of("--model-memory", "--cache-memory")) {
            assertThat(new Shell(home)
                            .run("serve", flag, "plenty", "--port", "0")
                            .err())
                    .contains(flag + " is like 24G, not plenty");
            assertThat(new Shell(home)
                            .run("serve", flag, "999999999999T", "--port", "0")
                            .err())
                    .contains(flag + ": 999999999999T is too much");
        }
    }
}
