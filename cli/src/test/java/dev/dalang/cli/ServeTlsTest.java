package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.server.http.Pem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server over TLS, and our own commands against it. */
@Timeout(180)
class ServeTlsTest {

    @TempDir
    Path home;

    @TempDir
    Path files;

    private Shell shell;
    private TestPki pki;

    @BeforeEach
    void begin() throws Exception {
        shell = new Shell(home);
        pki = new TestPki(files).server("one");
    }

    /** What a client gets that trusts these and shows that: the status line's code, and the certificate that it saw. */
    private record Seen(int status, X509Certificate certificate) {}

    private static Seen health(RunningServe server, List<X509Certificate> trusted, Pem own) throws Exception {
        URI address = URI.create(server.address);
        SSLContext context = Pem.clientContext(trusted, own);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.startHandshake();
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            socket.getOutputStream()
                    .write(("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!said.startsWith("HTTP/1.1 ")) throw new IOException("no answer but " + said.length() + " bytes");
            return new Seen(Integer.parseInt(said.substring(9, 12)), shown);
        }
    }

    private void commandsWork(RunningServe server) {
        assertThat(shell.run("ps", "--json").out()).contains("\"models\"");
        assertThat(shell.run("top", "--once").out()).contains("dalang", "MODEL");
        assertThat(shell.run("stop", "nothing").err()).contains("no model \"nothing\"");
        assertThat(shell.run("keys", "link").out()).startsWith(server.address + "/dalang/sign-in?token=");
    }

    private Map<?, ?> doctor() {
        Map<?, ?> report = (Map<?, ?>)
                ((Map<?, ?>) Json.parse(shell.run("doctor", "--json").out(), "doctor")).get("server");
        for (String lock : List.of(
                "running",
                "tls",
                "refuses_without_key",
                "refuses_wrong_key",
                "refuses_other_sites",
                "answers_with_key")) {
            assertThat(report.get(lock)).as(lock).isEqualTo(true);
        }
        return report;
    }

    @Test
    void aChangedCertificateIsServedAndABrokenOneIsNot() throws Exception {
        pki.server("two").write("one", "used");
        X509Certificate one = pki.get("one");
        X509Certificate two = pki.get("two");
        List<X509Certificate> both = List.of(one, two);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        try (RunningServe server = new RunningServe(
                shell, "--tls-cert", pki.certificate("used") + "", "--tls-key", pki.key("used") + "")) {
            System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
            assertThat(server.address).startsWith("https://");
            assertThat(health(server, both, null)).isEqualTo(new Seen(200, one));
            assertThatThrownBy(() -> health(server, List.of(two), null)).isInstanceOf(IOException.class);
            commandsWork(server);
            doctor();

            pki.write("two", "used");
            // Within seconds; the test's own limit is the time that this may take.
            while (!health(server, both, null).certificate().equals(two)) Thread.sleep(100);
            commandsWork(server);

            Files.writeString(pki.certificate("used"), "no certificate");
            while (!log.toString(StandardCharsets.UTF_8).contains("is not used")) Thread.sleep(100);
            assertThat(log.toString(StandardCharsets.UTF_8)).contains("holds no certificate in PEM");
            assertThat(health(server, both, null)).isEqualTo(new Seen(200, two));

            // A key of another certificate is as wrong.
            Files.copy(
                    pki.certificate("one"), pki.certificate("used"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            while (!log.toString(StandardCharsets.UTF_8).contains("does not fit")) Thread.sleep(100);
            assertThat(health(server, both, null)).isEqualTo(new Seen(200, two));

            pki.write("one", "used");
            while (!health(server, both, null).certificate().equals(one)) Thread.sleep(100);
        } finally {
            System.setErr(before);
        }
    }

    @Test
    void whatIsWrongWithAFileIsSaidByItsName() throws Exception {
        Path certificate = pki.certificate("one");
        Path missing = files.resolve("missing.pem");
        Path cut = Files.writeString(
                files.resolve("cut.pem"), "-----BEGIN PRIVATE KEY-----\nMIIEv\n-----END PRIVATE KEY-----\n");
        for (String[] one : new String[][] {
            {certificate + "", missing + "", missing + " is not there"},
            {missing + "", pki.key("one") + "", missing + " is not there"},
            {certificate + "", cut + "", cut + " holds a key that is cut off or damaged"},
        }) {
            Shell.Result refused = shell.run("serve", "--port", "0", "--tls-cert", one[0], "--tls-key", one[1]);
            assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
            assertThat(refused.err().lines().toList()).containsExactly("dalang: " + one[2]);
        }
    }

    @Test
    void whoShowsNoCertificateOfTheAuthorityGetsNoConnection() throws Exception {
        pki.authority("authority").client("friend", "authority").client("stranger", null);
        List<X509Certificate> trusted = List.of(pki.get("one"));
        Pem friend = Pem.read(pki.certificate("friend"), pki.key("friend"));
        Pem stranger = Pem.read(pki.certificate("stranger"), pki.key("stranger"));
        try (RunningServe server = new RunningServe(
                shell,
                "--tls-cert",
                pki.certificate("one") + "",
                "--tls-key",
                pki.key("one") + "",
                "--client-ca",
                pki.certificate("authority") + "")) {
            assertThat(health(server, trusted, friend).status()).isEqualTo(200);
            assertThatThrownBy(() -> health(server, trusted, null)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> health(server, trusted, stranger)).isInstanceOf(IOException.class);

            assertThat(shell.run("ps").err()).contains("--client-cert and --client-key");
            assertThat(shell.run("ps", "--client-cert", pki.certificate("friend"))
                            .err())
                    .contains("go together");
            assertThat(shell.run(
                                    "ps",
                                    "--client-cert",
                                    pki.certificate("stranger"),
                                    "--client-key",
                                    pki.key("stranger"))
                            .code())
                    .isNotZero();
            shell.environment.put("DALANG_CLIENT_CERT", pki.certificate("friend") + "");
            shell.environment.put("DALANG_CLIENT_KEY", pki.key("friend") + "");
            commandsWork(server);
            assertThat(doctor().get("refuses_without_certificate")).isEqualTo(true);
        }
    }
}
