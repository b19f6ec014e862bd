package dev.dalang.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The types expected here are those that llama-quantize gave to the same models. */
class QuantizationTest {

    private static final int WIDTH = 256;

    @TempDir
    Path folder;

    /** A model with the tensors whose types rules choose. */
    private Gguf model(String architecture, int layers, int kvHeads, int experts, boolean tied) {
        GgufWriter w = new GgufWriter()
                .put("general.architecture", architecture)
                .put("split.count", 1)
                .put(architecture + ".block_count", layers)
                .put(architecture + ".expert_count", experts)
                .put(architecture + ".attention.head_count", 8)
                .put(architecture + ".attention.head_count_kv", kvHeads);
        tensor(w, "token_embd.weight", WIDTH, 2);
        tensor(w, "output_norm.weight", WIDTH);
        if (!tied) tensor(w, "output.weight", WIDTH, 2);
        for (int i = 0; i < layers; i++) {
            String blk = "blk." + i + ".";
            tensor(w, blk + "attn_q.weight", WIDTH, 2);
            tensor(w, blk + "attn_k.weight", WIDTH, 2);
            tensor(w, blk + "attn_v.weight", WIDTH, 2);
            tensor(w, blk + "attn_output.weight", WIDTH, 2);
            if (experts == 0) {
                tensor(w, blk + "ffn_down.weight", WIDTH, 2);
            } else {
                tensor(w, blk + "ffn_gate_inp.weight", WIDTH, experts);
                tensor(w, blk + "ffn_down_exps.weight", WIDTH, 2, experts);
            }
        }
        Path file = folder.resolve("model.gguf");
        w.write(file);
        return Gguf.open(file);
    }

    private static void tensor(GgufWriter w, String name, long... shape) {
        int n = 1;
        for (long length : shape) n *= (int) length;
        float[] values = new float[n];
        Random random = new Random(name.hashCode());
        for (int i = 0; i < n; i++) values[i] = (float) random.nextGaussian();
        w.tensor(name, values, shape);
    }

    /** The layers in which a tensor has a type. */
    private static List<Integer> layers(Map<String, BlockType> types, String suffix, BlockType type) {
        List<Integer> layers = new ArrayList<>();
        for (int i = 0; types.containsKey("blk." + i + "." + suffix); i++) {
            if (types.get("blk." + i + "." + suffix) == type) layers.add(i);
        }
        return layers;
    }

