package dev.dalang.engine.format.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.arch.TinyFamilies;
import dev.dalang.engine.arch.TinyModel;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class HuggingFaceFolderTest {

    /** Keys whose values do not come from a checkpoint, or that say the same as others. */
    private static final Set<String> NOT_CONVERTED =
            Set.of("general.name", "general.description", "general.quantization_version");

    @TempDir
    Path folder;

    private static Gguf golden(String name) {
        return Gguf.open(Shared.require("golden/models/" + name + ".f32.gguf"));
    }

    private static float[] logits(ModelSource source, int... ids) {
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels("scalar")
                .withCacheType(BlockType.F32)
                .withContextLength(300)
                .withThreads(1);
        try (ModelRunner runner = new ModelRunner(source, options);
                Sequence sequence = runner.newSequence()) {
            int vocabulary =
                    Math.toIntExact(source.tensors().get("token_embd.weight").dim(1));
            float[] all = new float[ids.length * vocabulary];
            runner.evaluateAll(sequence, ids, (at, row) -> System.arraycopy(row, 0, all, at * vocabulary, vocabulary));
            return all;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-llama",
                "tiny-llama-linrope",
                "tiny-llama-yarn",
                "tiny-llama-moe",
                "tiny-mistral",
                "tiny-qwen2",
                "tiny-qwen3",
                "tiny-qwen3moe",
                "tiny-gemma2",
                "tiny-gemma3",
                "tiny-phi3",
                "tiny-phi3-longrope",
                "tiny-granite",
                "tiny-gptoss",
                "tiny-gptoss-mxfp4"
            })
    void checkpointsAreReadAsTheirGguf(String name) throws IOException {
        float[] expected;
        try (Gguf gguf = golden(name)) {
            Checkpoint.of(gguf).write(folder, name.length() % 2 == 0);
            try (HuggingFaceFolder read = HuggingFaceFolder.open(folder)) {
                for (TensorInfo t : gguf.tensors().values()) {
                    TensorInfo ours = read.tensors().get(t.name());
                    assertThat(ours).as(t.name()).isNotNull();
                    assertThat(ours.type()).as(t.name()).isEqualTo(t.type());
                    assertThat(ours.shape()).as(t.name()).isEqualTo(t.shape());
                    assertThat(read.data(ours).mismatch(gguf.data(t)))
                            .as("first byte of %s that differs", t.name())
                            .isEqualTo(-1);
                }
                assertThat(read.tensors().keySet())
                        .containsExactlyInAnyOrderElementsOf(gguf.tensors().keySet());
                gguf.metadata().asMap().forEach((key, value) -> {
                    // A whole head is rotated where nothing else is said.
                    if (key.startsWith("tokenizer.") || key.endsWith("rope.dimension_count")) return;
                    if (NOT_CONVERTED.contains(key)) return;
                    // Without YaRN or LongRoPE nothing reads it.
                    if (name.endsWith("-linrope") && key.endsWith(".original_context_length")) return;
                    if (name.startsWith("tiny-gptoss") && key.endsWith(".feed_forward_length")) return;
                    assertThat(read.metadata().get(key)).as(key).isNotNull().satisfies(v -> {
                        if (value.value() instanceof Double d) {
                            assertThat((Double) v.value()).isCloseTo(d, within(1e-6 * Math.abs(d)));
                        } else {
                            assertThat(v.value()).isEqualTo(value.value());
                        }
                    });
                });
            }
            expected = logits(gguf, 1, 5, 9, 100, 7);
        }
        assertThat(logits(HuggingFaceFolder.open(folder), 1, 5, 9, 100, 7)).isEqualTo(expected);
    }

    /** Of the families with a mapping of their own, those whose model there is such as a checkpoint can be. */
    @TestFactory
    List<DynamicTest> checkpointsOfTheZooGiveTheGoldenLogits() throws Exception {
        Path archive = Shared.require("golden/zoo.tar.xz");
        int status = new ProcessBuilder("tar", "xJf", archive.toString(), "-C", folder.toString())
                .inheritIO()
                .start()
                .waitFor();
        assumeTrue(status == 0, "tar cannot unpack " + archive);
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : List.of(
                "bailingmoe2-moe",
                "deepseek2-moe",
                "dots1-moe",
                "gemma-dense",
                "lfm2moe-moe",
                "minimax-m2-moe",
                "seed_oss-dense",
                "smollm3-dense")) {
            tests.add(DynamicTest.dynamicTest(name, () -> zoo(name)));
        }
        return tests;
    }

    private void zoo(String name) throws IOException {
        Path logits = folder.resolve("zoo/logits");
        Path checkpoint = Files.createDirectories(folder.resolve("checkpoints").resolve(name));
        int[] prompt;
        try (JsonParser p = new JsonFactory()
                .createParser(ObjectReadContext.empty(), Files.readString(logits.resolve(name + ".json")))) {
            while (!"tokens".equals(p.currentName())) p.nextToken();
            p.nextToken();
            IntStream.Builder ids = IntStream.builder();
            while (p.nextToken() != JsonToken.END_ARRAY) ids.add(p.getIntValue());
            prompt = ids.build().toArray();
        }
        try (Gguf gguf = Gguf.open(folder.resolve("zoo/models/" + name + ".gguf"))) {
            Checkpoint.of(gguf).write(checkpoint, true);
        }
        FloatBuffer expected = ByteBuffer.wrap(Files.readAllBytes(logits.resolve(name + ".logits.bin")))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        float[] ours = logits(HuggingFaceFolder.open(checkpoint), prompt);
        assertThat(ours).hasSize(expected.capacity());
        for (int i = 0; i < ours.length; i++) assertThat(ours[i]).isCloseTo(expected.get(i), within(1e-4f));
    }

    @Test
    void ministralsFarQueriesAreReadAndMistralSmall4IsRefused() throws IOException {
        String text = ", \"text_config\": {\"model_type\": \"%s\", \"rope_parameters\": {\"rope_type\": \"yarn\","
                + " \"factor\": 16, \"original_max_position_embeddings\": 8, \"rope_theta\": 1e6, \"mscale\": 1,"
                + " \"mscale_all_dim\": 1, \"llama_4_scaling_beta\": 0.1}}";
        String config = CONFIG.replace("Qwen2ForCausalLM", "Mistral3ForConditionalGeneration");
        tensor("language_model.model.norm.weight", Dtype.F32, new byte[16], 4)
                .write(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("config.json"), config.formatted(text.formatted("ministral3")));
        try (HuggingFaceFolder read = HuggingFaceFolder.open(folder)) {
            assertThat(read.metadata().string("general.architecture")).isEqualTo("mistral3");
            assertThat(read.metadata().real("mistral3.attention.temperature_scale"))
                    .isCloseTo(0.1, within(1e-6));
            assertThat(read.metadata().real("mistral3.rope.scaling.yarn_log_multiplier"))
                    .isEqualTo(1);
            assertThat(read.metadata().real("mistral3.rope.scaling.factor")).isEqualTo(16);
        }
        Files.writeString(folder.resolve("config.json"), config.formatted(text.formatted("mistral4")));
        refused(Failure.Unsupported.class, "Mistral Small 4");
    }

    @ParameterizedTest
    @CsvSource({"tiny-llama,model.", "tiny-gemma3,language_model.model.", "tiny-qwen3moe,model.language_model."})
    void halfPrecisionGivesTheSameLogits(String name, String prefix) throws IOException {
        try (Gguf gguf = golden(name)) {
            Checkpoint checkpoint = Checkpoint.of(gguf).asBf16();
            checkpoint.rename("model.norm.weight", prefix + "norm.weight").write(folder, true);
            float[] expected = logits(gguf, 3, 1, 4, 1, 5);
            float[] ours = logits(HuggingFaceFolder.open(folder), 3, 1, 4, 1, 5);
            for (int i = 0; i < ours.length; i++) assertThat(ours[i]).isCloseTo(expected[i], within(1e-4f));
        }
    }

    @Test
    void llama3FactorsAreComputed() throws IOException {
        try (Gguf gguf = golden("tiny-llama3-ropefreqs")) {
            // As numbers and as strings: both are found in published files.
            Checkpoint.of(gguf)
                    .with(
                            "rope_scaling",
                            "{\"rope_type\": \"llama3\", \"factor\": \"32.0\", \"low_freq_factor\": 1.0,"
                                    + " \"high_freq_factor\": 4, \"original_max_position_embeddings\": 64}")
                    .write(folder, false);
            try (HuggingFaceFolder read = HuggingFaceFolder.open(folder)) {
                float[] expected = floats(gguf, "rope_freqs.weight");
                assertThat(floats(read, "rope_freqs.weight")).containsExactly(expected, within(0.004f)); // BF16 there
            }
            float[] expected = logits(gguf, 3, 1, 4, 1, 5);
            float[] ours = logits(HuggingFaceFolder.open(folder), 3, 1, 4, 1, 5);
            for (int i = 0; i < ours.length; i++) assertThat(ours[i]).isCloseTo(expected[i], within(1e-2f));
        }
    }

    @Test
    void aPublishedFolderGivesTheAnswersOfItsGguf() {
        Path published = Shared.require("external/models/stories260K/hf");
        int[] story = {1, 403, 407, 261, 378, 432, 383, 286, 261, 376};
        float[] expected = logits(Gguf.open(Shared.require("external/models/stories260K/stories260K-f32.gguf")), story);
        float[] ours = logits(HuggingFaceFolder.open(published), story);
        assertThat(ours).isEqualTo(expected);
        // The greedy continuation that golden.json lists.
        for (int at = 0; at + 1 < story.length; at++) {
            int best = 0;
            for (int i = 1; i < 512; i++) if (ours[at * 512 + i] > ours[at * 512 + best]) best = i;
            assertThat(best).as("after %d tokens", at + 1).isEqualTo(story[at + 1]);
        }
    }

    private static float[] floats(ModelSource source, String name) {
        TensorInfo t = source.tensors().get(name);
        float[] values = new float[(int) t.elements()];
        t.type().dequantizer().dequantize(source.data(t), 0, values, 0, values.length);
        return values;
    }

    // ---- What follows needs no shared data.

    /** Models whose logits as GGUF are held to llama.cpp's. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3moe", "gpt-oss", "olmo2", "granite", "glm4"})
    void foldersGiveTheAnswersOfTheirGguf(String family) throws IOException {
        int[] prompt =
                IntStream.range(0, 70).map(i -> i * 37 % TinyModel.VOCABULARY).toArray();
        Path model = TinyFamilies.of(family).write(folder);
        Path whole = Files.createDirectory(folder.resolve("whole"));
        Path parts = Files.createDirectory(folder.resolve("parts"));
        try (Gguf gguf = Gguf.open(model)) {
            Checkpoint.of(gguf).write(whole, false);
            Checkpoint.of(gguf).write(parts, true);
        }
        float[] expected = logits(Gguf.open(model), prompt);
        assertThat(logits(HuggingFaceFolder.open(whole), prompt)).isEqualTo(expected);
        assertThat(logits(HuggingFaceFolder.open(parts), prompt)).isEqualTo(expected);
    }

    // ---- A model of one layer, all zeros unless said.

    private static final String CONFIG = "{\"architectures\": [\"Qwen2ForCausalLM\"], \"num_hidden_layers\": 1,"
            + " \"hidden_size\": 4, \"num_attention_heads\": 2, \"max_position_embeddings\": 8,"
            + " \"intermediate_size\": 4, \"rms_norm_eps\": 1e-6 %s}";

    private void write(String more, SafetensorsWriter weights) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted(more));
        weights.write(folder.resolve("model.safetensors"));
    }

    private static SafetensorsWriter tensor(String name, Dtype dtype, byte[] bytes, long... shape) {
        return new SafetensorsWriter().tensor(name, dtype, shape, TensorData.of(MemorySegment.ofArray(bytes)));
    }

    private void refused(Class<? extends Failure> failure, String... words) {
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder).close())
                .isInstanceOfSatisfying(DalangException.class, e -> {
                    assertThat(e.failure()).isInstanceOf(failure);
                    assertThat(e.getMessage()).contains(words).hasLineCount(1).hasSizeLessThan(2000);
                });
    }

    @Test
    void eightBitFloatsAreScaledByTheirBlocks() throws IOException {
        byte[] ones = new byte[2 * 6];
        java.util.Arrays.fill(ones, (byte) 0x38); // 1.0
        ones[0] = (byte) 0xC0; // -2.0
        byte[] scales = new byte[4 * 3];
        MemorySegment.copy(
                new float[] {1, 2, 4}, 0, MemorySegment.ofArray(scales), ValueLayout.JAVA_FLOAT_UNALIGNED, 0, 3);
        SafetensorsWriter w = tensor("lm_head.weight", Dtype.F8_E4M3, ones, 2, 6)
                .tensor(
                        "lm_head.weight_scale_inv",
                        Dtype.F32,
                        new long[] {1, 3},
                        TensorData.of(MemorySegment.ofArray(scales)));
        write(", \"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [2, 2]}", w);
        try (HuggingFaceFolder read = HuggingFaceFolder.open(folder)) {
            assertThat(read.tensors()).containsOnlyKeys("output.weight");
            assertThat(floats(read, "output.weight")).containsExactly(-2, 1, 2, 2, 4, 4, 1, 1, 2, 2, 4, 4);
        }
    }

    @Test
    void theChatTemplateIsFoundWhereverItIsKept() throws IOException {
        write("", tensor("model.norm.weight", Dtype.F32, new byte[16], 4));
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"chat_template\": \"old\"}");
        assertThat(template("tokenizer.chat_template")).isEqualTo("old");
        Files.writeString(
                config,
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"d\"},"
                        + " {\"name\": \"tool_use\", \"template\": \"t\"}]}");
        assertThat(template("tokenizer.chat_template")).isEqualTo("d");
        assertThat(template("tokenizer.chat_template.tool_use")).isEqualTo("t");
        Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"newer\"}");
        assertThat(template("tokenizer.chat_template")).isEqualTo("newer");
        Files.writeString(folder.resolve("chat_template.jinja"), "newest\n");
        assertThat(template("tokenizer.chat_template")).isEqualTo("newest\n");
    }

    private String template(String key) {
        try (HuggingFaceFolder read = HuggingFaceFolder.open(folder)) {
            return read.metadata().string(key);
        }
    }

    @Test
    void picklesAreNotOpened() throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted(""));
        Files.writeString(folder.resolve("pytorch_model.bin"), "\u0080\u0002");
        refused(Failure.Unsupported.class, "pytorch_model.bin", "safetensors");
    }

    @Test
    void filesOutsideTheFolderAreNotRead() throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted(""));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"model.norm.weight\": \"../secret.safetensors\"}}");
        refused(Failure.BadModelFile.class, "../secret.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ", \"hidden_size\": 5                      | JSON",
                ", \"vocab_size\": -3                      | vocab_size",
                ", \"vocab_size\": 1e300                   | vocab_size",
                ", \"num_key_value_heads\": 99999999999    | num_key_value_heads",
                ", \"rope_theta\": \"ten\"                 | rope_theta",
                ", \"rope_theta\": [1]                     | rope_theta",
                ", \"head_dim\": 0                         | head_dim",
                ", \"rope_scaling\": {\"type\": \"linear\"} | factor",
                ", \"tie_word_embeddings\": false          | lm_head.weight",
            })
    void brokenConfigurationsAreNamed(String more, String word) throws IOException {
        write(more, tensor("model.norm.weight", Dtype.F32, new byte[16], 4));
        refused(Failure.BadModelFile.class, "config.json", word);
    }

    @Test
    void deepConfigurationsAreRefused() throws IOException {
        write(", \"x\": " + "[".repeat(100_000) + "]".repeat(100_000), tensor("a", Dtype.F32, new byte[0], 0));
        refused(Failure.BadModelFile.class, "config.json", "JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ", \"architectures\": 3 | JSON",
                ", \"quantization_config\": {\"quant_method\": \"gptq\"} | gptq",
                ", \"rope_scaling\": {\"type\": \"spiral\"} | spiral",
            })
    void whatIsNotKnownIsSaid(String more, String word) throws IOException {
        write(more, tensor("model.norm.weight", Dtype.F32, new byte[16], 4));
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder).close())
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(word);
    }

    @Test
    void unknownClassesAndTensorsAreNamed() throws IOException {
        write("", tensor("model.layers.0.mystery.weight", Dtype.F32, new byte[16], 4));
        refused(Failure.Unsupported.class, "model.layers.0.mystery.weight", "qwen2");
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted("").replace("Qwen2For", "Evil\\nFor"));
        refused(Failure.Unsupported.class, "ForCausalLM", "LlamaForCausalLM");
        Files.delete(folder.resolve("config.json"));
        refused(Failure.Storage.class, "config.json");
    }

    @Test
    void aMissingExpertIsNamed() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                CONFIG.formatted(", \"num_experts\": 2").replace("Qwen2", "Qwen3Moe"));
        tensor("model.layers.0.mlp.experts.1.up_proj.weight", Dtype.F32, new byte[16], 2, 2)
                .write(folder.resolve("model.safetensors"));
        refused(Failure.BadModelFile.class, "expert 0", "blk.0.ffn_up_exps.weight");
    }

    @Test
    void weightsOfStrangeShapesAreNamed() throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted("").replace("Qwen2", "Llama"));
        tensor("model.layers.0.self_attn.q_proj.weight", Dtype.F32, new byte[24], 3, 2)
                .write(folder.resolve("model.safetensors"));
        refused(Failure.BadModelFile.class, "q_proj", "2 heads");
    }
}
