package dev.dalang.hub.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Repositories of Hugging Face. */
class HuggingFaceTest {

    @TempDir
    Path home;

    private static final byte[] GGUF = Models.gguf(1, 300_000);
    private static final byte[] OTHER = Models.gguf(2, 1000);
    private static final byte[] TEXT = "a licence".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    private static Map<String, byte[]> files() {
        return Map.of(
                "tiny-Q4_K_M.gguf",
                GGUF,
                "tiny-Q8_0.gguf",
                OTHER,
                "LICENSE",
                TEXT,
                "README.md",
                TEXT,
                ".gitattributes",
                TEXT);
    }

    @Test
    void theCustomaryQuantisationComesWithLicenceAndCard() throws IOException {
        try (TestHub hub = new TestHub().repository("owner/tiny", null, files());
                Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull("hf.co/owner/tiny");
            assertThat(m.name()).isEqualTo("hf.co/owner/tiny:Q4_K_M");
            assertThat(m.origin().revision()).isEqualTo(TestHub.COMMIT);
            assertThat(m.facts()).containsEntry("licence", "apache-2.0");
            assertThat(m.files())
                    .extracting(x -> x.name().text())
                    .containsExactlyInAnyOrder("tiny-Q4_K_M.gguf", "LICENSE", "README.md");
            assertThat(Files.readAllBytes(f.store.open(m))).isEqualTo(GGUF);
            assertThat(f.store.read(m.file(Role.LICENCE).orElseThrow(), 100)).isEqualTo(TEXT);
            assertThat(f.library().find("hf.co/OWNER/tiny")).isPresent();
            assertThat(f.library().find("tiny:q4_k_m")).isPresent();
        }
    }

    @Test
    void anotherQuantisationByNameOrFile() {
        try (TestHub hub = new TestHub().repository("owner/tiny", null, files());
                Fixture f = new Fixture(hub, home)) {
            assertThat(f.plan("hf.co/owner/tiny:q8_0").name()).isEqualTo("hf.co/owner/tiny:Q8_0");
            assertThat(f.plan("https://huggingface.co/owner/tiny/blob/" + TestHub.COMMIT + "/tiny-Q8_0.gguf")
                            .file(Role.WEIGHTS)
                            .orElseThrow()
                            .bytes())
                    .isEqualTo(OTHER.length);
            assertThatThrownBy(() -> f.plan("hf.co/owner/tiny:Q2_K")).hasMessageContaining("Q4_K_M, Q8_0");
        }
    }

    /** vLLM, Docker Model Runner: code from a repository. Here it is not even fetched. */
    @Test
    void cve2026_22807_aFolderOfSafetensorsComesWithoutCode() throws IOException {
        try (TestHub hub = new TestHub()
                        .repository(
                                "owner/folder",
                                null,
                                Map.of(
                                        "config.json",
                                        TEXT,
                                        "tokenizer.json",
                                        TEXT,
                                        "model.safetensors.index.json",
                                        TEXT,
                                        "model-00001-of-00002.safetensors",
                                        GGUF,
                                        "model-00002-of-00002.safetensors",
                                        OTHER,
                                        "pytorch_model.bin",
                                        TEXT,
                                        "modeling_evil.py",
                                        TEXT));
                Fixture f = new Fixture(hub, home)) {
            Manifest m = f.pull("hf.co/owner/folder");
            Path folder = f.store.open(m);
            assertThat(folder.resolve("model-00002-of-00002.safetensors")).hasBinaryContent(OTHER);
            assertThat(folder.resolve("config.json")).hasBinaryContent(TEXT);
            assertThat(folder.resolve("modeling_evil.py")).doesNotExist();
            assertThat(folder.resolve("pytorch_model.bin")).doesNotExist();
        }
    }

