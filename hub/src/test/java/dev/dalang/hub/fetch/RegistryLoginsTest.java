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

    /** The GUID that some registries have for a name stands beside it, as they write it. */
    private Map<String, String> identity(String token) throws IOException {
        return docker("{\"auths\": {\"" + hub.registryHost() + "\": {\"auth\": \""
                + encoded("00000000-0000-0000-0000-000000000000:") + "\", \"identitytoken\": \"" + token + "\"}}}");
    }

    @Test
    void anIdentityTokenIsTradedForAToken() throws IOException {
        hub.login = "anna:other";
        hub.identity = "secret+/=&x";
        pulls(identity("secret+/=&x"));
    }

    @Test
    void anIdentityTokenOfAHelperIsTradedForAToken() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "the helper is a shell script");
        hub.login = "anna:other";
        hub.identity = "secret";
        Path helper = user.resolve("docker-credential-safe");
        Files.writeString(helper, "#!/bin/sh\necho '{\"Username\": \"<token>\", \"Secret\": \"secret\"}'\n");
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
        pulls(docker("{\"credsStore\": \"safe\"}"));
    }

    @Test
    void anIdentityTokenThatIsNotTakenIsSaid() throws IOException {
        hub.login = "anna:other";
        hub.identity = "another";
        refused(identity("secret"), "does not take the login identity token");
    }

    @Test
    void anIdentityTokenIsNoPassword() throws IOException {
        hub.login = "anna:other";
        hub.basic = true;
        refused(identity("secret"), "wants a name and a password");
    }

    /** CVE-2025-51471, with an identity token at stake, which opens more than one repository. */
    @Test
    void anIdentityTokenNeverGoesToAnotherHost() throws IOException {
        hub.login = "anna:other";
        hub.identity = "secret";
        hub.realm = "https://127.0.0.1:" + hub.server().port() + "/token";
        refused(identity("secret"), "sends to another host");
        assertThat(hub.server().requests("/token")).isZero();
    }

    @Test
    void anIdentityTokenFollowsNoRedirect() throws IOException {
        hub.login = "anna:other";
        hub.identity = "secret";
        hub.realm = hub.server().at("/moved").toString();
        hub.server().on("/moved", x -> x.redirect(307, hub.server().at("/token").toString()));
        refused(identity("secret"), "");
        assertThat(hub.server().requests("/moved")).isOne();
        assertThat(hub.server().requests("/token")).isZero();
    }

    @Test
    void theirIdentityTokenRemainsAfterALogout() throws IOException {
        RegistryLogins logins = RegistryLogins.of(home, identity("secret"));
        logins.save(hub.registryHost(), "anna", "mine");
        assertThat(logins.find(hub.registryHost())).get().asString().startsWith("anna");
        assertThat(logins.remove(hub.registryHost())).isTrue();
        assertThat(logins.find(hub.registryHost()))
                .get()
                .hasToString("identity token (" + user.resolve("config.json") + ")");
    }
}
