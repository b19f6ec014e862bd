package dev.dalang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.AccessLog;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.http.ErrorShape;
import dev.dalang.server.http.EventStream;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.HttpServer;
import dev.dalang.server.http.HttpSettings;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.LineStream;
import dev.dalang.server.http.RequestTrace;
import dev.dalang.server.http.Routes;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests through a real socket. */
class FrontTest {

    private static final String PAGE = "https://page.example";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AccessLog.Entry> logged = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() {
        HttpSettings usual = HttpSettings.loopback(0);
        server = HttpServer.start(
                new HttpSettings(usual.host(), 0, null, usual.limits(), usual.patience(), logged::add, usual.trace()),
                new OneKey(),
                List.of(new Echo()));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    @Test
    void aPortThatIsTakenIsAFailure() {
        HttpSettings same = HttpSettings.loopback(server.port());
        List<Echo> dialects = List.of(new Echo());
        assertThatThrownBy(() -> HttpServer.start(same, new OneKey(), dialects))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("cannot listen on")
                .hasMessageContaining("another program");
        // An address that is nobody's (RFC 5737).
        HttpSettings elsewhere = new HttpSettings(
                "192.0.2.1", server.port(), null, same.limits(), same.patience(), same.log(), same.trace());
        assertThatThrownBy(() -> HttpServer.start(elsewhere, new OneKey(), dialects))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("no address of this machine");
    }

    @Test
    void readsJsonAndAnswersJson() throws Exception {
        HttpResponse<String> r = post("/echo/some/name:tag", "{\"text\":\"hi\"}", "secret");
        assertThat(r.statusCode()).isEqualTo(200);
        assertThat(r.body()).isEqualTo("{\"name\":\"some/name:tag\",\"text\":\"hi\"}");
        assertThat(r.headers().firstValue("x-request-id").orElseThrow()).startsWith("req_");
    }

    @Test
    void refusesWhatNobodyReads() throws Exception {
        HttpResponse<String> r = post("/echo/a", "{\"text\":\"hi\",\"colour\":1}", "secret");
        assertThat(r.statusCode()).isEqualTo(400);
        assertThat(r.body()).contains("unknown parameter: colour");
    }

    @Test
    void refusesWhomItDoesNotKnow() throws Exception {
        assertThat(post("/echo/a", "{}", "wrong").statusCode()).isEqualTo(401);
        assertThat(post("/nowhere", "{}", "wrong").statusCode()).isEqualTo(401);
        assertThat(post("/nowhere", "{}", "secret").statusCode()).isEqualTo(404);
        assertThat(post("/events", "{}", "secret").statusCode()).isEqualTo(405);
    }

    @Test
    void streamsEventsAndLines() throws Exception {
        assertThat(get("/events").body())
                .isEqualTo("data: {\"n\":1}\n\nevent: last\ndata: {\"n\":2}\n\ndata: [DONE]\n\n");
        assertThat(get("/lines").body())
                .startsWith("{\"n\":1}\n{\"error\":")
                .endsWith("}\n")
                .contains("broken");
    }

    /** A browser hides from a page's client all headers that are not named, its advice about trying again too. */
    @Test
    void pagesOfAllowedOriginsSeeTheHeadersThatClientsActOn() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/events"))
                .header("Authorization", "Bearer secret")
                .header("Origin", PAGE)
                .build();
        var headers = client.send(request, HttpResponse.BodyHandlers.ofString()).headers();
        assertThat(headers.firstValue("access-control-allow-origin")).hasValue(PAGE);
        assertThat(headers.firstValue("access-control-expose-headers").orElseThrow())
                .contains("x-should-retry", "retry-after", "x-ratelimit-remaining-requests", "x-dalang-cost");
    }

    /** The web server refuses such by itself, before any route is looked for. */
    @Test
    void whatIsRefusedBeforeItHasARouteIsNumberedAndLogged() throws Exception {
        String answer = raw("GET /echo/[a]?key=secret HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400 ");
        assertThat(logged).hasSize(1);
        AccessLog.Entry entry = logged.getFirst();
        assertThat(answer).contains("x-request-id: " + entry.id());
        assertThat(entry.path()).isEqualTo("/echo/[a]");
        assertThat(entry.status()).isEqualTo(400);
        assertThat(entry.remote()).isEqualTo("127.0.0.1");
    }

