package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.adapter.LoraAdapter;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters that are broken, for another model, or ask for what is not supported: refused by name. */
class AdapterRefusalTest {

    private static final String Q = "blk.0.attn_q.weight";
    private static final String MODULE = "base_model.model.model.layers.0.self_attn.q_proj";
    private static final String CONFIG = "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4}";

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void model() {
        model = TinyFamilies.of("llama").write(folder);
    }

    private void open(Path adapter) {
        try (Gguf base = Gguf.open(model)) {
            LoraAdapter.open("a", adapter, base, Families.assemble(base, 0).adaptable());
        }
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(Path adapter) {
        return assertThatThrownBy(() -> open(adapter))
                .isInstanceOf(DalangException.class)
                .hasMessageStartingWith(adapter.toString())
                .satisfies(e -> assertThat(e.getMessage().codePoints()).noneMatch(Character::isISOControl));
    }

    private static GgufWriter writer() {
        return new GgufWriter()
                .put("general.type", "adapter")
                .put("general.architecture", "llama")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 4f);
    }

    private Path gguf(Consumer<GgufWriter> content) {
        GgufWriter writer = writer();
        content.accept(writer);
        Path file = folder.resolve("adapter.gguf");
        writer.write(file);
        return file;
    }

    private static void pair(GgufWriter w, String tensor, int inputs, int rankA, int rankB, int outputs) {
        w.tensor(tensor + ".lora_a", new float[inputs * rankA], inputs, rankA);
        w.tensor(tensor + ".lora_b", new float[rankB * outputs], rankB, outputs);
    }

    @Test
    void acceptsWhatFits() throws IOException {
        assertThatCode(() -> open(gguf(w -> pair(w, Q, 64, 2, 2, 64)))).doesNotThrowAnyException();
        assertThatCode(() -> open(peft(CONFIG, 2, 64))).doesNotThrowAnyException();
    }

