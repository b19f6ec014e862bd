package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.engine.adapter.AdapterWriter;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.Safetensors;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters written in both forms, and models changed on their way into a file. */
class AdapterWriterTest {

    private static final int[] PROMPT =
            IntStream.range(0, 40).map(i -> i * 37 % TinyModel.VOCABULARY).toArray();

    @TempDir
    Path folder;

    private static float[] logits(Path model, Map<String, Path> adapters) {
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels("vector")
                .withThreads(2)
                .withCacheType(BlockType.F32)
                .withAdapters(adapters);
        Map<String, Float> scales = adapters.isEmpty() ? Map.of() : Map.of("a", 1f);
        try (ModelRunner runner = new ModelRunner(Gguf.open(model), options);
                Sequence sequence = runner.newSequence(runner.adapters(scales))) {
            float[] all = new float[PROMPT.length * runner.decoder().outputs()];
            runner.evaluateAll(sequence, PROMPT, (i, row) -> System.arraycopy(row, 0, all, i * row.length, row.length));
            return all;
        }
    }

    private static AdapterWriter random(Gguf base, int rank) {
        Random random = new Random(5);
        List<AdapterWriter.Pair> pairs = new ArrayList<>();
        Families.assemble(base, 0).adaptable().forEach((name, t) -> {
            if (!base.tensors().containsKey(name)) return;
            pairs.add(new AdapterWriter.Pair(
                    name, floats(random, rank * t.inputs()), floats(random, t.outputs() * rank)));
        });
        return new AdapterWriter(base, pairs, rank, 6);
    }

    private static Floats floats(Random random, int count) {
        Floats values = Floats.allocate(Arena.ofAuto(), count);
        for (int i = 0; i < count; i++) values.set(i, (float) random.nextGaussian() / 16);
        return values;
    }

    private static double difference(float[] a, float[] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) most = Math.max(most, Math.abs((double) a[i] - b[i]));
        return most;
    }

    private void sameEitherWay(Path model) throws IOException {
        Path peft = Files.createDirectories(folder.resolve("peft"));
        Path file = folder.resolve("adapter.gguf");
        try (Gguf base = Gguf.open(model)) {
            AdapterWriter writer = random(base, 3);
            assertThat(writer.noPeft()).isNull();
            writer.gguf(file, Map.of());
            writer.peft(peft, "some/model", 0.05, Map.of("license", "mit"));
        }
        float[] byGguf = logits(model, Map.of("a", file));
        assertThat(difference(byGguf, logits(model, Map.of())))
                .as("the adapter matters")
                .isGreaterThan(0.05);
        assertThat(logits(model, Map.of("a", peft))).isEqualTo(byGguf);
        try (Safetensors s = Safetensors.open(peft.resolve("adapter_model.safetensors"))) {
            assertThat(s.metadata()).containsEntry("license", "mit").containsEntry("format", "pt");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "granite", "olmo2", "glm4"})
    void bothFormsSayTheSame(String family) throws IOException {
        sameEitherWay(TinyFamilies.of(family).write(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama", "tiny-qwen3", "tiny-phi3", "tiny-gemma3"})
    void bothFormsSayTheSameOfGoldenModels(String name) throws IOException {
        sameEitherWay(Shared.require("golden/models/" + name + ".f32.gguf"));
    }

    /** The rows of queries and keys under Hugging Face's names are in Hugging Face's order: halves, not pairs. */
    @Test
    void queriesOfLlamaAreInTheirOwnersOrder() throws IOException {
        Path model = TinyFamilies.of("llama").write(folder);
        Floats b = Floats.allocate(Arena.ofAuto(), TinyModel.WIDTH);
        for (int i = 0; i < b.length(); i++) b.set(i, i);
        Floats a = Floats.allocate(Arena.ofAuto(), TinyModel.WIDTH);
        try (Gguf base = Gguf.open(model)) {
            new AdapterWriter(base, List.of(new AdapterWriter.Pair("blk.1.attn_q.weight", a, b)), 1, 1)
                    .peft(folder, "x", 0, Map.of());
        }
        try (Safetensors s = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
            var t = s.tensor("base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight");
            Floats rows = Floats.of(s.data(t));
            int half = TinyModel.HEAD_DIM / 2;
            assertThat(rows.get(0)).isEqualTo(0);
            assertThat(rows.get(1)).isEqualTo(2);
            assertThat(rows.get(half)).isEqualTo(1);
            assertThat(rows.get(TinyModel.HEAD_DIM + half + 2)).isEqualTo(TinyModel.HEAD_DIM + 5);
        }
        assertThat(Files.readString(folder.resolve("adapter_config.json")))
                .contains("\"target_modules\":[\"q_proj\"]")
                .contains("\"lora_alpha\":1,");
    }

    @Test
    void rowsChangeOnTheWayAndTypesStay() {
        Path model = Shared.require("golden/models/tinyq-llama.Q4_K_M.gguf");
        Path out = folder.resolve("changed.gguf");
        ModelQuantizer.Change twice = new ModelQuantizer.Change() {
            @Override
            public boolean concerns(String tensor) {
                return tensor.equals("blk.0.ffn_up.weight");
            }

            @Override
            public void apply(String tensor, int row, float[] values) {
                for (int i = 0; i < values.length; i++) values[i] *= 2;
            }
        };
        try (Gguf base = Gguf.open(model)) {
            new ModelQuantizer(base)
                    .changing(twice)
                    .write(out, base.metadata(), 2, (i, n, t, to) -> {}, Cancellation.NONE);
            try (Gguf changed = Gguf.open(out)) {
                for (TensorInfo t : base.tensors().values()) {
                    TensorInfo c = changed.tensors().get(t.name());
                    assertThat(c.type()).isEqualTo(t.type());
                    if (!twice.concerns(t.name())) {
                        assertThat(changed.data(c).mismatch(base.data(t)))
                                .as(t.name())
                                .isEqualTo(-1);
                        continue;
                    }
                    float[] before = new float[(int) t.elements()];
                    float[] after = new float[before.length];
                    t.type().dequantizer().dequantize(base.data(t), 0, before, 0, before.length);
                    c.type().dequantizer().dequantize(changed.data(c), 0, after, 0, after.length);
                    double error = 0;
                    double size = 0;
                    for (int i = 0; i < before.length; i++) {
                        error += Math.pow(after[i] - 2 * before[i], 2);
                        size += Math.pow(2 * before[i], 2);
                    }
                    assertThat(error / size).isLessThan(1e-3);
                }
            }
        }
    }

    @Test
    void whatCannotBeWrittenBackIsRefused() {
        Path model = Shared.require("golden/models/tinyq-llama.IQ3_S.gguf");
        try (Gguf base = Gguf.open(model)) {
            ModelQuantizer quantizer = new ModelQuantizer(base);
            ModelQuantizer.Change all = new ModelQuantizer.Change() {
                @Override
                public boolean concerns(String tensor) {
                    return tensor.contains("ffn_up");
                }

                @Override
                public void apply(String tensor, int row, float[] values) {}
            };
            assertThatThrownBy(() -> quantizer.changing(all))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("IQ3_S, which is read here but not written");
        }
    }
}
