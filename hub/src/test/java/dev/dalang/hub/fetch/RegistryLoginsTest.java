package dev.dalang.hub.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names and passwords for registries: where they come from, and where they go. */
class RegistryLoginsTest {

    private static final byte[] GGUF = Models.gguf(1, 50_000);

    @TempDir
    Path home;

    @TempDir
    Path user;

    private final TestHub hub = new TestHub();

    @AfterEach
    void stop() {
        hub.close();
    }

    private String image() {
        hub.image("ai/tiny", "latest", "application/vnd.docker.ai.gguf.v3", GGUF);
        return "oci://" + hub.registryHost() + "/ai/tiny";
    }

    private static String encoded(String pair) {
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> docker(String json) throws IOException {
        Files.writeString(user.resolve("config.json"), json);
        return Map.of("DOCKER_CONFIG", user.toString(), "PATH", user.toString());
    }

    private void pulls(Map<String, String> environment) {
        try (Fixture f = new Fixture(hub, home, environment)) {
            assertThat(f.store.open(f.pull(image()))).hasBinaryContent(GGUF);
        }
    }

    private void refused(Map<String, String> environment, String words) {
        try (Fixture f = new Fixture(hub, home, environment)) {
            String source = image();
            assertThatThrownBy(() -> f.pull(source))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining(words)
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void aSavedLoginOpensAPrivateImageByToken() {
        hub.login = "anna:secret";
        RegistryLogins.of(home, Map.of()).save(hub.registryHost(), "anna", "secret");
        pulls(Map.of());
    }

    @Test
    void aSavedLoginOpensAPrivateImageByItself() {
        hub.login = "anna:se:cret";
        hub.basic = true;
        RegistryLogins.of(home, Map.of()).save(hub.registryHost(), "anna", "se:cret");
        pulls(Map.of());
    }

    @Test
    void dockersFileIsRead() throws IOException {
        hub.login = "anna:secret";
        pulls(docker("{\"auths\": {\"" + hub.registryHost() + "\": {\"auth\": \"" + encoded("anna:secret") + "\"}}}"));
    }

    @Test
    void dockersHelpersAreAsked() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "the helper is a shell script");
        hub.login = "anna:secret";
        Path helper = user.resolve("docker-credential-safe");
        Files.writeString(
                helper,
                "#!/bin/sh\nread host\n[ \"$1 $host\" = \"get " + hub.registryHost() + "\" ] || exit 1\n"
                        + "echo '{\"Username\": \"anna\", \"Secret\": \"secret\"}'\n");
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
        pulls(docker("{\"credHelpers\": {\"" + hub.registryHost() + "\": \"safe\"}}"));
        refused(docker("{\"credHelpers\": {\"" + hub.registryHost() + "\": \"../evil\"}}"), "no name of a program");
    }

    @Test
    void withoutALoginTheWayIsSaid() {
        hub.login = "anna:secret";
        hub.basic = true;
        refused(Map.of(), "dalang login " + hub.registryHost());
    }

    @Test
    void aWrongLoginIsSaid() {
        hub.login = "anna:other";
        RegistryLogins.of(home, Map.of()).save(hub.registryHost(), "anna", "secret");
        refused(Map.of(), "does not take the login anna");
    }

    @Test
    void aLoginIsTriedBeforeItIsKept() {
        hub.login = "anna:secret";
        try (Fixture f = new Fixture(hub, home)) {
            assertThat(f.fetcher.accepts(hub.registryHost(), "anna", "secret")).isTrue();
            assertThat(f.fetcher.accepts(hub.registryHost(), "anna", "wrong")).isFalse();
        }
    }

    /** CVE-2025-51471, with a password at stake. */
    @Test
    void aPasswordNeverGoesToAnotherHost() {
        hub.login = "anna:secret";
        hub.realm = "https://127.0.0.1:" + hub.server().port() + "/token";
        RegistryLogins.of(home, Map.of()).save(hub.registryHost(), "anna", "secret");
        refused(Map.of(), "sends to another host");
        assertThat(hub.server().requests("/token")).isZero();
    }

    @Test
    void nobodyElsesLoginIsSent() {
        hub.login = "anna:secret";
        RegistryLogins.of(home, Map.of()).save("registry.example.com", "anna", "secret");
        refused(Map.of(), "");
    }

    @Test
    void theFileIsItsOwnersAndForgets() throws IOException {
        RegistryLogins logins = RegistryLogins.of(home, Map.of());
        logins.save("registry.example.com", "anna", "secret");
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("registries.json"))))
                    .isEqualTo("rw-------");
        }
        assertThat(logins.find("registry.example.com"))
                .get()
                .hasToString("anna (" + home.resolve("registries.json") + ")");
        assertThat(logins.remove("registry.example.com")).isTrue();
        assertThat(logins.remove("registry.example.com")).isFalse();
        assertThat(logins.find("registry.example.com")).isEmpty();
    }

    @Test
    void identityTokensAreRefusedByName() throws IOException {
        hub.login = "anna:secret";
        refused(docker("{\"auths\": {\"" + hub.registryHost() + "\": {\"identitytoken\": \"x\"}}}"), "identity token");
    }
}