    @Test
    void anAddressThatIsTooLongIsToldNumberedAndLogged() throws Exception {
        int most = 8 << 10;
        String answer = raw("POST /echo/a?key=" + "x".repeat(most) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 414 ").contains("address is too long");
        AccessLog.Entry entry = logged.getFirst();
        assertThat(answer).contains("x-request-id: " + entry.id());
        assertThat(entry.method()).isEqualTo("POST");
        assertThat(entry.path()).isEqualTo("/echo/a");
        assertThat(entry.status()).isEqualTo(414);
        // What is no request is not, however long it is.
        assertThat(raw("x".repeat(most) + "\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(logged).hasSize(1);
    }

    private String raw(String bytes) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The server may see it before it has written its log. */
    @Test
    void aClientThatClosesAfterTheAnswerHasNotLeft() throws Exception {
        for (String path : List.of("/prompt/answer", "/prompt/refusal", "/prompt/stream")) {
            CountDownLatch read = new CountDownLatch(1);
            CountDownLatch closed = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            HttpSettings usual = HttpSettings.loopback(0);
            RequestTrace slow = head -> new RequestTrace.Open() {
                @Override
                public void during(Runnable work) {
                    work.run();
                    read.countDown();
                    await(closed);
                }

                @Override
                public void end(AccessLog.Entry entry) {
                    over.countDown();
                }
            };
            logged.clear();
            try (HttpServer own = HttpServer.start(
                    new HttpSettings(usual.host(), 0, null, usual.limits(), usual.patience(), logged::add, slow),
                    new OneKey(),
                    List.of(new Prompt(closed)))) {
                try (Socket socket = new Socket("127.0.0.1", own.port())) {
                    socket.getOutputStream()
                            .write(("GET " + path
                                            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    await(read);
                }
                await(over);
            }
            assertThat(logged).singleElement().extracting(AccessLog.Entry::left).isEqualTo(false);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer secret")
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body, String key) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static final class OneKey implements Guard {
        @Override
        public void checkSource(RequestHead head) {}

        @Override
        public boolean allowsOrigin(String origin) {
            return origin.equals(PAGE);
        }

        @Override
        public Caller authenticate(RequestHead head) {
            if (head.headers("authorization").equals(List.of("Bearer secret"))) return Caller.all("test");
            throw new DalangException(new Failure.Unauthenticated("who are you?"));
        }
    }

    /** Answers at once; {@code closed} is counted down when the client's leaving is seen. */
    private record Prompt(CountDownLatch closed) implements Dialect {
        @Override
        public String name() {
            return "prompt";
        }

        @Override
        public ErrorShape errors() {
            return ErrorShape.plain();
        }

        @Override
        public void routes(Routes routes) {
            routes.get("/prompt/answer", Scope.READ, x -> {
                watch(x);
                x.send(200, Json.object());
            });
            routes.get("/prompt/refusal", Scope.READ, x -> {
                watch(x);
                throw new DalangException(new Failure.Upstream("the provider is broken", 500));
            });
            routes.get("/prompt/stream", Scope.READ, x -> {
                watch(x);
                x.events().data(Json.object());
            });
        }

        private void watch(Exchange x) {
            // Stays open until the client has closed.
            var _ = x.cancellation().onCancel(closed::countDown);
        }
    }

    private static final class Echo implements Dialect {
        @Override
        public String name() {
            return "echo";
        }

        @Override
        public ErrorShape errors() {
            return ErrorShape.plain();
        }

        @Override
        public void routes(Routes routes) {
            routes.post("/echo/{+name}", Scope.INFERENCE, x -> {
                var fields = x.fields();
                var answer = Json.object();
                answer.put("name", x.pathParameter("name"));
                answer.put("text", fields.requireText("text"));
                fields.done();
                x.send(200, answer);
            });
            routes.get("/events", Scope.READ, x -> {
                EventStream events = x.events();
                events.data(Json.object().put("n", 1));
                events.event("last", Json.object().put("n", 2));
                events.data("[DONE]");
            });
            routes.get("/lines", Scope.READ, x -> {
                LineStream lines = x.lines();
                lines.line(Json.object().put("n", 1));
                throw new DalangException(new Failure.Internal("broken"));
            });
        }
    }
}
