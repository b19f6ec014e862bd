package dev.dalang.train.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.Cancellation;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.engine.kernel.Compute;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import dev.dalang.train.graph.GraphSettings;
import dev.dalang.train.graph.Shape;
import dev.dalang.train.graph.TrainableDecoder;
import dev.dalang.train.tokenizer.ByteLevelVocabulary;
import dev.dalang.train.tokenizer.BytePairTrainer;
import dev.dalang.train.tokenizer.VocabularySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExportTest {

    private static final About ABOUT =
            new About("Tiny Tales 2", "Tells tales.", "CC0-1.0", "somebody", null, null, List.of("en"), 0.0);
    private static final String TEMPLATE = "{% for m in messages %}{{ m.content }}<|end|>{% endfor %}";
    private static final LoadOptions EXACT =
            LoadOptions.DEFAULT.withKernels("scalar").withThreads(1);
    private static final int[] TOKENS = {0, 17, 130, 255, 7, 201, 64, 3, 99, 262};

    @TempDir
    Path folder;

    /** Grouped heads of an odd count, so that a permutation over the wrong heads would show. */
    @Test
    void theFolderAndTheFileAreTheSameModel() {
        for (boolean tied : new boolean[] {true, false}) {
            List<Path> written = export(tied, Dtype.F32);
            assertThat(written)
                    .containsExactly(
                            folder.resolve("tiny-tales-2-F32.gguf"),
                            folder.resolve("tiny-tales-2-Q8_0.gguf"),
                            folder.resolve("huggingface"));
            List<float[]> file = logits(written.get(0));
            List<float[]> directory = logits(written.get(2));
            for (int i = 0; i < file.size(); i++) assertThat(directory.get(i)).isEqualTo(file.get(i));
            List<float[]> blocks = logits(written.get(1));
            double worst = 0;
            for (int i = 0; i < file.size(); i++) {
                for (int j = 0; j < file.get(i).length; j++) {
                    worst = Math.max(worst, Math.abs(file.get(i)[j] - blocks.get(i)[j]));
                }
            }
            assertThat(worst).isPositive().isLessThan(0.05);
        }
    }

    @Test
    void theFolderMayHaveSmallerNumbers() {
        for (Dtype dtype : List.of(Dtype.F16, Dtype.BF16)) {
            List<float[]> wide = logits(export(true, Dtype.F32).get(2));
            List<float[]> narrow = logits(export(true, dtype).get(2));
            for (int i = 0; i < wide.size(); i++) {
                for (int j = 0; j < wide.get(i).length; j++) {
                    assertThat(narrow.get(i)[j]).isCloseTo(wide.get(i)[j], org.assertj.core.data.Offset.offset(0.02f));
                }
            }
        }
    }

    @Test
    void theTokenizerAndWhatTheModelSaysOfItselfComeAlong() {
        List<Path> written = export(true, Dtype.F32);
        Tokenizer file;
        try (Gguf gguf = Gguf.open(written.get(1))) {
            Metadata m = gguf.metadata();
            file = Tokenizers.fromGguf(m);
            assertThat(m.string("general.name")).isEqualTo("Tiny Tales 2");
            assertThat(m.string("general.license")).isEqualTo("CC0-1.0");
            assertThat(m.string("general.description")).isEqualTo("Tells tales.");
            assertThat(m.integer("general.file_type")).isEqualTo(Quantization.Q8_0.fileType());
            assertThat(m.string("tokenizer.chat_template")).isEqualTo(TEMPLATE);
        }
        Tokenizer directory = Tokenizers.fromFolder(written.get(2));
        for (String text : List.of("Once upon a time, in 1987 …", "naïve\n\n  日本 😀", "<|end|> it's<|user|>", "")) {
            for (boolean special : new boolean[] {false, true}) {
                int[] ids = file.encode(text, special);
                assertThat(directory.encode(text, special)).isEqualTo(ids);
                assertThat(directory.decode(ids, true))
                        .isEqualTo(file.decode(ids, true))
                        .isEqualTo(text);
            }
            assertThat(directory.withSpecials(directory.encode(text, false)))
                    .isEqualTo(file.withSpecials(file.encode(text, false)));
        }
        assertThat(directory.special().bos()).isEqualTo(file.special().bos());
        assertThat(directory.special().eos()).isEqualTo(file.special().eos());
        assertThat(directory.special().pad()).isEqualTo(file.special().pad());
        try (var source = ModelSources.open(written.get(2))) {
            assertThat(source.metadata().string("tokenizer.chat_template")).isEqualTo(TEMPLATE);
        }
        assertThat(written.get(2).resolve("config.json"))
                .content()
                .contains("\"LlamaForCausalLM\"", "\"rope_theta\" : 5000.0");
    }

    @Test
    void anotherFamilyHasNoFolder() throws Exception {
        Path file = folder.resolve("other.gguf");
        new dev.dalang.engine.format.GgufWriter()
                .put("general.architecture", "gpt2")
                .write(file);
        try (Gguf gguf = Gguf.open(file)) {
            assertThatThrownBy(() -> new HuggingFaceExport(gguf, Dtype.F32)).hasMessageContaining("family gpt2");
        }
        assertThat(Files.size(file)).isPositive();
    }

    private List<Path> export(boolean tied, Dtype dtype) {
        ByteLevelVocabulary vocabulary = vocabulary();
        Shape shape = new Shape(vocabulary.size(), 48, 2, 6, 3, 8, 64, 64, tied, 5000, 1e-5f);
        Map<String, Metadata.Value> keys = new LinkedHashMap<>(shape.metadata().asMap());
        ABOUT.general().forEach((k, v) -> keys.put(k, new Metadata.Value(Metadata.Type.STRING, null, v)));
        keys.putAll(vocabulary.metadata());
        keys.put("tokenizer.chat_template", new Metadata.Value(Metadata.Type.STRING, null, TEMPLATE));
        try (Compute compute = new Compute(KernelTier.named("scalar"), 1);
                TrainableDecoder network = TrainableDecoder.fresh(shape, 5, compute, GraphSettings.DEFAULT)) {
            return new ModelExport(network.source(new Metadata(null, keys)), ABOUT, 1)
                    .write(
                            folder,
                            List.of(Quantization.F32, Quantization.Q8_0),
                            dtype,
                            vocabulary.tokenizerJson(),
                            Cancellation.NONE);
        }
    }

    private static ByteLevelVocabulary vocabulary() {
        BytePairTrainer trainer = new BytePairTrainer(new VocabularySettings(
                "qwen2",
                272,
                1,
                VocabularySettings.LONGEST,
                List.of("<|begin|>", "<|end|>", "<|padding|>", "<|user|>"),
                new VocabularySettings.Roles("<|begin|>", "<|end|>", "<|padding|>")));
        trainer.add("Once upon a time there was a tale of a time");
        return trainer.train();
    }

    private static List<float[]> logits(Path model) {
        try (ModelRunner runner = new ModelRunner(ModelSources.open(model), EXACT);
                Sequence sequence = runner.newSequence()) {
            List<float[]> rows = new ArrayList<>();
            runner.evaluateAll(sequence, TOKENS, (i, row) -> rows.add(row.clone()));
            return rows;
        }
    }
}
