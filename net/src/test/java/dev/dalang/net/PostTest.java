package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What carries content is sent once, with a patience of its own, and is broken off from another thread. */
class PostTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path folder;

    private final TestServer server = TestServer.plain();
    private Http http;

    @AfterEach
    void stop() {
        if (http != null) http.close();
        server.close();
    }

    private Http http() {
        if (http == null) http = new Http(settings(), log());
        return http;
    }

    private static NetSettings settings() {
        return NetSettings.of(Map.of("DALANG_ALLOW_PRIVATE", "localhost:*,127.0.0.1:*"))
                .patience(LONG, LONG, 4, Duration.ofMillis(1));
    }

    private EgressLog log() {
        return new EgressLog(folder.resolve("home/egress.jsonl"));
    }

    private Request post(String path) {
        byte[] body = "{\"prompt\":\"né\"}".getBytes(StandardCharsets.UTF_8);
        return Request.post(server.at(path), body, "test", 1 << 20).header("Content-Type", "application/json");
    }

    private static NetException failure(ThrowingRunnable work) {
        NetException[] caught = new NetException[1];
        assertThatThrownBy(work::run).isInstanceOfSatisfying(NetException.class, e -> caught[0] = e);
        return caught[0];
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    /** The head and the first event of a stream that goes on. */
    private static void begin(Exchange x) throws IOException {
        x.head(200, Map.of("Content-Type", "text/event-stream", "Connection", "close"));
        say(x, "data: 1\n\n");
    }

    private static void say(Exchange x, String text) throws IOException {
        x.out().write(text.getBytes(StandardCharsets.UTF_8));
        x.out().flush();
    }

    @Test
    void theContentArrivesAndTheAnswerIsReadAsItComes() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        server.on("/v1", x -> {
            begin(x);
            // The rest comes only when the first piece was read: nothing is gathered on the way.
            read.await();
            say(x, "data: 2\n\n");
            x.drop();
        });
        try (Response r = http().send(post("/v1"))) {
            InputStream in = r.body();
            assertThat(new String(in.readNBytes(9), StandardCharsets.UTF_8)).isEqualTo("data: 1\n\n");
            read.countDown();
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("data: 2\n\n");
        }
        Exchange x = server.requests().getFirst();
        assertThat(x.method()).isEqualTo("POST");
        assertThat(x.text()).isEqualTo("{\"prompt\":\"né\"}");
        assertThat(x.headers()).containsEntry("content-type", "application/json");
    }

    /** It may cost money, so nothing is sent twice: neither after an error nor after a connection that broke. */
    @Test
    void nothingIsSentTwice() throws Exception {
        server.on("/503", x -> x.text(503, "busy", "Retry-After", "0"));
        try (Response r = http().send(post("/503"))) {
            assertThat(r.status()).isEqualTo(503);
        }
        server.on("/drop", Exchange::drop);
        assertThat(failure(() -> http().send(post("/drop"))).kind()).isEqualTo(NetException.Kind.CONNECTION);
        server.on("/away", x -> x.redirect(307, "/503"));
        assertThat(failure(() -> http().send(post("/away"))).kind()).isEqualTo(NetException.Kind.REDIRECT);
        for (String path : List.of("/503", "/drop", "/away"))
            assertThat(server.requests(path)).isEqualTo(1);
    }

    @Test
    void aStreamThatIsCutFails() throws Exception {
        server.on("/cut", x -> {
            x.head(200, Map.of("Content-Type", "text/event-stream", "Content-Length", "1000"));
            say(x, "data: 1\n\n");
            x.drop();
        });
        try (Response r = http().send(post("/cut"))) {
            assertThat(new String(r.body().readNBytes(9), StandardCharsets.UTF_8))
                    .isEqualTo("data: 1\n\n");
            NetException cut = failure(() -> r.body().readAllBytes());
            assertThat(cut.kind()).isEqualTo(NetException.Kind.CONNECTION);
            assertThat(cut).hasMessageContaining("broke within the answer");
            assertThat(cut.neverSent()).isFalse();
        }
    }

    @Test
    void eachPartOfPatienceEndsByItself() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        server.on("/head", x -> over.await());
        server.on("/first", x -> {
            x.head(200, Map.of("Content-Type", "text/event-stream", "Content-Length", "100"));
            over.await();
        });
        server.on("/gap", x -> {
            begin(x);
            over.await();
        });
        server.on("/slow", x -> {
            begin(x);
            while (over.getCount() > 0) {
                say(x, "data: 2\n\n");
                boolean _ = over.await(20, TimeUnit.MILLISECONDS);
            }
        });
        NetException head = failure(() -> http().send(post("/head").patience(new Patience(SHORT, LONG, LONG, LONG))));
        assertThat(head.kind()).isEqualTo(NetException.Kind.TIMEOUT);
        assertThat(head.neverSent()).isFalse();
        try (Response r = http().send(post("/first").patience(new Patience(LONG, SHORT, LONG, LONG)))) {
            NetException first = failure(() -> r.body().readAllBytes());
            assertThat(first.kind()).isEqualTo(NetException.Kind.STALLED);
            assertThat(first).hasMessageContaining("after the head of its answer");
        }
        try (Response r = http().send(post("/gap").patience(new Patience(LONG, LONG, SHORT, LONG)))) {
            assertThat(r.body().readNBytes(9)).hasSize(9);
            NetException gap = failure(() -> r.body().readAllBytes());
            assertThat(gap.kind()).isEqualTo(NetException.Kind.STALLED);
            assertThat(gap).hasMessageContaining("within an answer");
        }
        // Tokens that go on coming, one after the other, are no silence; the whole has an end all the same.
        try (Response r = http().send(
                        post("/slow").patience(new Patience(LONG, LONG, LONG, LONG).within(Duration.ofSeconds(1))))) {
            NetException slow = failure(() -> r.body().readAllBytes());
            assertThat(slow.kind()).isEqualTo(NetException.Kind.TIMEOUT);
            assertThat(slow).hasMessageContaining("did not end within");
        } finally {
            over.countDown();
        }
    }

    /** A listener whose queue is full answers no further connection: that is not waited for longer than is said. */
    @Test
    void connectingHasATimeOfItsOwn() throws Exception {
        List<Socket> queue = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            for (int i = 0; i < 3; i++) {
                Socket s = new Socket();
                queue.add(s);
                try {
                    s.connect(full.getLocalSocketAddress(), 200);
                } catch (IOException itIsFull) {
                    break;
                }
            }
            URI address = URI.create("http://localhost:" + full.getLocalPort() + "/");
            Request request = Request.post(address, new byte[] {1}, "test", 100)
                    .patience(new Patience(LONG, LONG, LONG, LONG).connecting(SHORT));
            NetException late = failure(() -> http().send(request));
            assertThat(late.kind()).isEqualTo(NetException.Kind.TIMEOUT);
            assertThat(late).hasMessageContaining("no connection to localhost");
            assertThat(late.neverSent()).isTrue();
        } finally {
            for (Socket s : queue) s.close();
        }
    }

    /** The last words of a stream are followed by the end of its chunks, which nobody reads. */
    @Test
    void aConnectionIsUsedAgainWhereTheEndComesAfterTheReaderLeft() throws Exception {
        Semaphore left = new Semaphore(0);
        server.on("/v1", x -> {
            x.head(200, Map.of("Content-Type", "text/event-stream", "Transfer-Encoding", "chunked"));
            say(x, "e\r\ndata: [DONE]\n\n\r\n");
            left.acquire();
            say(x, "0\r\n\r\n");
        });
        int rounds = 10;
        for (int i = 0; i < rounds; i++) {
            try (Response r = http().send(post("/v1"))) {
                assertThat(r.body().readNBytes(14)).hasSize(14);
            }
            left.release();
            // The end has no other sign than that the connection is free.
            Thread.sleep(100);
        }
        Set<Socket> sockets = new HashSet<>();
        for (Exchange x : server.requests()) sockets.add(x.socket());
        assertThat(sockets).hasSizeLessThan(rounds);
    }

    @Test
    @Timeout(40)
    void anAnswerThatDoesNotEndIsLeft() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        TestServer.Handler goesOn = x -> {
            begin(x);
            try {
                if (x.path().equals("/talks")) for (; ; ) say(x, "data: and more, and more, and more\n\n");
                while (x.socket().getInputStream().read() >= 0) {}
            } catch (IOException reset) {
                // The client's end.
            }
            closed.countDown();
        };
        server.on("/talks", goesOn).on("/waits", goesOn);
        for (String path : List.of("/talks", "/waits")) {
            try (Response r = http().send(post(path))) {
                assertThat(r.body().readNBytes(9)).hasSize(9);
            }
        }
        closed.await();
    }

    /** Whoever leaves ends the wait at once, and the provider sees its connection end. */
    @Test
    void anAbortClosesTheConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch closed = new CountDownLatch(2);
        TestServer.Handler waits = x -> {
            if (x.path().equals("/begun")) begin(x);
            asked.countDown();
            // The end of the connection, from the client's side.
            try {
                while (x.socket().getInputStream().read() >= 0) {}
            } catch (IOException reset) {
                // That is an end too.
            }
            closed.countDown();
        };
        server.on("/silent", waits).on("/begun", waits);
        Abort silent = new Abort();
        Abort begun = new Abort();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<NetException> beforeHead = callers.submit(() -> failure(() -> http().send(post("/silent"), silent)));
            Future<NetException> inBody = callers.submit(() -> failure(() -> {
                try (Response r = http().send(post("/begun"), begun)) {
                    r.body().readAllBytes();
                }
            }));
            asked.await();
            silent.abort();
            begun.abort();
            assertThat(beforeHead.get().kind()).isEqualTo(NetException.Kind.ABORTED);
            assertThat(inBody.get().kind()).isEqualTo(NetException.Kind.ABORTED);
        }
        closed.await();
        // One that was broken off before it began is not sent.
        Abort early = new Abort();
        early.abort();
        assertThat(failure(() -> http().send(post("/never"), early)).kind()).isEqualTo(NetException.Kind.ABORTED);
        // Nor where another request holds the name, so that there is no look-up to break off.
        PinnedNames.Hold held = PinnedNames.hold("localhost");
        assertThat(failure(() -> http().send(post("/never"), early)).kind()).isEqualTo(NetException.Kind.ABORTED);
        held.close();
        assertThat(server.requests("/never")).isZero();
    }

    /** A name server that says nothing: the look-up goes on in the system, and who leaves does not wait for it. */
    @Test
    @Timeout(40)
    void anAbortEndsALookUpAndSoDoesItsTime() throws Exception {
        CountDownLatch lookedUp = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        NetSettings settings = settings();
        EgressRules slow = new EgressRules(settings) {
            @Override
            PinnedNames.Hold hold(URI at) throws NetException {
                lookedUp.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    // As the system's look-up, which heeds it only when it is done.
                }
                return super.hold(at);
            }
        };
        Abort abort = new Abort();
        try (Http http = new Http(settings, log(), slow);
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<NetException> waiting = callers.submit(() -> failure(() -> http.send(post("/never"), abort)));
            lookedUp.await();
            abort.abort();
            assertThat(waiting.get().kind()).isEqualTo(NetException.Kind.ABORTED);
            Patience brief = new Patience(LONG, LONG, LONG, LONG).connecting(SHORT);
            NetException late = failure(() -> http.send(post("/never").patience(brief)));
            assertThat(late.neverSent()).isTrue();
            assertThat(late).hasMessageContaining("was not found within");
            never.countDown();
        }
        assertThat(server.requests("/never")).isZero();
    }

    /** A server that is busy asks for a minute; whoever leaves meanwhile does not wait for it. */
    @Test
    @Timeout(40)
    void anAbortEndsThePauseBeforeTheNextAttempt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        server.on("/busy", x -> {
            x.text(503, "", "Retry-After", "60");
            asked.countDown();
        });
        Abort abort = new Abort();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Request request = Request.text(server.at("/busy"), "test", 1 << 20);
            Future<NetException> waiting = callers.submit(() -> failure(() -> http().send(request, abort)));
            asked.await();
            abort.abort();
            assertThat(waiting.get().kind()).isEqualTo(NetException.Kind.ABORTED);
            assertThat(failure(() -> http().pause(1, request, abort)).kind()).isEqualTo(NetException.Kind.ABORTED);
        }
        assertThat(server.requests("/busy")).isEqualTo(1);
    }
}
