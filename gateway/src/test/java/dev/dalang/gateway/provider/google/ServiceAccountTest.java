package dev.dalang.gateway.provider.google;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.gateway.provider.wire.Json;
import dev.dalang.gateway.simulator.Simulated;
import dev.dalang.gateway.simulator.Simulator;
import dev.dalang.net.Request;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceAccountTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path home;

    private Path file(KeyPair keys, String server) throws Exception {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                        .encodeToString(keys.getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        return Files.writeString(
                home.resolve("account.json"),
                Json.object()
                        .put("type", "service_account")
                        .put("project_id", "p")
                        .put("private_key_id", "k1")
                        .put("private_key", pem)
                        .put("client_email", "a@p.iam.gserviceaccount.com")
                        .put("token_uri", server)
                        .toString());
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator g = KeyPairGenerator.getInstance("RSA");
        g.initialize(2048);
        return g.generateKeyPair();
    }

    @Test
    void aTokenForASignedStatement() throws Exception {
        KeyPair keys = keys();
        try (Simulated hosted = new Simulated(home)) {
            Path file = file(keys, hosted.simulator.at("/token").toString());
            ServiceAccount account = ServiceAccount.of(file, hosted.http(), Clock.fixed(NOW, ZoneOffset.UTC));
            assertThat(account.project).isEqualTo("p");
            Request request = Request.text(URI.create("https://aiplatform.googleapis.com/x"), "test", 1);
            for (int i = 0; i < 3; i++) {
                assertThat(account.sign(request).secrets()).containsEntry("Authorization", "Bearer " + Simulator.KEY);
            }
            assertThat(hosted.simulator.asked()).as("the token is kept").hasSize(1);
            assertThat(account.hide("x " + Simulator.KEY)).isEqualTo("x …");

            String[] parts = account.statement(NOW).split("\\.");
            var claims = Json.parse(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            assertThat(Json.text(claims, "iss")).isEqualTo("a@p.iam.gserviceaccount.com");
            assertThat(Json.number(claims, "exp", 0) - Json.number(claims, "iat", 0))
                    .isEqualTo(3600);
            assertThat(Json.text(claims, "aud"))
                    .isEqualTo(hosted.simulator.at("/token").toString());
            Signature check = Signature.getInstance("SHA256withRSA");
            check.initVerify(keys.getPublic());
            check.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            assertThat(check.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        }
    }

    @Test
    void filesThatAreNone() throws Exception {
        Path file = home.resolve("a.json");
        for (String text : new String[] {"", "{}", "[]", "{\"private_key\":\"x\",\"client_email\":\"y\"}"}) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> ServiceAccount.of(file, null, Clock.systemUTC()))
                    .as(text)
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("no key of a Google service account");
        }
    }
}
