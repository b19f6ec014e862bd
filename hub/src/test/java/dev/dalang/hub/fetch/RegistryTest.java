package dev.dalang.hub.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import dev.dalang.testserver.TestHub;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ollama's registry, and OCI registries as Docker Model Runner uses them. */
class RegistryTest {

    @TempDir
    Path home;

    private static final byte[] GGUF = Models.gguf(1, 100_000);
    private static final byte[] TEMPLATE = "{{ .Prompt }}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LICENCE = "do good".getBytes(StandardCharsets.UTF_8);

    private final TestHub hub = new TestHub();

    @AfterEach
    void stop() {
        hub.close();
    }

    private String ollama(String model) {
        return "ollama://" + hub.registryHost() + "/" + model;
    }

    private String oci(String image) {
        return "oci://" + hub.registryHost() + "/" + image;
    }

    private void refused(String source, Class<? extends Failure> kind, String words) {
        try (Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.pull(source)).isInstanceOfSatisfying(DalangException.class, e -> {
                assertThat(e.failure()).as(e.getMessage()).isInstanceOf(kind);
                assertThat(e.getMessage()).contains(words).doesNotContain("\n");
            });
        }
    }

    @Test
    void aModelOfOllama() {
        hub.image(
                "library/tiny",
                "1b",
                "application/vnd.ollama.image.model",
                GGUF,
                "application/vnd.ollama.image.template",
                TEMPLATE,
                "application/vnd.ollama.image.license",
                LICENCE,
                "application/vnd.ollama.image.license",
                TEMPLATE,
                "application/vnd.ollama.image.params",
                "{}".getBytes(StandardCharsets.UTF_8));
        try (Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull(ollama("tiny:1b"));
            assertThat(m.name()).endsWith("/tiny:1b");
            assertThat(m.files())
                    .extracting(x -> x.name().text())
                    .containsExactly("model.gguf", "template", "LICENSE", "LICENSE-2", "params");
            assertThat(f.store.open(m)).hasBinaryContent(GGUF);
            assertThat(f.store.read(m.file(Role.LICENCE).orElseThrow(), 100)).isEqualTo(LICENCE);
            assertThat(f.store.read(m.file(Role.TEMPLATE).orElseThrow(), 100)).isEqualTo(TEMPLATE);
            assertThat(m.origin().revision()).startsWith("sha256:");
        }
    }

    @Test
    void aModelOfDockerModelRunner() {
        hub.image(
                "ai/tiny",
                "latest",
                "application/vnd.docker.ai.gguf.v3",
                GGUF,
                "application/vnd.docker.ai.license",
                LICENCE);
        try (Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull(oci("ai/tiny"));
            assertThat(m.name()).endsWith("/ai/tiny:latest");
            assertThat(f.store.open(m)).hasBinaryContent(GGUF);
        }
    }

    @Test
    void anIndexLeadsToAManifestThatIsChecked() {
        hub.image("ai/tiny", "x", "application/vnd.docker.ai.gguf.v3", GGUF);
        hub.manifest("ai/tiny", "multi", "{\"manifests\":[{\"digest\":\"sha256:" + "0".repeat(64) + "\"}]}");
        hub.image("ai/tiny", "sha256:" + "0".repeat(64), "application/vnd.docker.ai.gguf.v3", GGUF);
        refused(oci("ai/tiny:multi"), Failure.Upstream.class, "sent another manifest");
    }

    @Test
    void whatIsNotThereIsSaid() {
        refused(oci("ai/none"), Failure.ModelUnavailable.class, "has no ai/none:latest");
        hub.image("ai/text", "latest", "application/vnd.oci.image.layer.v1.tar", LICENCE);
        refused(oci("ai/text"), Failure.ModelUnavailable.class, "holds no model");
        hub.image("ai/packed", "latest", "application/vnd.docker.ai.gguf.v3+gzip", LICENCE);
        refused(oci("ai/packed"), Failure.ModelUnavailable.class, "is packed");
    }

    /** A registry sends the login, and with it the token, to another host. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example.com/token",
                "https://127.0.0.1:PORT/token",
                "http://localhost:PORT/token",
                "https://localhost:PORT/token?to=evil",
                "https://localhost.evil.example.com/token",
                "https://localhost:1/token",
                "file:///etc/passwd",
                "not an address",
                ""
            })
    void cve2025_51471_theAuthRealmIsPinnedToTheRegistry(String realm) {
        hub.realm = realm.replace("PORT", Integer.toString(hub.server().port()));
        hub.image("ai/tiny", "latest", "application/vnd.docker.ai.gguf.v3", GGUF);
        try (Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.plan(oci("ai/tiny"))).isInstanceOf(DalangException.class);
        }
        assertThat(hub.server().requests("/token")).isZero();
    }

    /** "Probllama": a digest with a path in it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sha256:../../../../../../etc/cron.d/x",
                "../../escape",
                "sha256:..%2f..%2fescape",
                "sha256-0000000000000000000000000000000000000000000000000000000000000000",
                "sha256:000000000000000000000000000000000000000000000000000000000000000/"
            })
    void cve2024_37032_digestsAreCheckedBeforeAnyPath(String digest) throws Exception {
        hub.manifest(
                "library/evil",
                "latest",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"" + digest
                        + "\",\"size\":10}]}");
        refused(ollama("evil"), Failure.Upstream.class, "no sha256 digest");
        try (var files = Files.walk(home)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(p -> p.getFileName().toString()))
                    .containsOnly("egress.jsonl");
        }
    }

    /** Crafted manifests that broke off the server or its memory: here each is one line that says so. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"layers\":null}",
                "{\"layers\":{}}",
                "{\"layers\":[null]}",
                "{\"layers\":[[]]}",
                "{\"layers\":[{}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"size\":1}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":7,\"size\":1}]}",
                "{\"layers\":[{\"mediaType\":7,\"digest\":\"DIGEST\",\"size\":1}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\"}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\",\"size\":-1}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\",\"size\":1e300}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\","
                        + "\"size\":99999999999999999999}]}",
                "{\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\","
                        + "\"size\":9223372036854775807}]}",
                "{\"manifests\":[]}",
                "{\"manifests\":[{}]}",
                "DEEP",
                "MANY"
            })
    void cve2025_1975_craftedManifestsAreRefusedInOneLine(String json) {
        String layer = "{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":\"DIGEST\",\"size\":1},";
        String crafted = switch (json) {
            case "DEEP" -> "[".repeat(200_000);
            case "MANY" -> "{\"layers\":[" + layer.repeat(5_000).replaceFirst(",$", "]}");
            default -> json;
        };
        hub.manifest("library/evil", "latest", crafted.replace("DIGEST", "sha256:" + "0".repeat(64)));
        refused(ollama("evil"), Failure.class, "");
        assertThat(hub.server().requests("/cdn/")).isZero();
    }

    /** The same again, in the names of files. */
    @ParameterizedTest
    @ValueSource(strings = {"../../evil.safetensors", "a/b.safetensors", "..\\\\evil.safetensors", "con.safetensors"})
    void cve2026_7020_noPathIsMadeOfARemoteName(String name) {
        hub.image("x/y", "ok", "application/vnd.docker.ai.safetensors", GGUF);
        hub.manifest(
                "ai/evil",
                "latest",
                "{\"layers\":[{\"mediaType\":\"application/vnd.docker.ai.safetensors\",\"digest\":\"sha256:"
                        + TestHub.sha256(GGUF) + "\",\"size\":" + GGUF.length
                        + ",\"annotations\":{\"org.cncf.model.filepath\":\"" + name + "\"}}]}");
        refused(oci("ai/evil"), Failure.Upstream.class, "nothing was written");
    }

    @Test
    void aTokenThatRunsOutIsRenewed() {
        hub.image("ai/tiny", "latest", "application/vnd.docker.ai.gguf.v3", GGUF);
        AtomicInteger blobs = new AtomicInteger();
        AtomicInteger tokens = new AtomicInteger();
        hub.server().on("/token", x -> {
            tokens.incrementAndGet();
            x.text(200, "{\"access_token\":\"registry-token\"}");
        });
        hub.server().on("/v2/ai/tiny/blobs/", x -> {
            if (blobs.incrementAndGet() == 1) x.text(401, "{}");
            else
                x.redirect(
                        307,
                        hub.server()
                                .at("127.0.0.1", "/cdn/" + TestHub.sha256(GGUF))
                                .toString());
        });
        try (Fixture f = new Fixture(hub, home)) {
            assertThat(f.store.open(f.pull(oci("ai/tiny")))).hasBinaryContent(GGUF);
        }
        assertThat(tokens).hasValue(2);
    }

    @Test
    void anAddressOfTheWeb() {
        hub.server().on("/files/", x -> x.file(GGUF, "ETag", "\"v1\""));
        try (Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull(hub.server()
                    .at("/files/My%20Model.Q4_K_M.gguf?token=secret")
                    .toString());
            assertThat(m.name()).isEqualTo("localhost/My-Model.Q4_K_M");
            assertThat(m.origin().location()).doesNotContain("secret");
            assertThat(f.store.open(m)).hasBinaryContent(GGUF);
            hub.server().on("/files/", x -> x.text(404, ""));
            assertThatThrownBy(() -> f.plan(hub.server().at("/files/x.gguf").toString()))
                    .hasMessageContaining("has no /files/x.gguf");
        }
    }

    @Test
    void aFileThatChangesMeanwhileIsNotMixed() {
        byte[] other = Models.gguf(2, 100_000);
        AtomicInteger n = new AtomicInteger();
        hub.server().on("/files/", x -> {
            if (x.method().equals("HEAD") || n.incrementAndGet() == 1) x.file(GGUF, "ETag", "\"v1\"");
            else x.bytes(200, other, "ETag", "\"v2\"");
        });
        refused(
                hub.server().at("/files/x.gguf").toString(),
                Failure.Upstream.class,
                "has changed model.gguf meanwhile");
        assertThat(hub.server().requests())
                .anyMatch(x -> "\"v1\"".equals(x.headers().get("if-range")));
        hub.server().on("/files/", x -> x.file(other, "ETag", "\"v2\""));
        try (Fixture f = new Fixture(hub, home)) {
            assertThat(f.store.open(f.pull(hub.server().at("/files/x.gguf").toString())))
                    .hasBinaryContent(other);
        }
    }

    @Test
    void sourcesAreRead() {
        assertThat(Source.parse("qwen3:4b")).isEmpty();
        assertThat(Source.parse("hf.co/a/../b")).isEmpty();
        assertThat(Source.parse("ollama://../x")).isEmpty();
        assertThat(Source.parse("hf.co/a/b:Q4_K_M")).contains(new Source.HuggingFace("a", "b", null, "Q4_K_M"));
        assertThat(Source.parse("hf://a/b@v1.0")).contains(new Source.HuggingFace("a", "b", "v1.0", null));
        assertThat(Source.parse("ollama://qwen3"))
                .contains(new Source.Ollama("registry.ollama.ai", "library/qwen3", "latest"));
        assertThat(Source.parse("ollama://me/x:2").orElseThrow().name()).isEqualTo("me/x:2");
        assertThat(Source.parse("docker.io/ai/smollm2"))
                .contains(new Source.Oci("registry-1.docker.io", "ai/smollm2", "latest"));
        assertThat(Source.parse("docker.io/ai/smollm2").orElseThrow().name()).isEqualTo("docker.io/ai/smollm2:latest");
        assertThat(Source.parse("oci://localhost:5000/a/b@sha256:" + "a".repeat(64))
                        .orElseThrow()
                        .name())
                .isEqualTo("localhost_5000/a/b@" + "a".repeat(12));
        assertThat(Source.parse("https://example.com/x/y.gguf").orElseThrow().name())
                .isEqualTo("example.com/y");
    }
}
