package dev.dalang.train.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.engine.arch.Families;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.train.chat.ChatData;
import dev.dalang.train.chat.ChatEncoder;
import dev.dalang.train.chat.Lessons;
import dev.dalang.train.chat.PreferencePair;
import dev.dalang.train.data.Document;
import dev.dalang.train.graph.Batch;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.Parameter;
import dev.dalang.train.graph.TrainableDecoder;
import dev.dalang.train.graph.Trained;
import dev.dalang.train.loop.TrainingEvent;
import dev.dalang.train.testing.TinyChat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Adapters and preferences learned by a tiny model, written, and read back by the engine. */
class TunerTest {

    private static final TuneSettings FAST =
            new TuneSettings(4, 8, 0, List.of("all-linear"), 1e-2, 8.0, 4, 0, 0.1, 7, true);

    private static final Provenance FROM = new Provenance(
            "some/base",
            "sha256:00",
            List.of("MIT"),
            Map.of("general.license", new Metadata.Value(Metadata.Type.STRING, null, "mit")),
            List.of("keep the notice"),
            "tiny-tuned");

    @TempDir
    Path folder;

    private final Compute compute = new Compute(KernelTier.named("exact"), 2);

    @AfterEach
    void close() {
        compute.close();
    }

    private Lessons lessons(Path model, String data) throws IOException {
        Path file = Files.writeString(folder.resolve("data.jsonl"), data);
        try (LocalModel local = LocalModel.open(model, LoadOptions.DEFAULT.withThreads(1))) {
            Lessons lessons = Lessons.of(
                    ChatData.read(file, null), new ChatEncoder(local.prompts(), local.tokenizer(), 512, "m"));
            assertThat(lessons.bad()).isEmpty();
            return lessons;
        }
    }

    /** Letters and what comes after them in the alphabet. */
    private static String letters() {
        StringBuilder lines = new StringBuilder();
        for (char c = 'a'; c < 'm'; c++) {
            lines.append("{\"instruction\": \"%c\", \"output\": \"%c\"}\n".formatted(c, c + 1));
        }
        return lines.toString();
    }

    private static float[] logits(Path model, Map<String, Path> adapters) {
        int[] ids = {1, 40, 77, 200, 3, 258, 90};
        LoadOptions options = LoadOptions.DEFAULT
                .withKernels("scalar")
                .withThreads(1)
                .withCacheType(BlockType.F32)
                .withAdapters(adapters);
        try (ModelRunner runner = new ModelRunner(Gguf.open(model), options);
                Sequence sequence =
                        runner.newSequence(runner.adapters(adapters.isEmpty() ? Map.of() : Map.of("a", 1f)))) {
            float[] all = new float[ids.length * runner.decoder().outputs()];
            runner.evaluateAll(sequence, ids, (i, row) -> System.arraycopy(row, 0, all, i * row.length, row.length));
            return all;
        }
    }

