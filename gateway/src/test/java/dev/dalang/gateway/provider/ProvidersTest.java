package dev.dalang.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.gateway.provider.Providers.Addition;
import dev.dalang.gateway.provider.wire.Secret;
import dev.dalang.gateway.simulator.Simulated;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    @TempDir
    Path home;

    private Providers providers(Map<String, String> environment) {
        return Providers.of(home, environment);
    }

    private static Addition named(String name) {
        return new Addition(name, null, null, null, Map.of());
    }

    @Test
    void keysOfTheEnvironmentBringTheirProviders() {
        Providers p = providers(Map.of(
                "OPENAI_API_KEY",
                "sk-1",
                "MISTRAL_API_KEY",
                " ",
                "GOOGLE_API_KEY",
                "g",
                "AWS_BEARER_TOKEN_BEDROCK",
                "b",
                "AWS_REGION",
                "eu-central-1",
                "AZURE_OPENAI_API_KEY",
                "a",
                "AZURE_OPENAI_ENDPOINT",
                "https://r.openai.azure.com/"));
        assertThat(p.list())
                .extracting(ProviderConfig::name)
                .containsExactlyInAnyOrder("openai", "gemini", "bedrock", "azure");
        assertThat(p.find("bedrock").orElseThrow().address())
                .hasToString("https://bedrock-runtime.eu-central-1.amazonaws.com");
        assertThat(p.find("azure").orElseThrow().address()).hasToString("https://r.openai.azure.com");
        assertThat(p.has("openai/gpt-5")).isTrue();
        assertThat(p.has("openai/")).isFalse();
        assertThat(p.has("openai")).isFalse();
        assertThat(p.has("mistral/x")).isFalse();
    }

    @Test
    void whatIsAddedStays() {
        Providers p = providers(Map.of());
        p.add(
                new Addition("box", null, "http://localhost:8000/v1/", "vllm", Map.of("gap-seconds", "5")),
                null,
                null,
                false);
        p.add(named("anthropic"), null, "MY_KEY", false);
        Providers again = providers(Map.of("MY_KEY", "k"));
        assertThat(again.list()).extracting(ProviderConfig::name).containsExactly("box", "anthropic");
        ProviderConfig box = again.find("box").orElseThrow();
        assertThat(box.address()).hasToString("http://localhost:8000/v1");
        assertThat(box.flavour()).isEqualTo("vllm");
        assertThat(box.kind()).isEqualTo(ProviderKind.OPENAI_COMPATIBLE);
        assertThat(box.options()).containsEntry("gap-seconds", "5");
        assertThat(again.hasKey(again.find("anthropic").orElseThrow())).isTrue();
        assertThat(again.remove("box")).isTrue();
        assertThat(again.remove("box")).isFalse();
        assertThat(providers(Map.of()).list()).extracting(ProviderConfig::name).containsExactly("anthropic");
    }

    @Test
    void keysInFilesArePrivate() throws Exception {
        assumeTrue(POSIX, "files here have no owner's permissions");
        Providers p = providers(Map.of());
        ProviderConfig config = p.add(named("openai"), " sk-secret \n", null, true);
        assertThat(config.key()).isEqualTo(new KeySource.PrivateFile());
        Path file = home.resolve("keys/openai");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        assertThat(Files.readString(home.resolve("providers.json"))).doesNotContain("sk-secret");
        Keys keys = new Keys(home, Map.of());
        assertThat(keys.key(config).value()).isEqualTo("sk-secret");
        assertThat(keys.key(config)).hasToString("Secret[…]");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> keys.key(config)).hasMessageContaining("chmod 600");
        assertThat(p.remove("openai")).isTrue();
        assertThat(file).doesNotExist();
    }

    /** A store of secrets as the tool of that name gives it: it takes the key on its input, and gives it on its output. */
    @Test
    void theSystemsStoreIsPreferred() throws Exception {
        assumeTrue(POSIX, "no shell scripts here");
        Path tools = Files.createDirectories(home.resolve("bin"));
        Path tool = tools.resolve("secret-tool");
        Files.writeString(tool, """
                #!/bin/sh
                echo "$@" >>"$STORE.log"
                case $1 in
                  store) cat >"$STORE" ;;
                  lookup) cat "$STORE" ;;
                  clear) rm "$STORE" ;;
                esac
                """);
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
        Map<String, String> environment = Map.of(
                "PATH", tools + ":/usr/bin:/bin", "STORE", home.resolve("store").toString());
        Providers p = providers(environment);
        ProviderConfig config = p.add(named("openai"), "sk-secret", null, false);
        assertThat(config.key()).isEqualTo(new KeySource.SystemStore());
        assertThat(new Keys(home, environment).key(config).value()).isEqualTo("sk-secret");
        assertThat(Files.readString(home.resolve("store.log")))
                .contains("account openai")
                .doesNotContain("sk-secret");
        assertThat(home.resolve("keys")).doesNotExist();
        assertThat(p.remove("openai")).isTrue();
        assertThat(home.resolve("store")).doesNotExist();
        // A store that does not work is none.
        Files.writeString(tool, "#!/bin/sh\nexit 1\n");
        assertThat(p.add(named("openai"), "sk-secret", null, false).key()).isEqualTo(new KeySource.PrivateFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "sk-a\nb", "sk a", "sk-\u00e9", "sk-\u0000"})
    void keysThatAreNone(String key) {
        assertThatThrownBy(() -> Secret.of(key, "OPENAI_API_KEY"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("OPENAI_API_KEY")
                .hasMessageNotContaining("sk-a\nb");
        Providers p = providers(Map.of());
        assertThatThrownBy(() -> p.add(named("openai"), key, null, true)).isInstanceOf(DalangException.class);
        assertThat(p.list()).isEmpty();
    }

    @Test
    void addressesThatAreRefused() {
        Providers p = providers(Map.of());
        for (String address : List.of(
                "http://example.com/v1",
                "http://localhost:65536/v1",
                "https://example.com/v1/chat/completions",
                "https://example.com/v1/messages/",
                "ftp://example.com",
                "https://user:pw@example.com/v1",
                "https://",
                "not an address",
                "https://example.com/v1?key=x",
                "http://8.8.8.8/v1",
                "http://[2001:4860:4860::8888]/v1")) {
            assertThatThrownBy(() -> p.add(new Addition("x", null, address, null, Map.of()), null, null, false))
                    .as(address)
                    .isInstanceOf(DalangException.class);
        }
        for (String address :
                List.of("http://localhost:1/v1", "http://192.168.1.2/v1", "http://box:8000/v1", "http://[::1]:80/v1")) {
            p.add(new Addition("x", null, address, null, Map.of()), null, null, false);
        }
        assertThatThrownBy(() -> p.add(named("nobody"), null, null, false)).hasMessageContaining("needs an address");
        assertThatThrownBy(() -> p.add(new Addition("x", "y", "https://a", null, Map.of()), null, null, false))
                .hasMessageContaining("no kind");
        assertThatThrownBy(() -> p.add(new Addition("x", null, "https://a", "y", Map.of()), null, null, false))
                .hasMessageContaining("no flavour y; there are");
        assertThatThrownBy(() ->
                        p.add(new Addition("x", null, "https://a", null, Map.of("colour", "red")), null, null, false))
                .hasMessageContaining("no option colour; there are");
        assertThatThrownBy(() -> p.add(new Addition("a/b", null, "https://a", null, Map.of()), null, null, false))
                .hasMessageContaining("name");
    }

    @Test
    void filesThatAreBroken() throws Exception {
        for (String text : List.of(
                "",
                "[]",
                "{\"providers\":{\"x\":{}}}",
                "{\"providers\":{\"x\":{\"kind\":\"openai\",\"address\":"
                        + "\"https://a\",\"key\":\"sk-in-the-wrong-place\"}}}")) {
            Files.writeString(home.resolve("providers.json"), text);
            assertThatThrownBy(() -> providers(Map.of()))
                    .as(text)
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("providers.json");
        }
    }

    @Test
    void modelsThatCannotBe() {
        try (Simulated hosted = new Simulated(home)) {
            assertThatThrownBy(() -> hosted.chat("nobody/x"))
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class));
            assertThatThrownBy(() -> hosted.chat("openai")).hasMessageContaining("openai/MODEL");
            assertThat(hosted.providers.models("openai", hosted.http())).containsExactly("sim-small", "sim-large");
            assertThat(hosted.providers.models("gemini", hosted.http())).containsExactly("gemini-sim");
            assertThat(hosted.providers.models("azure", hosted.http())).hasSize(2);
            assertThatThrownBy(() -> hosted.providers.models("bedrock", hosted.http()))
                    .hasMessageContaining("no list");
        }
        Providers p = providers(Map.of());
        p.add(named("mistral"), null, "NOT_SET", false);
        assertThatThrownBy(() -> p.chat("mistral/x", null)).hasMessageContaining("NOT_SET is not set");
    }
}