    /** SGLang and others: a pickle is a program. A repository that has nothing else has no model. */
    @Test
    void cve2026_3059_picklesAreNotFetched() {
        try (TestHub hub = new TestHub()
                        .repository(
                                "owner/pickles",
                                null,
                                Map.of(
                                        "config.json",
                                        TEXT,
                                        "pytorch_model.bin",
                                        GGUF,
                                        "model.pt",
                                        GGUF,
                                        "x.pkl",
                                        GGUF));
                Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.pull("hf.co/owner/pickles"))
                    .isInstanceOfSatisfying(
                            DalangException.class,
                            e -> assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class));
            assertThat(hub.server().requests("/owner/pickles/resolve/")).isZero();
        }
    }

    @Test
    void aSplitModelIsWhole() {
        try (TestHub hub = new TestHub()
                        .repository(
                                "owner/split",
                                null,
                                Map.of(
                                        "Q4_K_M/big-Q4_K_M-00001-of-00002.gguf", GGUF,
                                        "Q4_K_M/big-Q4_K_M-00002-of-00002.gguf", OTHER,
                                        "mmproj-F16.gguf", TEXT));
                Fixture f = new Fixture(hub, home)) {
            Plan p = f.plan("hf.co/owner/split");
            assertThat(p.name()).isEqualTo("hf.co/owner/split:Q4_K_M");
            assertThat(p.files())
                    .extracting(x -> x.name().text())
                    .containsExactlyInAnyOrder("big-Q4_K_M-00001-of-00002.gguf", "big-Q4_K_M-00002-of-00002.gguf");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', is gated: accept its terms",
        "hf_stranger, are not accepted yet",
        "hf_pending, awaits its authors' review",
        "hf_rejected, refused your request",
        "hf_wrong, is not accepted; make a new one"
    })
    void theCasesOfAGatedRepositoryAreToldApartBeforeTheFirstByte(String token, String words) {
        try (TestHub hub = new TestHub().repository("meta/gated", "manual", files());
                Fixture f = new Fixture(hub, home, token.isEmpty() ? Map.of() : Map.of("HF_TOKEN", token))) {
            assertThatThrownBy(() -> f.plan("hf.co/meta/gated")).isInstanceOfSatisfying(DalangException.class, e -> {
                assertThat(e.failure()).isInstanceOf(Failure.ModelUnavailable.class);
                assertThat(e.getMessage()).contains(words).doesNotContain("hf_");
            });
            assertThat(hub.server().requests("/cdn/")).isZero();
            assertThat(hub.server().requests("/meta/gated/resolve")).isZero();
        }
    }

    @Test
    void theTokenOpensAGatedRepositoryAndGoesNowhereElse() throws IOException {
        Path token = home.resolve("token");
        Files.writeString(token, "hf_accepted\n");
        try (TestHub hub = new TestHub().repository("meta/gated", "auto", files());
                Fixture f = new Fixture(hub, home, Map.of("HF_TOKEN_PATH", token.toString()))) {
            f.pull("hf.co/meta/gated");
            assertThat(hub.server().requests())
                    .anySatisfy(x -> assertThat(x.headers()).containsKey("authorization"));
            assertThat(hub.server().requests())
                    .filteredOn(x -> x.path().startsWith("/cdn/"))
                    .isNotEmpty()
                    .extracting(Exchange::headers)
                    .noneMatch(h -> h.containsKey("authorization"));
            assertThat(Files.readString(home.resolve("egress.jsonl"))).doesNotContain("hf_accepted", "Signature");
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        try (TestHub hub = new TestHub()
                        .repository("owner/tiny", null, files())
                        .repository("owner/empty", null, Map.of("README.md", TEXT));
                Fixture f = new Fixture(hub, home)) {
            assertThatThrownBy(() -> f.plan("hf.co/owner/none")).hasMessageContaining("has no owner/none");
            assertThatThrownBy(() -> f.plan("hf.co/owner/tiny@v9")).hasMessageContaining("no revision v9");
            assertThatThrownBy(() -> f.plan("hf.co/owner/empty")).hasMessageContaining("neither GGUF");
        }
    }
}