    @Test
    void ggufMetadata() {
        refused(gguf(w -> pair(w.put("general.type", "model"), Q, 64, 2, 2, 64)))
                .hasMessageContaining("general.type");
        refused(gguf(w -> pair(w.put("adapter.type", "control"), Q, 64, 2, 2, 64)))
                .hasMessageContaining("adapter.type")
                .hasMessageContaining("control");
        refused(gguf(w -> pair(w.put("general.architecture", "qwen2"), Q, 64, 2, 2, 64)))
                .hasMessageContaining("'qwen2'")
                .hasMessageContaining("'llama'");
        for (float alpha : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 0, -1}) {
            refused(gguf(w -> pair(w.put("adapter.lora.alpha", alpha), Q, 64, 2, 2, 64)))
                    .hasMessageContaining("adapter.lora.alpha is " + (double) alpha);
        }
        refused(gguf(w -> pair(w.put("adapter.lora.alpha", "4"), Q, 64, 2, 2, 64)))
                .hasMessageContaining("adapter.lora.alpha is STRING, not a number");
        refused(gguf(w -> pair(w.put("adapter.alora.invocation_tokens", new int[] {1}), Q, 64, 2, 2, 64)))
                .hasMessageContaining("activated LoRA");
        GgufWriter without = new GgufWriter()
                .put("general.type", "adapter")
                .put("general.architecture", "llama")
                .put("adapter.type", "lora");
        pair(without, Q, 64, 2, 2, 64);
        Path file = folder.resolve("without.gguf");
        without.write(file);
        refused(file).hasMessageContaining("adapter.lora.alpha is missing");
        refused(model).hasMessageContaining("this file is no adapter");
    }

    @Test
    void ggufTensors() {
        refused(gguf(w -> {})).hasMessageContaining("holds no tensors");
        refused(gguf(w -> pair(w, Q, 63, 2, 2, 64)))
                .hasMessageContaining("63 inputs")
                .hasMessageContaining("has 64");
        refused(gguf(w -> pair(w, Q, 64, 2, 2, 65)))
                .hasMessageContaining("65 outputs")
                .hasMessageContaining("has 64");
        refused(gguf(w -> pair(w, Q, 64, 2, 3, 64)))
                .hasMessageContaining("rank 3")
                .hasMessageContaining("has 2");
        refused(gguf(w -> pair(w, Q, 64, 0, 0, 64))).hasMessageContaining("rank 0");
        refused(gguf(w -> pair(w, "blk.9.attn_q.weight", 64, 2, 2, 64)))
                .hasMessageContaining("blk.9.attn_q.weight")
                .hasMessageContaining("another model");
        refused(gguf(w -> pair(w, "token_embd.weight", 64, 2, 2, 96))).hasMessageContaining("token embeddings");
        refused(gguf(w -> pair(w, "blk.0.attn_norm.weight", 64, 2, 2, 1)))
                .hasMessageContaining("blk.0.attn_norm.weight, which is not a matrix that adapters can change");
        refused(gguf(w -> w.tensor(Q + ".lora_a", new float[128], 64, 2))).hasMessageContaining("lora_b beside it");
        refused(gguf(w -> w.tensor(Q + ".lora_b", new float[128], 2, 64))).hasMessageContaining("lora_a beside it");
        refused(gguf(w -> w.tensor("blk.0.attn_norm.weight", new float[64], 64)))
                .hasMessageContaining("blk.0.attn_norm.weight is neither");
        refused(gguf(w -> {
                    w.tensor(Q + ".lora_a", new float[256], 64, 2, 2);
                    w.tensor(Q + ".lora_b", new float[256], 2, 64, 2);
                }))
                .hasMessageContaining("third length must be 1");
        float[] wrong = new float[128];
        wrong[70] = Float.NaN;
        refused(gguf(w -> w.tensor(Q + ".lora_a", wrong, 64, 2).tensor(Q + ".lora_b", new float[128], 2, 64)))
                .hasMessageContaining("lora_a has NaN at row 1, column 6");
        refused(gguf(w -> pair(w, "a\nb\u001b[31m", 64, 2, 2, 64))).hasMessageContaining("another model");
    }

    private Path peft(String config, int rank, int outputs) throws IOException {
        return peft(
                config, Map.of(MODULE + ".lora_A.weight", new long[] {rank, 64}, MODULE + ".lora_B.weight", new long[] {
                    outputs, rank
                }));
    }

    private Path peft(String config, Map<String, long[]> tensors) throws IOException {
        Path peft = Files.createTempDirectory(folder, "peft");
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, shape) -> {
            int count = 1;
            for (long n : shape) count *= (int) n;
            writer.tensor(name, Dtype.F32, shape, TensorData.of(new float[count]));
        });
        writer.write(peft.resolve("adapter_model.safetensors"));
        Files.writeString(peft.resolve("adapter_config.json"), config);
        return peft;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "use_dora": true                      | use_dora is set: DoRA
            "bias": "all"                         | bias is 'all'
            "bias": true                          | bias is not a string
            "lora_bias": true                     | lora_bias is set
            "modules_to_save": ["lm_head"]        | modules_to_save is set
            "target_parameters": ["w"]            | target_parameters is set
            "trainable_token_indices": {"a": [1]} | trainable_token_indices is set
            "layer_replication": [[0, 4]]         | layer_replication is set
            "alora_invocation_tokens": [1, 2]     | alora_invocation_tokens is set
            "init_lora_weights": "pissa_niter_4"  | init_lora_weights is 'pissa_niter_4'
            "rank_pattern": {"q_proj": 3}         | has rank 2, but adapter_config.json says 3
            "rank_pattern": {"(a+)+$": 3}         | only names of modules
            "rank_pattern": {"q_proj": 0}         | rank_pattern has a rank of 0.0
            "rank_pattern": 3                     | rank_pattern is not an object
            "alpha_pattern": {"q_proj": -3}       | alpha_pattern is -3.0
            "alpha_pattern": {"q_proj": "x"}      | alpha_pattern is not a number
            "use_dora": tru                       | not sound JSON
            """)
    void peftSettings(String setting, String message) throws IOException {
        String config = CONFIG.replace("}", ", " + setting + "}");
        assertThatThrownBy(() -> open(peft(config, 2, 64)))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"r": 2, "lora_alpha": 4}                                 | peft_type is missing
            {"peft_type": "LOHA", "r": 2, "lora_alpha": 4}            | peft_type is 'LOHA'
            {"peft_type": "LORA", "lora_alpha": 4}                    | r is missing
            {"peft_type": "LORA", "r": 2}                             | lora_alpha is missing
            {"peft_type": "LORA", "r": 0, "lora_alpha": 4}            | a rank of 0.0
            {"peft_type": "LORA", "r": 1.5, "lora_alpha": 4}          | a rank of 1.5
            {"peft_type": "LORA", "r": "NaN", "lora_alpha": 4}        | r is not a number
            {"peft_type": "LORA", "r": NaN, "lora_alpha": 4}          | not sound JSON
            {"peft_type": "LORA", "r": 1e99, "lora_alpha": 4}         | a rank of 1.0E99
            {"peft_type": "LORA", "r": 2, "lora_alpha": 1e999}        | lora_alpha is Infinity
            {"peft_type": "LORA", "r": 2, "lora_alpha": null}         | lora_alpha is not a number
            {"peft_type": "LORA", "r": 2, "r": 2, "lora_alpha": 4}    | not sound JSON
            {"peft_type": "LORA", "r": 4, "lora_alpha": 4}            | has rank 2, but adapter_config.json says 4
            []                                                        | not a JSON object
            """)
    void peftConfigurations(String config, String message) throws IOException {
        assertThatThrownBy(() -> open(peft(config, 2, 64)))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "model.layers.0.self_attn.z_proj, not known in family 'llama'",
        "model.layers.99.self_attn.q_proj, another model",
        "model.layers.99999999999.self_attn.q_proj, not known in family 'llama'",
        "model.layers.-1.self_attn.q_proj, not known in family 'llama'",
        "model.layers., not known in family 'llama'",
        "model.layers.0, not known in family 'llama'",
        "model.layers.0.mlp.experts.3.up_proj, another model",
        "vision_tower.layers.0.self_attn.q_proj, not known in family 'llama'",
        "model.embed_tokens, token embeddings"
    })
    void peftModules(String module, String message) throws IOException {
        String name = "base_model.model." + module;
        refused(peft(
                        CONFIG,
                        Map.of(
                                name + ".lora_A.weight", new long[] {2, 64},
                                name + ".lora_B.weight", new long[] {64, 2})))
                .hasMessageContaining(message);
    }

    @Test
    void peftTensors() throws IOException {
        refused(peft(CONFIG, 2, 66)).hasMessageContaining("66 outputs, which are not 4 heads of even size");
        refused(peft(CONFIG, 2, 72)).hasMessageContaining("72 outputs").hasMessageContaining("has 64");
        refused(peft(CONFIG, Map.of(MODULE + ".lora_A.weight", new long[] {2, 64})))
                .hasMessageContaining("lora_B.weight beside it");
        refused(peft(CONFIG, Map.of(MODULE + ".lora_magnitude_vector", new long[] {64})))
                .hasMessageContaining("DoRA");
        refused(peft(CONFIG, Map.of("base_model.model.model.embed_tokens.lora_embedding_A", new long[] {2, 64})))
                .hasMessageContaining("token embeddings");
        refused(peft(CONFIG, Map.of("base_model.model.lm_head.weight", new long[] {96, 64})))
                .hasMessageContaining("neither");
        refused(peft(CONFIG, Map.of())).hasMessageContaining("holds no tensors");
        refused(peft(
                        CONFIG,
                        Map.of(
                                MODULE + ".lora_A.weight", new long[] {2, 64, 1},
                                MODULE + ".lora_B.weight", new long[] {64, 2})))
                .hasMessageContaining("shape [2, 64, 1]");
    }

    @Test
    void peftFiles() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        refused(empty).hasMessageContaining("adapter_config.json is not in this folder");
        Files.writeString(empty.resolve("adapter_config.json"), CONFIG);
        refused(empty).hasMessageContaining("no such file");
        Files.write(empty.resolve("adapter_model.bin"), new byte[] {(byte) 0x80, 2});
        refused(empty).hasMessageContaining("pickle");
    }

    @Test
    void peftFamilies() throws IOException {
        model = TinyFamilies.of("gpt-oss").write(folder);
        refused(peft(CONFIG, 2, 64))
                .hasMessageContaining("'gpt-oss'")
                .hasMessageContaining("convert the adapter to GGUF");
    }

    @Test
    void truncatedFiles() throws IOException {
        byte[] whole = Files.readAllBytes(gguf(w -> pair(w, Q, 64, 2, 2, 64)));
        Path cut = folder.resolve("cut.gguf");
        for (int length = 1; length < whole.length - 64; length += 23) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> open(cut)).as("%d bytes", length).isInstanceOf(DalangException.class);
        }
    }
}
