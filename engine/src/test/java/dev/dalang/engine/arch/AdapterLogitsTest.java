package dev.dalang.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.Floats;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Phase;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What models say under adapters. */
class AdapterLogitsTest {

    private static final int[] PROMPT =
            IntStream.range(0, 40).map(i -> i * 37 % TinyModel.VOCABULARY).toArray();

    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path folder;

    private static float[] logits(Path model, String tier, Map<String, Path> adapters, Map<String, Float> scales) {
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels(tier)
                .withThreads(2)
                .withBatch(16)
                .withCacheType(BlockType.F32)
                .withAdapters(adapters);
        try (ModelRunner runner = new ModelRunner(Gguf.open(model), options);
                Sequence sequence = runner.newSequence(runner.adapters(scales))) {
            float[] all = new float[PROMPT.length * runner.decoder().outputs()];
            runner.evaluateAll(sequence, PROMPT, (i, row) -> System.arraycopy(row, 0, all, i * row.length, row.length));
            return all;
        }
    }

    private static float[] base(Path model) {
        return logits(model, "vector", Map.of(), Map.of());
    }

    private static double difference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double most = 0;
        for (int i = 0; i < a.length; i++) most = Math.max(most, Math.abs((double) a[i] - b[i]));
        return most;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3moe", "gpt-oss", "olmo2", "granite", "glm4"})
    void isTheModelWithTheAdapterMerged(String family) {
        merged(TinyFamilies.of(family).write(folder));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-llama",
                "tiny-llama-moe",
                "tiny-qwen2",
                "tiny-qwen3",
                "tiny-qwen3moe",
                "tiny-gemma3",
                "tiny-gemma4-26b",
                "tiny-phi3",
                "tiny-gptoss"
            })
    void isTheGoldenModelWithTheAdapterMerged(String name) {
        merged(Shared.require("golden/models/" + name + ".f32.gguf"));
    }

    private void merged(Path model) {
        SeededAdapter adapter = new SeededAdapter(model, SeededAdapter.everything(model), 3, 1.5f, 11);
        Path file = adapter.gguf(folder.resolve("adapter.gguf"));
        Path merged = adapter.merged(model, 0.5f, folder.resolve("merged.gguf"));
        float[] expected = base(merged);
        assertThat(difference(expected, base(model))).as("the adapter matters").isGreaterThan(0.05);
        for (String tier : List.of("scalar", "vector")) {
            float[] actual = logits(model, tier, Map.of("a", file), Map.of("a", 0.5f));
            assertThat(difference(actual, expected)).as(tier).isLessThan(TOLERANCE);
        }
    }

    @Test
    void severalAddUp() {
        Path model = TinyFamilies.of("qwen2").write(folder);
        SeededAdapter first = new SeededAdapter(model, SeededAdapter.everything(model), 4, 4, 1);
        List<String> few = List.of("blk.0.attn_q.weight", "blk.3.ffn_down.weight", "output.weight");
        SeededAdapter second = new SeededAdapter(model, few, 1, 2, 2);
        Map<String, Path> files = Map.of(
                "first", first.gguf(folder.resolve("first.gguf")),
                "second", second.gguf(folder.resolve("second.gguf")));
        Path once = first.merged(model, 0.3f, folder.resolve("once.gguf"));
        Path twice = second.merged(once, -0.7f, folder.resolve("twice.gguf"));
        float[] both = logits(model, "vector", files, Map.of("first", 0.3f, "second", -0.7f));
        assertThat(difference(both, base(twice))).isLessThan(TOLERANCE);
        assertThat(difference(both, base(once))).isGreaterThan(0.05);
    }

    @Test
    void theOutputOfATiedModelChangesWithoutItsEmbeddings() {
        Path tied = TinyFamilies.of("qwen2").without("output.weight").write(folder);
        Path untied = folder.resolve("untied.gguf");
        try (Gguf file = Gguf.open(tied)) {
            GgufWriter writer = new GgufWriter().putAll(file.metadata());
            for (TensorInfo t : file.tensors().values()) {
                writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(file.data(t)));
                if (!t.name().equals("token_embd.weight")) continue;
                writer.tensor("output.weight", t.type(), t.shape(), TensorData.of(file.data(t)));
            }
            writer.write(untied);
        }
        SeededAdapter adapter = new SeededAdapter(untied, List.of("output.weight"), 2, 3, 1);
        float[] expected = base(adapter.merged(untied, 1, folder.resolve("merged.gguf")));
        Path file = adapter.gguf(folder.resolve("adapter.gguf"));
        assertThat(difference(logits(tied, "vector", Map.of("a", file), Map.of("a", 1f)), expected))
                .isLessThan(TOLERANCE);
        assertThat(difference(base(tied), expected)).isGreaterThan(0.05);
    }

    @Test
    void scaleZeroAndNoneGiveTheBaseModelToTheBit() {
        Path model = TinyFamilies.of("qwen3moe").write(folder);
        Path file = new SeededAdapter(model, SeededAdapter.everything(model), 4, 4, 1).gguf(folder.resolve("a.gguf"));
        float[] base = base(model);
        assertThat(logits(model, "vector", Map.of("a", file), Map.of("a", 0f))).isEqualTo(base);
        assertThat(logits(model, "vector", Map.of("a", file), Map.of())).isEqualTo(base);
        assertThat(logits(model, "vector", Map.of("a", file), Map.of("a", 1f))).isNotEqualTo(base);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "granite", "qwen2", "qwen3moe"})
    void peftAndGgufAreTheSame(String family) throws IOException {
        Path model = TinyFamilies.of(family).write(folder);
        SeededAdapter adapter = new SeededAdapter(model, SeededAdapter.everything(model), 4, 6, 5);
        Path gguf = adapter.gguf(folder.resolve("a.gguf"));
        Path peft = adapter.peft(folder.resolve("peft"), """
                {"peft_type": "LORA", "r": 4, "lora_alpha": 6, "bias": "none", "target_modules": ["q_proj"],
                 "use_dora": false, "modules_to_save": null, "rank_pattern": {}, "init_lora_weights": true}""");
        float[] expected = logits(model, "vector", Map.of("a", gguf), Map.of("a", 1f));
        assertThat(logits(model, "vector", Map.of("a", peft), Map.of("a", 1f))).isEqualTo(expected);
    }

    @Test
    void peftPatternsAndRankStabilisationSetTheScale() throws IOException {
        Path model = TinyFamilies.of("llama").write(folder);
        List<String> one = List.of("blk.2.attn_v.weight");
        Path gguf = new SeededAdapter(model, one, 4, 10, 5).gguf(folder.resolve("a.gguf"));
        float[] expected = logits(model, "vector", Map.of("a", gguf), Map.of("a", 1f));
        Path peft = new SeededAdapter(model, one, 4, 10, 5).peft(folder.resolve("peft"), """
                        {"peft_type": "LORA", "r": 16, "lora_alpha": 7, "use_rslora": true,
                         "rank_pattern": {"v_proj": 4}, "alpha_pattern": {"up_proj": 3, "layers.2.self_attn.v_proj": 5}}""");
        assertThat(logits(model, "vector", Map.of("a", peft), Map.of("a", 1f))).isEqualTo(expected);
    }

    /** llama.cpp's logits for the same model and adapter files, {@code llama_set_adapters_lora} with scale 0.5. */
    static Stream<Arguments> expected() {
        return Stream.of(
                Arguments.of("llama", new float[] {-1.28036f, 1.62897f, -0.96656f, -0.21435f, -1.18288f, -0.52201f}),
                Arguments.of("qwen2", new float[] {-0.09128f, -0.15415f, -0.01224f, -1.21948f, -0.04112f, -0.96529f}),
                Arguments.of("qwen3moe", new float[] {1.35473f, 0.09722f, -1.39498f, -1.74301f, 0.57284f, -0.08470f}),
                Arguments.of("gpt-oss", new float[] {0.65796f, 0.19970f, 1.25966f, -1.27750f, -0.16785f, -1.16728f}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expected")
    void logitsAreTheReferences(String family, float[] first) {
        Path model = TinyFamilies.of(family).write(folder);
        Path file =
                new SeededAdapter(model, SeededAdapter.everything(model), 3, 1.5f, 11).gguf(folder.resolve("a.gguf"));
        float[] actual = logits(model, "vector", Map.of("a", file), Map.of("a", 0.5f));
        int last = (PROMPT.length - 1) * TinyModel.VOCABULARY;
        for (int i = 0; i < first.length; i++) {
            assertThat((double) actual[last + i]).as("token " + i).isCloseTo(first[i], within(5e-5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3moe"})
    void companyDoesNotMatter(String family) {
        Path model = TinyFamilies.of(family).write(folder);
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels("vector")
                .withCacheType(BlockType.F32)
                .withAdapters(Map.of(
                        "a",
                                new SeededAdapter(model, SeededAdapter.everything(model), 3, 3, 1)
                                        .gguf(folder.resolve("a")),
                        "b",
                                new SeededAdapter(model, SeededAdapter.everything(model), 5, 9, 2)
                                        .gguf(folder.resolve("b"))));
        try (ModelRunner runner = new ModelRunner(Gguf.open(model), options)) {
            List<Map<String, Float>> wishes = List.of(
                    Map.of("a", 1f),
                    Map.of(),
                    Map.of("b", 0.4f),
                    Map.of("b", 0.4f),
                    Map.of("b", 0.4f, "a", -0.2f),
                    Map.of("a", 0.5f));
            List<AdapterMix> mixes = wishes.stream().map(runner::adapters).toList();
            int[] lengths = {7, 3, 1, 12, 5, 9};
            List<float[]> together = pass(runner.decoder(), mixes, lengths, 2);
            for (int i = 0; i < lengths.length; i++) {
                List<float[]> alone = pass(runner.decoder(), List.of(mixes.get(i)), new int[] {lengths[i]}, 1);
                assertThat(together.get(i)).as("sequence " + i).isEqualTo(alone.getFirst());
            }
            assertThat(together.get(0)).isNotEqualTo(together.get(5));
        }
    }

    /** The logits after each sequence's prompt, all evaluated in one pass. */
    private static List<float[]> pass(Decoder decoder, List<AdapterMix> mixes, int[] lengths, int threads) {
        List<Sequence> sequences = new ArrayList<>();
        try (Compute compute = new Compute(KernelTier.named("vector"), threads)) {
            List<Step.Span> spans = new ArrayList<>();
            int[] wanted = new int[lengths.length];
            int rows = 0;
            for (int i = 0; i < lengths.length; i++) {
                Sequence sequence = new Sequence(decoder.memory(), BlockType.F32, mixes.get(i));
                sequences.add(sequence);
                spans.add(new Step.Span(sequence, rows, lengths[i], 0, Phase.PROMPT));
                rows += lengths[i];
                wanted[i] = rows - 1;
            }
            int[] ids = new int[rows];
            for (Step.Span s : spans) {
                System.arraycopy(PROMPT, 0, ids, s.firstRow(), s.count());
            }
            int width = decoder.outputs();
            Floats out = Floats.allocate(Arena.ofAuto(), wanted.length * width);
            decoder.forward(new Step(compute), ids, spans, wanted, out, Decoder.Probe.NONE);
            List<float[]> results = new ArrayList<>();
            for (int i = 0; i < wanted.length; i++)
                results.add(out.slice(i * width, width).toArray());
            return results;
        } finally {
            sequences.forEach(Sequence::close);
        }
    }
}