    private static double difference(float[] a, float[] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) most = Math.max(most, Math.abs((double) a[i] - b[i]));
        return most;
    }

    /** Before its first step an adapter changes nothing: B is 0. */
    @ParameterizedTest
    @EnumSource(
            value = BlockType.class,
            names = {"F32", "F16", "Q8_0", "Q4_0", "Q6_K", "Q4_K"})
    void theFirstStepBeginsAtTheModelItself(BlockType type) throws IOException {
        Path file = TinyChat.wide(folder.resolve("base.gguf"), type);
        Lessons lessons = lessons(file, letters());
        Batch batch = new PairSource(
                        List.of(new PreferencePair(
                                lessons.documents().get(0), lessons.documents().get(1))),
                        100,
                        0,
                        false)
                .batch(0);
        try (Gguf base = Gguf.open(file);
                TrainableDecoder decoder = TrainableDecoder.of(
                        Families.assemble(base, 0),
                        compute,
                        new Trained.Lora(t -> t.startsWith("blk."), 4, 8, 0, 3),
                        GraphSettings.DEFAULT.withExact(true))) {
            double[] with = decoder.logProbabilities(batch);
            decoder.adapters(false);
            assertThat(with).isEqualTo(decoder.logProbabilities(batch));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BlockType.class,
            names = {"F32", "Q8_0", "Q4_K"})
    void whatWasLearnedIsReadBackFromBothForms(BlockType type) throws IOException {
        Path file = TinyChat.wide(folder.resolve("base.gguf"), type);
        Lessons.Split split = lessons(file, letters()).split(0.2, 1);
        Path out = folder.resolve("out");
        try (Gguf base = Gguf.open(file);
                Tuner tuner = new Tuner(base, compute, split.train(), split.train(), FAST)) {
            TunePlan plan = tuner.measured(tuner.plan());
            assertThat(plan.steps()).isPositive();
            TuneResult result = tuner.run(out.resolve("checkpoints"), false, "sha256:00", e -> {}, Cancellation.NONE);
            assertThat(result.done()).isTrue();
            assertThat(result.after()).isLessThan(0.5 * result.before());
            assertThat(TunedFiles.adapter(out, tuner.adapter(), FROM, FAST, plan, result))
                    .isNull();
            Path merged = folder.resolve("merged.gguf");
            TunedFiles.merged(
                    merged,
                    base,
                    tuner.adapter(),
                    null,
                    base.metadata(),
                    FROM,
                    2,
                    (i, n, t, to) -> {},
                    Cancellation.NONE);
            Path wide = folder.resolve("merged-f32.gguf");
            TunedFiles.merged(
                    wide,
                    base,
                    tuner.adapter(),
                    Quantization.F32,
                    base.metadata(),
                    FROM,
                    2,
                    (i, n, t, to) -> {},
                    Cancellation.NONE);
            float[] tuned = logits(file, Map.of("a", out.resolve(TunedFiles.GGUF)));
            assertThat(logits(file, Map.of("a", out))).isEqualTo(tuned);
            float[] untuned = logits(file, Map.of());
            assertThat(difference(tuned, untuned)).isGreaterThan(0.5);
            assertThat(difference(logits(wide, Map.of()), tuned)).isLessThan(2e-3);
            assertThat(difference(logits(merged, Map.of()), tuned))
                    .as("stored in %s again", type)
                    .isLessThan(0.5 * difference(tuned, untuned));
            try (Gguf m = Gguf.open(merged);
                    Gguf a = Gguf.open(out.resolve(TunedFiles.GGUF))) {
                assertThat(m.tensors().get("blk.1.ffn_up.weight").type()).isEqualTo(type);
                for (Gguf made : List.of(m, a)) {
                    assertThat(made.metadata().string("general.license")).isEqualTo("mit");
                    assertThat(made.metadata().string(Provenance.DIGEST_KEY)).isEqualTo("sha256:00");
                    assertThat(made.metadata().string("general.base_model.0.name"))
                            .isEqualTo("some/base");
                }
            }
        }
        assertThat(Files.readString(out.resolve("README.md")))
                .startsWith("---\nlicense: MIT\nbase_model: some/base\n")
                .contains("- keep the notice");
    }

    @Test
    void goesOnWhereItWasInterrupted() throws IOException {
        Path file = TinyChat.wide(folder.resolve("base.gguf"), BlockType.Q8_0);
        Lessons all = lessons(file, letters());
        float[] whole = learned(file, all, "whole", -1);
        learned(file, all, "cut", 7);
        assertThat(learned(file, all, "cut", -1)).isEqualTo(whole);
    }

    /** The first numbers of the adapter after a run that may be interrupted after some steps. */
    private float[] learned(Path file, Lessons lessons, String name, long until) {
        Cancellation cancellation = new Cancellation();
        TuneSettings dropping =
                new TuneSettings(4, 8, 0.1, List.of("q_proj", "ffn_down"), 1e-2, 4.0, 2, 0, 0.1, 7, true);
        try (Gguf base = Gguf.open(file);
                Tuner tuner =
                        new Tuner(base, compute, lessons, lessons.split(0, 1).validation(), dropping)) {
            TuneResult result = tuner.run(
                    folder.resolve(name),
                    true,
                    "x",
                    e -> {
                        if (e instanceof TrainingEvent.Step s && s.step() == until) cancellation.cancel();
                    },
                    cancellation);
            assertThat(result.done()).isEqualTo(until < 0);
            return tuner.adapter().pairs().getFirst().b().toArray();
        }
    }

    @Test
    void preferencesBecomeLikelier() throws IOException {
        Path file = TinyChat.write(folder.resolve("base.gguf"), TinyChat.CHATML, BlockType.F32);
        StringBuilder data = new StringBuilder();
        for (char c = 'a'; c < 'i'; c++) {
            data.append("{\"prompt\": \"%c\", \"chosen\": \"yes\", \"rejected\": \"no\"}\n".formatted(c));
        }
        Lessons.Split split = lessons(file, data.toString()).split(0.25, 1);
        TuneSettings settings = new TuneSettings(4, 8, 0, List.of("all-linear"), 5e-3, 10.0, 3, 0, 0.1, 7, true);
        List<Double> losses = new ArrayList<>();
        try (Gguf base = Gguf.open(file);
                Tuner tuner = new Tuner(base, compute, split.train(), split.validation(), settings)) {
            assertThat(tuner.plan().preferences()).isTrue();
            TuneResult result = tuner.run(
                    folder.resolve("checkpoints"),
                    false,
                    "x",
                    e -> {
                        if (e instanceof TrainingEvent.Validated v) losses.add(v.loss());
                    },
                    Cancellation.NONE);
            assertThat(losses.getFirst()).as("the model against itself").isCloseTo(Math.log(2), within(1e-12));
            assertThat(losses.getLast()).isLessThan(0.3);
            assertThat(result.preferred()).isEqualTo(1);
        }
    }

    /** The loss of pairs against central differences in every tenth or so number of the adapters. */
    @Test
    void theGradientOfPreferencesIsThatOfTheirLoss() {
        Path file = TinyChat.write(folder.resolve("base.gguf"), TinyChat.CHATML, BlockType.F32);
        Random random = new Random(4);
        List<PreferencePair> pairs = new ArrayList<>();
        for (int i = 0; i < 3; i++) pairs.add(new PreferencePair(document(random), document(random)));
        Batch batch = new PairSource(pairs, 1000, 1, false).batch(0);
        Set<String> targets = Set.of("blk.1.attn_v.weight", "blk.0.ffn_up.weight");
        try (Gguf base = Gguf.open(file);
                PreferenceNetwork network = new PreferenceNetwork(
                        TrainableDecoder.of(
                                Families.assemble(base, 0),
                                compute,
                                new Trained.Lora(targets::contains, 2, 4, 0, 3),
                                GraphSettings.DEFAULT.withExact(true)),
                        0.5)) {
            assertThat(network.terms(batch)).isEqualTo(3);
            for (Parameter p : network.parameters()) {
                for (int i = 0; i < p.count(); i++) p.value().set(i, (float) random.nextGaussian() / 8);
            }
            network.forwardBackward(batch, 0.25f);
            for (Parameter p : network.parameters()) {
                double error = 0;
                double size = 0;
                for (int i = 0; i < p.count(); i += 1 + p.count() / 12) {
                    float value = p.value().get(i);
                    float step = 1f / 128;
                    p.value().set(i, value + step);
                    double up = network.loss(batch);
                    p.value().set(i, value - step);
                    double down = network.loss(batch);
                    p.value().set(i, value);
                    double expected = 0.25 * (up - down) / (2 * step);
                    error += Math.pow(p.gradient().get(i) - expected, 2);
                    size += Math.pow(expected, 2);
                }
                assertThat(Math.sqrt(error / size)).as(p.name()).isLessThan(5e-3);
            }
        }
    }

    private static Document document(Random random) {
        int[] tokens = random.ints(8, 0, 256).toArray();
        BitSet asked = new BitSet();
        asked.set(4, 8);
        return new Document(tokens, asked);
    }

    @Test
    void aTargetThatIsNotThereIsNamed() throws IOException {
        Path file = TinyChat.write(folder.resolve("base.gguf"), TinyChat.CHATML, BlockType.F32);
        Lessons lessons = lessons(file, letters());
        TuneSettings settings = new TuneSettings(4, 8, 0, List.of("w_pack"), 1e-2, 1.0, 1, 0, 0.1, 7, true);
        try (Gguf base = Gguf.open(file)) {
            assertThatThrownBy(() -> new Tuner(
                                    base, compute, lessons, lessons.split(0, 1).validation(), settings)
                            .close())
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("no matrix called 'w_pack'")
                    .hasMessageContaining("attn_q");
        }
    }
}
