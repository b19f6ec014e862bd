package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestServer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a server over TLS that misbehaves. */
class HttpTest {

    @TempDir
    Path folder;

    private final TestServer server = TestServer.tls();
    private final Map<String, String> environment = new HashMap<>(Map.of(
            "DALANG_CA_FILE", TestServer.caFile().toString(), "DALANG_ALLOW_PRIVATE", "localhost:*,127.0.0.1:*"));

    @AfterEach
    void stop() {
        server.close();
    }

    private Http http() {
        NetSettings settings = NetSettings.of(environment)
                .patience(Duration.ofSeconds(2), Duration.ofMillis(400), 4, Duration.ofMillis(1));
        return new Http(settings, new EgressLog(log()));
    }

    private Path log() {
        return folder.resolve("home/egress.jsonl");
    }

    private String text(URI address) throws NetException {
        try (Http http = http();
                Response r = http.send(Request.text(address, "test", 1000))) {
            return r.status() + " " + new String(r.bytes(), StandardCharsets.UTF_8);
        }
    }

    private void fails(URI address, NetException.Kind kind, String... words) {
        assertThatThrownBy(() -> text(address)).isInstanceOfSatisfying(NetException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
            assertThat(e.getMessage()).doesNotContain("\n");
            for (String word : words) assertThat(e.getMessage()).contains(word);
        });
    }

    @Test
    void anAnswer() throws Exception {
        server.on("/a", x -> x.text(200, "hello"));
        assertThat(text(server.at("/a"))).isEqualTo("200 hello");
        assertThat(text(server.at("/none"))).startsWith("404");
    }

    @Test
    void offlineMakesEveryAttemptAnError() {
        environment.put("DALANG_OFFLINE", "1");
        server.on("/", x -> x.text(200, "hello"));
        fails(server.at("/"), NetException.Kind.OFFLINE, "offline");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void hostsAreDeniedUnlessAllowed() {
        fails(URI.create("https://example.com/x"), NetException.Kind.HOST_NOT_ALLOWED, "example.com", "allow-hosts");
        fails(URI.create("https://example.com:8443/x"), NetException.Kind.HOST_NOT_ALLOWED, "example.com:8443");
    }

    @Test
    void aNameThatStandsForThisMachineIsRefused() {
        environment.put("DALANG_ALLOW_PRIVATE", "");
        environment.put("DALANG_ALLOW_HOSTS", "localhost:*,127.0.0.1:*,*:*");
        server.on("/", x -> x.text(200, "hello"));
        fails(server.at("/"), NetException.Kind.PRIVATE_ADDRESS, "localhost", "127.0.0.1", "allow-private");
        for (String host : new String[] {"127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
            fails(URI.create("https://" + host + ":" + server.port() + "/"), NetException.Kind.PRIVATE_ADDRESS);
        }
        assertThat(server.requests()).isEmpty();
    }

    /** Open WebUI: each hop is checked, not the first address alone. */
    @Test
    void cve2026_45401_aRedirectToThisMachineIsRefused() {
        environment.put("DALANG_ALLOW_PRIVATE", "localhost:*");
        environment.put("DALANG_ALLOW_HOSTS", "*:*");
        server.on("/", x -> x.redirect(302, server.at("127.0.0.1", "/secret").toString()));
        server.on("/secret", x -> x.text(200, "secret"));
        fails(server.at("/"), NetException.Kind.PRIVATE_ADDRESS, "127.0.0.1");
        assertThat(server.requests("/secret")).isZero();
    }

    /** Open WebUI: what checks an address and what connects to it read it differently. Here one reader does both, or refuses. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com@127.0.0.1:PORT/",
                "https://127.0.0.1:PORT#@example.com/",
                "https://127.0.0.1:PORT?@example.com/",
                "https://example.com:443@127.0.0.1:PORT/",
                "https://0x7f000001:PORT/",
                "https://0177.0.0.1:PORT/",
                "https://127.1:PORT/",
                "https://2130706433:PORT/",
                "https://127.0.0.1.:PORT/",
                "https://[::ffff:7f00:1]:PORT/",
                "https://[::127.0.0.1]:PORT/",
                "https://localhost.:PORT/"
            })
    void cve2026_45400_noAddressIsReadInTwoWays(String address) {
        environment.put("DALANG_ALLOW_PRIVATE", "");
        environment.put("DALANG_ALLOW_HOSTS", "*:*");
        server.on("/", x -> x.text(200, "secret"));
        try (Http http = http()) {
            URI to = URI.create(address.replace("PORT", Integer.toString(server.port())));
            assertThatThrownBy(() -> http.send(Request.text(to, "test", 1000)).close())
                    .isInstanceOf(NetException.class);
        }
        assertThat(server.requests()).isEmpty();
    }

    /** LocalAI: "0.0.0.0" and "[::]" are this machine too. */
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "[::]", "[::0.0.0.0]", "0", "[0:0:0:0:0:0:0:0]"})
    void localAi9719_theAddressOfNobodyIsThisMachine(String host) {
        environment.put("DALANG_ALLOW_PRIVATE", "");
        environment.put("DALANG_ALLOW_HOSTS", "*:*");
        server.on("/", x -> x.text(200, "secret"));
        try (Http http = http()) {
            URI to = URI.create("https://" + host + ":" + server.port() + "/");
            assertThatThrownBy(() -> http.send(Request.text(to, "test", 1000)).close())
                    .isInstanceOf(NetException.class);
        }
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://169.254.169.254/latest/meta-data",
                "https://10.0.0.1/",
                "https://192.168.1.1/",
                "https://[fd00::1]/",
                "https://[fe80::1]/",
                "https://[64:ff9b::a00:1]/"
            })
    void aRedirectToAPrivateAddressIsRefused(String to) {
        environment.put("DALANG_ALLOW_HOSTS", "*:*");
        server.on("/", x -> x.redirect(302, to));
        fails(server.at("/"), NetException.Kind.PRIVATE_ADDRESS);
    }

    /** LocalAI's header with a key went along to wherever a redirect pointed. */
    @Test
    void ghsa3mj3_57v2_4636_credentialsStayWithTheirOrigin() throws Exception {
        server.on("/start", x -> x.redirect(302, "/same"));
        server.on("/same", x -> x.redirect(307, server.at("127.0.0.1", "/other").toString()));
        server.on("/other", x -> x.redirect(302, server.at("/back").toString()));
        server.on("/back", x -> x.text(200, "done"));
        try (Http http = http();
                Response r = http.send(Request.text(server.at("/start"), "test", 1000)
                        .header("X-Plain", "1")
                        .secret("Authorization", "Bearer hf_secret"))) {
            assertThat(r.status()).isEqualTo(200);
        }
        assertThat(server.requests())
                .extracting(
                        Exchange::path,
                        x -> x.headers().containsKey("authorization"),
                        x -> x.headers().containsKey("x-plain"))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("/start", true, true),
                        org.assertj.core.groups.Tuple.tuple("/same", true, true),
                        org.assertj.core.groups.Tuple.tuple("/other", false, true),
                        org.assertj.core.groups.Tuple.tuple("/back", false, true));
        assertThat(Files.readString(log())).doesNotContain("hf_secret");
    }

    @Test
    void redirectsEnd() {
        server.on("/circle", x -> x.redirect(302, "/circle2"));
        server.on("/circle2", x -> x.redirect(302, "/circle"));
        fails(server.at("/circle"), NetException.Kind.REDIRECT, "circle");
        AtomicInteger n = new AtomicInteger();
        server.on("/far", x -> x.redirect(302, "/far" + n.incrementAndGet()));
        fails(server.at("/far"), NetException.Kind.REDIRECT, "8 times");
        server.on("/down", x -> x.redirect(302, "http://localhost:" + server.port() + "/x"));
        fails(server.at("/down"), NetException.Kind.REDIRECT, "from https");
        server.on("/file", x -> x.redirect(302, "file:///etc/passwd"));
        fails(server.at("/file"), NetException.Kind.REDIRECT);
        server.on("/nowhere", x -> x.redirect(302, "ht tp://"));
        fails(server.at("/nowhere"), NetException.Kind.REDIRECT);
    }

    @Test
    void plainHttpAndPasswordsInAddressesAreRefused() {
        environment.put("DALANG_ALLOW_HOSTS", "example.com:*");
        fails(URI.create("http://example.com/"), NetException.Kind.BAD_ADDRESS, "https");
        fails(URI.create("https://user:secret@example.com/"), NetException.Kind.BAD_ADDRESS, "user name");
        fails(URI.create("file:///etc/passwd"), NetException.Kind.BAD_ADDRESS);
        fails(URI.create("ftp://localhost/x"), NetException.Kind.BAD_ADDRESS);
        fails(URI.create("https://127.1/x"), NetException.Kind.BAD_ADDRESS);
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() {
        environment.remove("DALANG_CA_FILE");
        fails(server.at("/"), NetException.Kind.CERTIFICATE, "DALANG_CA_FILE");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void authoritiesThatCannotBeUsedAreSaid() throws Exception {
        Path missing = folder.resolve("missing.pem");
        environment.put("DALANG_CA_FILE", missing.toString());
        assertThatThrownBy(this::http)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(missing.toString());
        Path none = Files.writeString(folder.resolve("none.pem"), "# nobody\n");
        environment.put("DALANG_CA_FILE", none.toString());
        fails(server.at("/"), NetException.Kind.CERTIFICATE, none.toString(), "cannot be used");
    }

    @Test
    void afterTheEndNothingIsSent() throws Exception {
        Http ended = http();
        ended.prepare();
        ended.close();
        assertThatThrownBy(() -> ended.send(Request.text(server.at("/"), "test", 1000)))
                .isInstanceOf(NetException.class);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void whatMayPassIsTriedAgain() throws Exception {
        AtomicInteger n = new AtomicInteger();
        server.on("/busy", x -> {
            switch (n.incrementAndGet()) {
                case 1 -> x.text(503, "");
                case 2 -> x.text(429, "", "Retry-After", "0");
                case 3 -> x.drop();
                default -> x.text(200, "at last");
            }
        });
        assertThat(text(server.at("/busy"))).isEqualTo("200 at last");
        server.on("/down", x -> x.text(502, "down"));
        assertThat(text(server.at("/down"))).isEqualTo("502 down");
        assertThat(server.requests("/down")).isEqualTo(4);
        server.on("/wait", x -> x.text(429, "", "Retry-After", "86400"));
        assertThat(text(server.at("/wait"))).startsWith("429");
        assertThat(server.requests("/wait")).as("a day is too long to wait").isEqualTo(1);
    }

    @Test
    void aDifferenceOfClocksIsNoWait() {
        var now = java.time.Instant.parse("2026-01-01T00:00:00Z");
        assertThat(Delays.retryAfter("Wed, 21 Oct 2015 07:28:00 GMT", now)).isEqualTo(Duration.ZERO);
        assertThat(Delays.retryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now)).isEqualTo(Duration.ofSeconds(30));
        assertThat(Delays.retryAfter("7", now)).isEqualTo(Duration.ofSeconds(7));
        assertThat(Delays.retryAfter("1.5", now)).isEqualTo(Duration.ofMillis(1500));
        assertThat(Delays.retryAfter("soon", now)).isNull();
        assertThat(Delays.retryAfter("-5", now)).isNull();
    }

    @Test
    void aStallIsSeen() {
        server.on("/stall", x -> {
            x.head(200, Map.of("Content-Length", "100"));
            x.out().write(new byte[10]);
            x.out().flush();
            Thread.sleep(20_000);
        });
        fails(server.at("/stall"), NetException.Kind.STALLED, "sent nothing");
    }

    @Test
    void noAnswerIsSeen() {
        server.on("/silent", x -> Thread.sleep(60_000));
        assertThatThrownBy(() -> {
                    try (Http http = http()) {
                        http.send(Request.text(server.at("/silent"), "test", 10).attempts(1));
                    }
                })
                .isInstanceOfSatisfying(
                        NetException.class, e -> assertThat(e.kind()).isEqualTo(NetException.Kind.TIMEOUT));
    }

    @Test
    void aBrokenAnswerIsSeen() {
        server.on("/cut", x -> {
            x.head(200, Map.of("Content-Length", "100"));
            x.out().write(new byte[10]);
            x.drop();
        });
        fails(server.at("/cut"), NetException.Kind.CONNECTION, "within the answer");
    }

    @Test
    void answersAreHeldToALength() {
        server.on("/long", x -> x.text(200, "x".repeat(2000)));
        fails(server.at("/long"), NetException.Kind.TOO_LARGE);
        server.on("/endless", x -> {
            x.head(200, Map.of("Connection", "close"));
            while (true) x.out().write(new byte[1000]);
        });
        fails(server.at("/endless"), NetException.Kind.TOO_LARGE);
    }

    /** Ollama: an answer that unpacks to gigabytes. */
    @Test
    void cve2024_12886_aGzipBombIsHeldToALength() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            for (int i = 0; i < 600; i++) gzip.write(new byte[1000]);
        }
        assertThat(bomb.size()).isLessThan(1000);
        server.on("/bomb", x -> x.bytes(200, bomb.toByteArray(), "Content-Encoding", "gzip"));
        fails(server.at("/bomb"), NetException.Kind.TOO_LARGE);
        server.on("/gz", x -> x.bytes(200, new byte[] {1, 2, 3}, "Content-Encoding", "gzip"));
        fails(server.at("/gz"), NetException.Kind.PROTOCOL);
    }

    @Test
    void aPackedAnswerIsUnpackedWhereThatIsAskedForAndRefusedElsewhere() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        server.on("/gz", x -> x.bytes(200, packed.toByteArray(), "Content-Encoding", "gzip"));
        assertThat(text(server.at("/gz"))).isEqualTo("200 hello");
        try (Http http = http()) {
            assertThatThrownBy(() -> http.send(Request.bytes(server.at("/gz"), "test", 1000)))
                    .hasMessageContaining("packs its answer");
        }
    }

    @Test
    void everyConnectionIsLoggedWithoutSecrets() throws Exception {
        server.on("/a", x -> x.text(200, "hello"));
        text(server.at("/a?X-Amz-Signature=topsecret"));
        environment.put("DALANG_OFFLINE", "1");
        fails(server.at("/b"), NetException.Kind.OFFLINE);
        String log = Files.readString(log());
        assertThat(log.lines()).hasSize(3);
        assertThat(log)
                .contains("\"event\":\"open\"", "\"purpose\":\"test\"", "\"to\":\"127.0.0.1\"", "/a\"")
                .contains("\"event\":\"close\"", "\"status\":200", "\"bytes\":5")
                .contains("\"event\":\"refused\"")
                .doesNotContain("topsecret");
    }

    @Test
    void withoutALogThereIsNoConnection() throws Exception {
        Files.createDirectories(log());
        server.on("/a", x -> x.text(200, "hello"));
        assertThatThrownBy(() -> text(server.at("/a"))).hasMessageContaining("cannot be written");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void whatWasSentIsAnsweredThoughTheLogCannotBeWrittenSince() throws Exception {
        server.on("/a", x -> {
            Files.delete(log());
            Files.createDirectories(log());
            x.text(200, "hello");
        });
        assertThat(text(server.at("/a"))).isEqualTo("200 hello");
    }

    @Test
    void aLimitOfBytesPerSecondHolds() throws Exception {
        // No timing is asserted; what is checked is that the bytes arrive whole through the limit.
        environment.put("DALANG_BANDWIDTH", "2M");
        byte[] content = new byte[300_000];
        new java.util.Random(1).nextBytes(content);
        server.on("/f", x -> x.file(content));
        try (Http http = http();
                Response r = http.send(Request.bytes(server.at("/f"), "test", 1_000_000))) {
            assertThat(r.bytes()).isEqualTo(content);
        }
    }

    @Test
    void aProxyCarriesTheRequestAndOnlyThat() throws Exception {
        try (TestServer proxy = TestServer.plain();
                TestServer plain = TestServer.plain()) {
            proxy.on("http", x -> x.text(200, "by proxy"));
            environment.put("http_proxy", "http://me:secret@127.0.0.1:" + proxy.port());
            plain.on("/", x -> x.text(200, "direct"));
            assertThat(text(plain.at("/"))).isEqualTo("200 by proxy");
            environment.put("NO_PROXY", "localhost");
            assertThat(text(plain.at("/"))).isEqualTo("200 direct");
            environment.put("NO_PROXY", "");
            environment.put("DALANG_ALLOW_PRIVATE", "");
            environment.put("DALANG_ALLOW_HOSTS", "*:*");
            environment.put("HTTPS_PROXY", "127.0.0.1:" + proxy.port());
            fails(URI.create("https://127.0.0.1/"), NetException.Kind.PRIVATE_ADDRESS);
            fails(URI.create("https://localhost/"), NetException.Kind.PRIVATE_ADDRESS);
        }
        assertThat(Files.readString(log())).contains("\"proxy\":\"127.0.0.1:").doesNotContain("secret");
    }

    @Test
    void aProxyForHttpsIsLoggedInToAndSeesNoSecrets() throws Exception {
        server.on("/a", x -> x.text(200, "through"));
        try (TestServer proxy = TestServer.plain()) {
            proxy.on("localhost", x -> {
                String login = "Basic "
                        + java.util.Base64.getEncoder().encodeToString("me:pass word".getBytes(StandardCharsets.UTF_8));
                if (!login.equals(x.headers().get("proxy-authorization"))) {
                    x.text(407, "", "Proxy-Authenticate", "Basic realm=\"proxy\"");
                    return;
                }
                tunnel(x);
            });
            environment.put("HTTPS_PROXY", "http://me:pass%20word@127.0.0.1:" + proxy.port());
            try (Http http = http();
                    Response r = http.send(
                            Request.text(server.at("/a"), "test", 100).secret("Authorization", "Bearer secret"))) {
                assertThat(r.bytes()).asString().isEqualTo("through");
            }
            assertThat(proxy.requests())
                    .isNotEmpty()
                    .allMatch(x -> x.method().equals("CONNECT") && !x.headers().containsKey("authorization"));
        }
    }

    private void tunnel(Exchange x) throws Exception {
        x.head(200, Map.of());
        try (var to = new java.net.Socket("127.0.0.1", server.port())) {
            Thread back = Thread.startVirtualThread(() -> {
                try {
                    to.getInputStream().transferTo(x.socket().getOutputStream());
                } catch (java.io.IOException e) {
                    return; // the other side went away
                }
            });
            x.socket().getInputStream().transferTo(to.getOutputStream());
            back.join();
        }
    }
}