    @Test
    void everyThirdLayerGetsMore() {
        try (Gguf gguf = model("llama", 24, 1, 0, false)) {
            List<Integer> more = List.of(0, 1, 2, 5, 8, 11, 14, 17, 20, 21, 22, 23);
            for (Quantization q : List.of(Quantization.Q4_K_M, Quantization.Q5_K_M)) {
                Map<String, BlockType> types = q.types(gguf);
                assertThat(layers(types, "attn_v.weight", BlockType.Q6_K)).isEqualTo(more);
                assertThat(layers(types, "ffn_down.weight", BlockType.Q6_K)).isEqualTo(more);
                assertThat(layers(types, "attn_output.weight", q.type())).hasSize(24);
            }
            Map<String, BlockType> small = Quantization.Q4_K_S.types(gguf);
            assertThat(layers(small, "attn_v.weight", BlockType.Q5_K)).containsExactly(0, 1, 2, 3);
            assertThat(layers(small, "ffn_down.weight", BlockType.Q5_K)).containsExactly(0, 1, 2);
            Map<String, BlockType> three = Quantization.Q3_K_M.types(gguf);
            assertThat(layers(three, "attn_v.weight", BlockType.Q5_K)).containsExactly(0, 1);
            assertThat(layers(three, "attn_v.weight", BlockType.Q4_K)).hasSize(22);
            assertThat(layers(three, "ffn_down.weight", BlockType.Q5_K)).containsExactly(0);
            assertThat(layers(three, "ffn_down.weight", BlockType.Q4_K)).hasSize(23);
            assertThat(layers(three, "attn_output.weight", BlockType.Q4_K)).hasSize(24);
            Map<String, BlockType> two = Quantization.Q2_K.types(gguf);
            assertThat(layers(two, "attn_v.weight", BlockType.Q4_K)).hasSize(24);
            assertThat(layers(two, "ffn_down.weight", BlockType.Q3_K)).hasSize(24);
            Map<String, BlockType> codes = Quantization.IQ4_XS.types(gguf);
            assertThat(layers(codes, "attn_v.weight", BlockType.Q5_K)).hasSize(24);
            assertThat(layers(codes, "ffn_down.weight", BlockType.Q5_K)).containsExactly(0, 1, 2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // mix, k and v, output of attention, layers of ffn_down that are of this type
        "Q4_K_M, Q8_0, Q5_K, Q6_K, 0 1 4 7 10 13 14 15",
        "Q5_K_M, Q8_0, Q5_K, Q6_K, 0 1 4 7 10 13 14 15",
        "Q4_K_S, Q8_0, Q5_K, Q5_K, 0 1",
        "IQ4_XS, Q8_0, Q5_K, Q5_K, 0 1",
        "Q3_K_M, Q8_0, Q5_K, Q5_K, 0",
        "Q3_K_L, Q8_0, Q3_K, Q5_K, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
        "Q2_K, Q8_0, Q5_K, Q3_K, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
        "MXFP4_MOE, Q8_0, Q8_0, MXFP4, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    })
    void eightExpertsLeaveRoomForAttention(
            Quantization mix, BlockType kv, BlockType output, BlockType down, String layers) {
        try (Gguf gguf = model("llama", 16, 2, 8, false)) {
            Map<String, BlockType> types = mix.types(gguf);
            assertThat(layers(types, "attn_k.weight", kv)).hasSize(16);
            assertThat(layers(types, "attn_v.weight", kv)).hasSize(16);
            assertThat(layers(types, "attn_output.weight", output)).hasSize(16);
            assertThat(layers(types, "ffn_gate_inp.weight", BlockType.F32)).hasSize(16);
            assertThat(layers(types, "ffn_down_exps.weight", down).toString().replaceAll("[\\[\\],]", ""))
                    .isEqualTo(layers);
        }
    }

    @Test
    void tiedEmbeddingsAreTheOutput() {
        try (Gguf tied = model("qwen2", 2, 2, 0, true)) {
            assertThat(Quantization.Q4_K_M.types(tied)).containsEntry("token_embd.weight", BlockType.Q6_K);
            assertThat(Quantization.Q8_0.types(tied)).containsEntry("token_embd.weight", BlockType.Q8_0);
            assertThat(Quantization.F16.types(tied)).containsEntry("token_embd.weight", BlockType.F16);
        }
        try (Gguf own = model("qwen2", 2, 2, 0, false)) {
            assertThat(Quantization.Q4_K_M.types(own))
                    .containsEntry("token_embd.weight", BlockType.Q4_K)
                    .containsEntry("output.weight", BlockType.Q6_K)
                    .containsEntry("output_norm.weight", BlockType.F32);
        }
    }

    @Test
    void seventyBillionParametersHaveSmallValueMatrices() {
        try (Gguf gguf = model("llama", 80, 4, 0, false)) {
            assertThat(layers(Quantization.Q4_K_S.types(gguf), "attn_v.weight", BlockType.Q5_K))
                    .hasSize(80);
        }
    }

    @ParameterizedTest
    @EnumSource(Quantization.class)
    void everyRowIsWhatTheEncoderMakesOfIt(Quantization mix) {
        Path target = folder.resolve("target.gguf");
        try (Gguf gguf = model("llama", 2, 2, 4, false)) {
            write(gguf, mix, target);
            try (Gguf read = Gguf.open(target)) {
                assertThat(read.metadata().integer("general.file_type")).isEqualTo(mix.fileType());
                assertThat(read.metadata().has("split.count")).isFalse();
                Map<String, BlockType> types = mix.types(gguf);
                for (TensorInfo t : gguf.tensors().values()) {
                    TensorInfo ours = read.tensors().get(t.name());
                    assertThat(ours.type()).isEqualTo(types.get(t.name()));
                    float[] values = new float[(int) t.elements()];
                    t.type().dequantizer().dequantize(gguf.data(t), 0, values, 0, values.length);
                    byte[] expected = new byte[(int) ours.bytes()];
                    ours.type()
                            .quantizer()
                            .quantize(values, 0, null, MemorySegment.ofArray(expected), 0, values.length);
                    assertThat(read.data(ours).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                }
            }
        }
    }

    private static void write(ModelSource source, Quantization mix, Path target) {
        new ModelQuantizer(source, mix).write(target, source.metadata(), 2, (i, n, t, to) -> {}, new Cancellation());
    }

    @Test
    void whatIsQuantizedAlreadyIsNotQuantizedAgain() {
        Path once = folder.resolve("once.gguf");
        Path twice = folder.resolve("twice.gguf");
        try (Gguf gguf = model("llama", 2, 2, 0, false)) {
            write(gguf, Quantization.Q8_0, once);
        }
        try (Gguf gguf = Gguf.open(once)) {
            assertThatThrownBy(() -> write(gguf, Quantization.Q4_0, twice))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("is Q8_0 already");
            assertThat(twice).doesNotExist();
            new ModelQuantizer(gguf, Quantization.Q4_0)
                    .allowRequantize()
                    .write(twice, gguf.metadata(), 1, (i, n, t, to) -> {}, new Cancellation());
            assertThat(twice).exists();
        }
    }

    @Test
    void nothingIsLeftOfWhatWasCancelled() throws Exception {
        Cancellation cancellation = new Cancellation();
        try (Gguf gguf = model("llama", 2, 2, 0, false)) {
            Path target = folder.resolve("target.gguf");
            assertThatThrownBy(() -> new ModelQuantizer(gguf, Quantization.Q4_0)
                            .write(target, gguf.metadata(), 1, (i, n, t, to) -> cancellation.cancel(), cancellation))
                    .isInstanceOf(CancellationException.class);
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactly("model.gguf");
        }
    }

    @Test
    void namesAreThoseThatPeopleKnow() {
        assertThat(Quantization.ofName("q4_k_m")).isEqualTo(Quantization.Q4_K_M);
        assertThat(Quantization.ofName("Q4_K")).isEqualTo(Quantization.Q4_K_M);
        assertThat(Quantization.ofName("mxfp4")).isEqualTo(Quantization.MXFP4_MOE);
        assertThatThrownBy(() -> Quantization.ofName("iq3_s"))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.Unsupported.class))
                .hasMessageStartingWith("IQ3_S is read here but not written");
        assertThatThrownBy(() -> Quantization.ofName("Q9"))
                .isInstanceOfSatisfying(
                        DalangException.class, e -> assertThat(e.failure()).isInstanceOf(Failure.InvalidRequest.class));
    }
}
