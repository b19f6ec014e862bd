package dev.dalang.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.guard.Caller;
import dev.dalang.server.guard.Guard;
import dev.dalang.server.guard.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that leave, dawdle, or send too much, on sockets of their own. */
@Timeout(60)
class SlowClientsTest {

    private static final HttpSettings.Limits LIMITS = new HttpSettings.Limits(
            100_000, 200_000, 4096, 100, 3, Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(1));

    private final CountDownLatch waits = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);
    private final BlockingQueue<AccessLog.Entry> log = new LinkedBlockingQueue<>();
    private final Semaphore held = new Semaphore(0);
    private final Semaphore release = new Semaphore(0);
    private HttpServer server;

    @BeforeEach
    void start() {
        server = start(LIMITS);
    }

    private HttpServer start(HttpSettings.Limits limits) {
        HttpSettings settings =
                new HttpSettings("127.0.0.1", 0, null, limits, Duration.ofSeconds(1), log::add, RequestTrace.NONE);
        return HttpServer.start(settings, new Open(), List.of(new Routes0()));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Socket connect(String text) throws IOException {
        Socket s = new Socket(InetAddress.getLoopbackAddress(), server.port());
        s.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return s;
    }

    private static String all(Socket s) throws IOException {
        try (InputStream in = s.getInputStream()) {
            StringBuilder text = new StringBuilder();
            byte[] buffer = new byte[8192];
            try {
                for (int n; (n = in.read(buffer)) >= 0; ) text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
            } catch (java.net.SocketException reset) {
                text.append("(reset)");
            }
            return text.toString();
        }
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void aClientThatLeavesCancelsWhileNothingIsWritten() throws Exception {
        Socket s = connect(post("/wait", "{}"));
        waits.await();
        assertThat(cancelled.getCount()).isEqualTo(1);
        s.close();
        assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(log.take().left()).isTrue();
    }

    @Test
    void whatIsSentAheadIsTheNextRequest() throws Exception {
        try (Socket s = connect(post("/echo", "{\"a\":1}") + post("/wait-a-little", "{}"))) {
            s.getOutputStream().write(post("/echo", "{\"b\":2}").getBytes(StandardCharsets.ISO_8859_1));
            // The third is the last that a connection may ask.
            String answers = all(s);
            assertThat(answers).contains("{\"a\":1}", "{\"waited\":true}", "{\"b\":2}");
            assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(4);
            assertThat(answers.toLowerCase()).contains("connection: close");
        }
    }

    /** Also where no other request follows: a client takes a stream without its last chunk for cut off. */
    @Test
    void aStreamHasItsEnd() throws Exception {
        try (Socket s = connect(post("/events", "{}").replace("\r\n\r\n{}", "\r\nConnection: close\r\n\r\n{}"))) {
            assertThat(all(s)).contains("data: one\n\n").endsWith("\r\n0\r\n\r\n");
        }
        // The third is the last that a connection may ask.
        try (Socket s = connect(post("/events", "{}").repeat(3))) {
            assertThat(all(s).split("\r\n0\r\n\r\n", -1)).hasSize(4);
        }
    }

    /** Bytes that are no HTTP are the client's error, whatever they are, and not worth a line in the log. */
    @Test
    void noiseIsABadRequest() throws Exception {
        List<String> noises = new ArrayList<>(
                List.of("x\r\n", "x\r\n\r\n", "\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", " / HTTP/1.1\r\n\r\n", "\0\r\n"));
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            StringBuilder noise = new StringBuilder();
            for (int j = random.nextInt(40); j >= 0; j--) noise.append(" \r\n:/GET1.HP%\0a".charAt(random.nextInt(15)));
            noises.add(noise + "\r\n");
        }
        for (String noise : noises) {
            try (Socket s = connect(noise)) {
                s.shutdownOutput();
                String said = all(s);
                assertThat(said.isEmpty() || said.matches("(?s)HTTP/1\\.1 (4\\d\\d|505) .*"))
                        .as("%s: %s", noise, said)
                        .isTrue();
            }
        }
    }

    @Test
    void headersThatNeverEndAreNotWaitedFor() throws Exception {
        try (Socket s = connect("GET /echo HTTP/1.1\r\nHost: localhost\r\nX-A: ")) {
            assertThat(all(s)).doesNotContain("HTTP/1.1 200");
        }
        assertThat(log).isEmpty();
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        try (Socket s = connect("")) {
            assertThat(all(s)).isEmpty();
        }
    }

    @Test
    void aBodyThatStallsIsNotWaitedFor() throws Exception {
        try (Socket s = connect("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{\"a\":")) {
            assertThat(all(s)).doesNotContain("HTTP/1.1 200");
        }
        assertThat(log.take().left()).isTrue();
    }

    @Test
    void whoDoesNotReadIsNotWaitedFor() throws Exception {
        try (Socket s = connect(post("/flood", "{}"))) {
            assertThat(over.await(40, TimeUnit.SECONDS)).isTrue();
            assertThat(log.take().left()).isTrue();
            assertThat(s.isClosed()).isFalse();
        }
    }

    @Test
    void tooMuchIsRefused() throws Exception {
        try (Socket s = connect(post("/echo", "\"" + "x".repeat(150_000) + "\""))) {
            assertThat(all(s)).contains(" 413 ");
        }
        try (Socket s = connect("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "186A1\r\n" + "x".repeat(100_001) + "\r\n0\r\n\r\n")) {
            assertThat(all(s)).contains(" 413 ");
        }
        try (Socket s = connect("GET /echo HTTP/1.1\r\nHost: localhost\r\nX-A: " + "x".repeat(5000) + "\r\n\r\n")) {
            assertThat(all(s)).contains("HTTP/1.1 4").doesNotContain("HTTP/1.1 404");
        }
    }

    @Test
    void aConnectionEndsWhenTheClientSaysThatItsRequestIsTheLast() throws Exception {
        // Within the idle time, which is one of the limits here: so without waiting.
        String ask = "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: %s\r\nContent-Length: 2\r\n\r\n{}";
        for (String wish : List.of("close", "Keep-Alive, Close")) {
            try (Socket s = connect(String.format(ask, wish) + post("/wait", "{}"))) {
                assertThat(all(s)).contains(" 200 ").containsIgnoringCase("connection: close");
            }
        }
        assertThat(waits.getCount())
                .as("what comes after the last is not looked at")
                .isEqualTo(1);
    }

    /** Who sends to the end before reading must find the refusal, not a reset: more than what sockets buffer. */
    @Test
    void whoIsRefusedCanReadTheRefusalWhileStillSending() throws Exception {
        server.close();
        // The time that a request's head may take is what a refused client has for the rest of its body: here as much
        // as it likes.
        server = start(new HttpSettings.Limits(
                LIMITS.bodyBytes(),
                LIMITS.bodiesBytes(),
                LIMITS.headerBytes(),
                LIMITS.connections(),
                LIMITS.requestsPerConnection(),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1)));
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        try (Socket s = connect("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")) {
            for (int i = 0; i < 100; i++) s.getOutputStream().write(chunk.getBytes(StandardCharsets.ISO_8859_1));
            s.getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            s.shutdownOutput();
            assertThat(all(s)).contains(" 413 ").doesNotContain("(reset)");
        }
        try (Socket s = connect("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n")) {
            for (int i = 0; i < 500; i++) s.getOutputStream().write(new byte[10_000]);
            s.shutdownOutput();
            assertThat(all(s)).contains(" 413 ").doesNotContain("(reset)");
        }
    }

    @Test
    void whoIsRefusedAndSendsOnIsNotWaitedForLong() throws Exception {
        try (Socket s = connect("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\nxx")) {
            // The end comes though nothing more is sent.
            assertThat(all(s)).contains(" 413 ");
        }
    }

    @Test
    void allBodiesTogetherHaveALimit() throws Exception {
        String large = post("/hold", "\"" + "x".repeat(90_000) + "\"");
        try (Socket first = connect(large);
                Socket second = connect(large)) {
            held.acquire(2);
            try (Socket third = connect(large)) {
                assertThat(all(third)).contains(" 503 ", "Retry-After: ", "\"error\"");
            }
            try (Socket small = connect(post("/echo", "{\"a\":1}"))) {
                small.shutdownOutput();
                assertThat(all(small)).contains(" 200 ");
            }
            release.release(2);
            assertThat(first.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
            assertThat(second.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
        }
        // What they held is free again.
        log.take();
        log.take();
        release.release();
        try (Socket fourth = connect(large)) {
            assertThat(fourth.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
        }
    }

    @Test
    void hostileBodiesAreRefused() throws Exception {
        List<String> bodies = Stream.of(
                        "[".repeat(201) + "]".repeat(201), "{\"a\":1,\"a\":2}", "{\"a\":", "", "{} x", "nonsense")
                .toList();
        for (String body : bodies) {
            try (Socket s = connect(post("/echo", body).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))) {
                assertThat(all(s)).as(body).contains(" 400 ").contains("\"error\"");
            }
        }
    }

    @Test
    void aChunkWhoseLengthIsNoNumberIsTheClientsError() throws Exception {
        String head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String chunk : List.of("2;a=b", "x", "-2")) {
            try (Socket s = connect(head + chunk + "\r\n{}\r\n0\r\n\r\n")) {
                assertThat(all(s)).as(chunk).startsWith("HTTP/1.1 400 ");
            }
        }
    }

    /** What the web server refuses before it is a request of ours: whoever sent it is told why all the same. */
    @Test
    void whatIsNoRequestOfOursIsRefusedWithAReason() throws Exception {
        try (Socket s = connect(post("/echo", "xx").replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"))) {
            assertThat(all(s))
                    .startsWith("HTTP/1.1 415 ")
                    .contains("application/json")
                    .contains("\"error\"")
                    .contains("without Content-Encoding");
        }
        try (Socket s = connect(post("/echo?a[]=b", "xx"))) {
            assertThat(all(s)).startsWith("HTTP/1.1 400 ").contains("\"error\"").contains("%5B");
        }
        try (Socket s = connect(post("/echo", "xx").replace("HTTP/1.1", "HTTP/1.0"))) {
            assertThat(all(s)).startsWith("HTTP/1.1 505 ").contains("\"error\"").contains("proxy_http_version 1.1");
        }
    }

    private static final class Open implements Guard {
        @Override
        public void checkSource(RequestHead head) {}

        @Override
        public Caller authenticate(RequestHead head) {
            return Caller.all("test");
        }
    }

    private final class Routes0 implements Dialect {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public ErrorShape errors() {
            return ErrorShape.plain();
        }

        @Override
        public void routes(Routes routes) {
            routes.post("/echo", Scope.INFERENCE, x -> x.send(200, x.json()));
            routes.post("/wait", Scope.INFERENCE, x -> {
                var _ = x.json();
                var _ = x.cancellation().onCancel(cancelled::countDown);
                waits.countDown();
                await(cancelled);
                x.send(200, Json.object());
            });
            routes.post("/wait-a-little", Scope.INFERENCE, x -> {
                var _ = x.cancellation();
                var _ = x.json();
                x.send(200, Json.object().put("waited", true));
            });
            routes.post("/events", Scope.INFERENCE, x -> {
                var _ = x.json();
                EventStream events = x.events();
                events.data("one");
                events.data("two");
            });
            routes.post("/hold", Scope.INFERENCE, x -> {
                var _ = x.json();
                held.release();
                release.acquireUninterruptibly();
                x.send(200, Json.object());
            });
            routes.post("/flood", Scope.INFERENCE, x -> {
                try {
                    EventStream events = x.events();
                    while (true) events.data("x".repeat(100_000));
                } finally {
                    over.countDown();
                }
            });
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
