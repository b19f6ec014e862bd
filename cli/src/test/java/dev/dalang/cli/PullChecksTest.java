package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.testserver.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The licence gate and the fit before a pull, against a hub over TLS. */
class PullChecksTest {

    @TempDir
    Path folder;

    private final TestHub hub = new TestHub();
    private Shell shell;
    private byte[] weights;

    @BeforeEach
    void start() throws IOException {
        shell = new Shell(folder.resolve("home"));
        shell.environment.putAll(hub.environment());
        Path file = folder.resolve("made.gguf");
        TinyLlama.write(file, "gemma");
        weights = Files.readAllBytes(file);
        hub.repository(
                "owner/tiny",
                null,
                Map.of(
                        "tiny-Q8_0.gguf", weights,
                        "LICENSE", "Terms: do good.".getBytes(StandardCharsets.UTF_8),
                        "README.md", "---\nlicense: gemma\n---\n# tiny".getBytes(StandardCharsets.UTF_8)));
        hub.card("owner/tiny", "{\"license\":\"gemma\"}");
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void withoutConsentNothingIsFetchedAndTheStatusIsThree() {
        Shell.Result r = shell.run("pull", "hf.co/owner/tiny");
        assertThat(r.code()).as(r.err()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(r.err()).contains("Gemma Terms of Use", "--accept-licence Gemma");
        assertThat(shell.run("list").out().lines()).hasSize(1);
        assertThat(shell.run("licences", "--accepted").err()).contains("no licence was accepted here");
    }

    @Test
    void anAcceptedLicenceIsRecordedOnceAndFollowsCopies() {
        Shell.Result r = shell.run("pull", "hf.co/owner/tiny", "--accept-licence", "Gemma");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.err()).contains("licence: Gemma Terms of Use").contains("fit: Q8_0 with a context of 512 takes");
        assertThat(shell.run("pull", "hf.co/owner/tiny").code())
                .as("accepted once")
                .isZero();
        assertThat(shell.run("licences", "--accepted").out().lines()).hasSize(2);
        assertThat(shell.run("licences", "--accepted", "--json").out())
                .contains("\"licence\": \"Gemma\"", "\"how\": \"--accept-licence\"", "\"text_digest\": \"sha256:");
        assertThat(shell.run("cp", "hf.co/owner/tiny:Q8_0", "mine:latest").code())
                .isZero();
        assertThat(shell.run("licences").out().lines().filter(l -> l.contains("Gemma")))
                .hasSize(2);
        assertThat(shell.run("licences", "--format", "spdx").out()).contains("LicenseRef-Gemma", "\"SPDX-2.3\"");
        assertThat(shell.run("licences", "--format", "cyclonedx").out())
                .contains("\"CycloneDX\"", TestHub.sha256(weights));
        assertThat(shell.run("licences", "--licence-policy", "osi-only").code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
    }

    /** Two models that differ in {@code :latest} alone could not be told apart. */
    @Test
    void whatIsThereWithoutLatestIsNotPulledBesideItself() {
        assertThat(shell.run("pull", "hf.co/owner/tiny", "--name", "mine", "--accept-licence", "Gemma")
                        .code())
                .isZero();
        assertThat(shell.run("pull", "hf.co/owner/tiny", "--name", "mine:latest")
                        .code())
                .isZero();
        assertThat(shell.run("list").out().lines().filter(l -> l.startsWith("mine")))
                .hasSize(1);
    }

    @Test
    void aPersonIsShownTheTextAndAsked() {
        shell.inIsTerminal = true;
        shell.errIsTerminal = true;
        shell.stdin = "no\n";
        Shell.Result no = shell.run("pull", "hf.co/owner/tiny");
        assertThat(no.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(no.err()).contains("In short: ", "Terms: do good.", "Do you accept it?");
        shell.stdin = "yes\n";
        assertThat(shell.run("pull", "hf.co/owner/tiny").code()).isZero();
        assertThat(shell.run("licences", "--accepted").out()).contains("typed");
    }

    @Test
    void aRuleOfTheConfigurationRefuses() {
        shell.write("config", "licence-policy = osi-only\n");
        Shell.Result r = shell.run("pull", "hf.co/owner/tiny", "--accept-licence", "Gemma");
        assertThat(r.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(r.err()).contains("rule osi-only");
        shell.write("config", "licence-policy = osi-onyl\n");
        assertThat(shell.run("pull", "hf.co/owner/tiny").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void fitReadsTheHeaderOfARemoteModel() {
        Shell.Result r = shell.run("fit", "hf.co/owner/tiny", "--no-speed");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("Q8_0").doesNotContain("Q8_0~").contains("512");
        assertThat(shell.run("list").out().lines()).hasSize(1);
    }

    /** Its header asks for buffers of terabytes, and its file is small. */
    @Test
    void whatCannotFitIsRefusedAndFetchedAnyway() throws IOException {
        Path file = folder.resolve("huge.gguf");
        TinyLlama.write(file, "apache-2.0", 2, 64, 128, 256, 2_000_000_000L);
        byte[] huge = Files.readAllBytes(file);
        hub.repository("owner/huge", null, Map.of("huge-Q8_0.gguf", huge));
        hub.card("owner/huge", "{\"license\":\"apache-2.0\"}");
        Shell.Result refused = shell.run("pull", "hf.co/owner/huge");
        assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.DOES_NOT_FIT);
        assertThat(refused.err()).contains("does not fit this machine").contains("--anyway");
        assertThat(shell.run("list").out().lines()).hasSize(1);
        assertThat(hub.server().requests("/cdn/"))
                .as("only the header was read")
                .isLessThanOrEqualTo(1);

        Shell.Result anyway = shell.run("pull", "hf.co/owner/huge", "--anyway");
        assertThat(anyway.code()).as(anyway.err()).isZero();
        assertThat(anyway.err()).contains("it does not fit");
        assertThat(folder.resolve("home/models/blobs/sha256-" + TestHub.sha256(huge)))
                .hasBinaryContent(huge);
        assertThat(shell.run("list").out()).contains("owner/huge");
    }

    /** A folder of safetensors is judged by its configuration and headers, not by its size alone. */
    @Test
    void safetensorsAreJudgedByTheirHeaders() throws IOException {
        Path made = folder.resolve("folder");
        TinyFolder.write(made);
        Map<String, byte[]> files = new java.util.HashMap<>();
        try (var list = Files.list(made)) {
            for (Path f : list.toList()) files.put(f.getFileName().toString(), Files.readAllBytes(f));
        }
        hub.repository("owner/folder", null, files);
        hub.card("owner/folder", "{\"license\":\"apache-2.0\"}");
        Shell.Result fit = shell.run("fit", "hf.co/owner/folder", "--no-speed");
        assertThat(fit.code()).as(fit.err()).isZero();
        assertThat(fit.out()).contains("F32").contains("512");
        Shell.Result pull = shell.run("pull", "hf.co/owner/folder");
        assertThat(pull.code()).as(pull.err()).isZero();
        assertThat(pull.err()).contains("fit: F32 with a context of 512 takes");
    }

    /** A folder in Hugging Face's form, as small as it can be. */
    static final class TinyFolder {
        private TinyFolder() {}

        static void write(Path folder) throws IOException {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), """
                    {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "intermediate_size": 128,
                     "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 96,
                     "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
                    """);
            String b = "model.layers.0.";
            Map<String, int[]> shapes = new java.util.LinkedHashMap<>();
            shapes.put("model.embed_tokens.weight", new int[] {96, 64});
            shapes.put(b + "self_attn.q_proj.weight", new int[] {64, 64});
            shapes.put(b + "self_attn.k_proj.weight", new int[] {32, 64});
            shapes.put(b + "self_attn.v_proj.weight", new int[] {32, 64});
            shapes.put(b + "self_attn.o_proj.weight", new int[] {64, 64});
            shapes.put(b + "mlp.gate_proj.weight", new int[] {128, 64});
            shapes.put(b + "mlp.up_proj.weight", new int[] {128, 64});
            shapes.put(b + "mlp.down_proj.weight", new int[] {64, 128});
            shapes.put(b + "input_layernorm.weight", new int[] {64});
            shapes.put(b + "post_attention_layernorm.weight", new int[] {64});
            shapes.put("model.norm.weight", new int[] {64});
            StringBuilder header = new StringBuilder("{");
            long at = 0;
            for (var e : shapes.entrySet()) {
                long bytes = 4;
                for (int n : e.getValue()) bytes *= n;
                header.append(header.length() > 1 ? "," : "")
                        .append("\"" + e.getKey() + "\":{\"dtype\":\"F32\",\"shape\":"
                                + java.util.Arrays.toString(e.getValue()) + ",\"data_offsets\":[" + at + ","
                                + (at + bytes) + "]}");
                at += bytes;
            }
            byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
            java.nio.ByteBuffer file =
                    java.nio.ByteBuffer.allocate((int) (8 + json.length + at)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            Files.write(
                    folder.resolve("model.safetensors"),
                    file.putLong(json.length).put(json).array());
        }
    }

    @Test
    void aLoginIsTriedKeptUsedAndForgotten() {
        hub.login = "anna:secret";
        hub.image("ai/tiny", "latest", "application/vnd.docker.ai.gguf.v3", weights);
        String image = "oci://" + hub.registryHost() + "/ai/tiny";
        assertThat(shell.run("pull", image).code()).isNotZero();
        shell.stdin = "wrong\n";
        Shell.Result wrong = shell.run("login", hub.registryHost(), "-u", "anna", "--password-stdin");
        assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
        assertThat(wrong.err()).contains("does not take").doesNotContain("wrong");
        shell.stdin = "secret\n";
        assertThat(shell.run("login", hub.registryHost(), "-u", "anna", "--password-stdin")
                        .code())
                .isZero();
        Shell.Result pull = shell.run("pull", image, "--accept-licence", "Gemma");
        assertThat(pull.code()).as(pull.err()).isZero();
        assertThat(shell.run("logout", hub.registryHost()).err()).contains("logged out");
        assertThat(shell.run("logout", hub.registryHost()).err()).contains("no login");
        assertThat(shell.run("login", "not/a/registry", "-u", "a", "--password-stdin")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("egress", "--json").out()).doesNotContain("secret");
    }

    @Test
    void anUpdateBringsWhatStandsThereNow() throws IOException {
        assertThat(shell.run("pull", "hf.co/owner/tiny", "--accept-licence", "Gemma", "--name", "mine:1")
                        .code())
                .isZero();
        assertThat(shell.run("pull", "--update").err()).contains("up to date: mine:1");
        Path file = folder.resolve("newer.gguf");
        TinyLlama.write(file, "gemma", 3, 64, 128, 256);
        byte[] newer = Files.readAllBytes(file);
        hub.repository(
                "owner/tiny",
                null,
                Map.of("tiny-Q8_0.gguf", newer, "LICENSE", "Terms: do good.".getBytes(StandardCharsets.UTF_8)));
        Shell.Result r = shell.run("pull", "--update", "mine:1");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(folder.resolve("home/models/blobs/sha256-" + TestHub.sha256(newer)))
                .exists();
        assertThat(shell.run("list").out().lines()).hasSize(2);
        assertThat(shell.run("pull", "--update", "nothing:1").code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(shell.run("pull").code()).isEqualTo(ExitCode.USAGE);
    }

    /** A new edition of the catalogue over TLS, its connection in the log; a forged one is refused. */
    @Test
    void aCatalogueIsFetchedWhenAsked() throws IOException {
        String key =
                shell.run("catalogue", "key", folder.resolve("my.key")).out().strip();
        Path file = Files.writeString(folder.resolve("catalogue.json"), """
                {"schema": 1, "serial": 9999999999, "date": "2027-01-01",
                 "sources": [{"id": "a", "title": "A", "url": "https://example.com", "read": "2027-01-01"}],
                 "models": [{"name": "house:1b", "title": "House", "publisher": "We", "family": "House",
                   "access": "open", "architecture": "llama", "licence": "House-1.0", "weights": "hf.co/we/house",
                   "sources": [{"facts": ["licence"], "source": "a", "at": "page", "verified": true}]}],
                 "licences": [{"id": "House-1.0", "spdx": "LicenseRef-House-1.0", "name": "House Licence 1.0",
                   "url": "https://example.com/licence", "kind": "weights", "osi": false, "consent": true, "commercial": "no",
                   "summary": "For the house alone.", "user_limit": "none", "attribution": "none", "derivatives": "none",
                   "acceptable_use": "none", "aliases": ["house"], "source": "https://example.com/licence", "verified": true}]}
                """);
        shell.run("catalogue", "sign", file, "--key", folder.resolve("my.key"));
        byte[] json = Files.readAllBytes(file);
        byte[] signature = Files.readAllBytes(folder.resolve("catalogue.json.sig"));
        hub.repository("we/lists", null, Map.of("catalogue.json", json, "catalogue.json.sig", signature));
        String url = shell.environment.get("HF_ENDPOINT") + "/we/lists/resolve/" + TestHub.COMMIT + "/catalogue.json";
        shell.write("config", "catalogue-key = " + key + "\ncatalogue-url = " + url + "\n");
        Shell.Result r = shell.run("catalogue", "update");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("9999999999", "by an update");
        assertThat(shell.run("egress").out()).contains("catalogue update");
        // A licence that this build never heard of is explained, and its consent asked for.
        assertThat(shell.run("show", "house:1b").out()).contains("House Licence 1.0", "For the house alone.");
        json[json.length / 2] ^= 1;
        hub.repository("we/lists", null, Map.of("catalogue.json", json, "catalogue.json.sig", signature));
        Shell.Result forged = shell.run("catalogue", "update");
        assertThat(forged.code()).isEqualTo(ExitCode.USAGE);
        assertThat(forged.err()).contains("changed after it was signed");
        assertThat(shell.run("catalogue", "update", "--catalogue-url", "http://example.com/c.json")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aHostedModelIsNotFetched() {
        Shell.Result r = shell.run("pull", "gpt-5");
        assertThat(r.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(r.err()).contains("hosted only").contains("openai/gpt-5");
        assertThat(hub.server().requests()).isEmpty();
    }

    /** A small llama whose every part the engine can put together. */
    static final class TinyLlama {
        private TinyLlama() {}

        static void write(Path file, String licence) {
            write(file, licence, 2, 64, 128, 256);
        }

        static void write(Path file, String licence, int layers, int width, int hidden, int vocabulary) {
            write(file, licence, layers, width, hidden, vocabulary, 0);
        }

        /** @param expertHidden said of experts that it has not, for the size of a pass's buffers */
        static void write(
                Path file, String licence, int layers, int width, int hidden, int vocabulary, long expertHidden) {
            GgufWriter w = new GgufWriter()
                    .put("general.architecture", "llama")
                    .put("general.license", licence)
                    .put("tokenizer.ggml.model", "none")
                    .put("llama.vocab_size", vocabulary)
                    .put("llama.context_length", 512)
                    .put("llama.embedding_length", width)
                    .put("llama.block_count", layers)
                    .put("llama.feed_forward_length", hidden)
                    .put("llama.attention.head_count", 4)
                    .put("llama.attention.head_count_kv", 2)
                    .put("llama.rope.freq_base", 10_000f)
                    .put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
            if (expertHidden > 0) w.put("llama.expert_feed_forward_length", (int) expertHidden);
            matrix(w, "token_embd.weight", width, vocabulary);
            for (int i = 0; i < layers; i++) {
                String b = "blk." + i + ".";
                matrix(w, b + "attn_q.weight", width, width);
                matrix(w, b + "attn_k.weight", width, width / 2);
                matrix(w, b + "attn_v.weight", width, width / 2);
                matrix(w, b + "attn_output.weight", width, width);
                matrix(w, b + "ffn_gate.weight", width, hidden);
                matrix(w, b + "ffn_up.weight", width, hidden);
                matrix(w, b + "ffn_down.weight", hidden, width);
                w.tensor(b + "attn_norm.weight", ones(width), width);
                w.tensor(b + "ffn_norm.weight", ones(width), width);
            }
            w.tensor("output_norm.weight", ones(width), width);
            w.write(file);
        }

        private static float[] ones(int n) {
            float[] f = new float[n];
            java.util.Arrays.fill(f, 1);
            return f;
        }

        private static void matrix(GgufWriter w, String name, long columns, long rows) {
            long bytes = BlockType.Q8_0.bytesFor(columns * rows);
            w.tensor(name, BlockType.Q8_0, new long[] {columns, rows}, out -> {
                byte[] block = new byte[BlockType.Q8_0.blockBytes()];
                // Scale 2^-10 in half precision, numbers 1 to 32.
                block[1] = 0x14;
                for (int i = 2; i < block.length; i++) block[i] = (byte) (i - 1);
                for (long at = 0; at < bytes; at += block.length) out.write(block);
            });
        }
    }
}
