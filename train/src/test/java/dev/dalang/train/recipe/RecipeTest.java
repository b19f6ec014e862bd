package dev.dalang.train.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Quantization;
import dev.dalang.train.data.LongDocuments;
import dev.dalang.train.data.TextCut;
import dev.dalang.train.loop.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {

    private static final String SMALL = """
            [model]
            name = "Small"
            licence = "CC0-1.0"
            [tokenizer]
            size = 300
            [shape]
            context = 32
            embedding = 16
            layers = 1
            heads = 2
            feed_forward = 24
            [[data.source]]
            name = "tales"
            files = ["tales.txt"]
            [training]
            steps = 100
            batch = 64
            [schedule]
            rate = 1e-3
            """;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("small.toml");
        Files.writeString(folder.resolve("tales.txt"), "Once upon a time.\n");
    }

    @Test
    void whatIsNotSaidHasTheUsualValue() throws IOException {
        Recipe r = read(SMALL);
        assertThat(r.about().name()).isEqualTo("Small");
        assertThat(r.shape().kvHeads()).isEqualTo(2);
        assertThat(r.shape().headSize()).isEqualTo(8);
        assertThat(r.shape().tied()).isTrue();
        assertThat(r.training().settings(100, 0).schedule()).isEqualTo(new Schedule.Cosine(1e-3, 2, 0.1));
        assertThat(r.data().sources()).hasSize(1);
        assertThat(r.data().sources().getFirst().cut()).isEqualTo(new TextCut.Whole());
        assertThat(r.data().sources().getFirst().longDocuments()).isEqualTo(LongDocuments.SPLIT);
        assertThat(r.output().gguf()).containsExactly(Quantization.Q8_0);
        assertThat(r.output().folderType()).isEqualTo(Dtype.F32);
        assertThat(r.output().folder()).isEqualTo(folder.resolve("out"));
        assertThat(r.samples().every()).isZero();
    }

    @Test
    void whatIsSetOnTheCommandLineWins() throws IOException {
        Recipe r = read(
                SMALL,
                "training.steps=7",
                "model.name=Other name",
                "data.source.tales.weight=2.5",
                "output.gguf=[\"F32\", \"Q4_K\"]",
                "schedule.kind=wsd",
                "schedule.decay=3",
                "schedule.warmup=0");
        assertThat(r.training().steps()).isEqualTo(7);
        assertThat(r.about().name()).isEqualTo("Other name");
        assertThat(r.data().sources().getFirst().weight()).isEqualTo(2.5);
        assertThat(r.output().gguf()).containsExactly(Quantization.F32, Quantization.Q4_K_M);
        assertThat(r.training().settings(7, 0).schedule()).isEqualTo(new Schedule.WarmupStableDecay(1e-3, 0, 3, 0.1));
    }

    @Test
    void anUnknownKeyIsRefusedWithItsLineAndWhatWasPerhapsMeant() {
        refused(SMALL.replace("layers = 1", "layer = 1"), "small.toml line 6: shape.layers is missing");
        refused(
                SMALL.replace("layers = 1", "layers = 1\ncontexts = 3"),
                "small.toml line 10: shape.contexts is no key of a recipe; did you mean context?");
        refused(SMALL + "[scheduler]\nrate = 1\n", "small.toml line 20: scheduler is no key of a recipe; did you mean");
        refused(
                SMALL.replace("name = \"tales\"", "name = \"tales\"\nfile = \"x\""),
                "line 14: data.source.file is no key");
    }

    @Test
    void aValueThatCannotBeIsRefusedWithItsLine() {
        refused(SMALL.replace("layers = 1", "layers = 0"), "small.toml line 9: shape.layers is 0, outside 1..1024");
        refused(SMALL.replace("layers = 1", "layers = \"two\""), "line 9: shape.layers is \"two\", not a whole number");
        refused(SMALL.replace("heads = 2", "heads = 2\nkv_heads = 3"), "line 11: shape.kv_heads is 3, which does not");
        refused(SMALL.replace("rate = 1e-3", "rate = nan"), "schedule.rate is NaN, outside");
        refused(SMALL.replace("rate = 1e-3", "rate = 1e-3\nkind = \"linear\""), "not one of cosine, wsd, constant");
        refused(SMALL.replace("steps = 100", "steps = 100\nrounds = 2"), "training.steps and training.rounds both say");
        refused(SMALL.replace("batch = 64", "batch = 16"), "training.batch is 16 tokens, fewer than the context of 32");
        refused(SMALL.replace("files = [\"tales.txt\"]", "files = [1]"), "data.source.files holds 1, not texts alone");
        refused(SMALL + "[output]\ngguf = [\"Q9\"]\n", "output.gguf holds \"Q9\"");
        refused(SMALL.replace("[model]", "model = 3\n[modell]"), "model is 3, not a table");
    }

    @Test
    void whatIsMissingIsSaid() {
        refused(SMALL.replace("name = \"Small\"", ""), "model.name is missing");
        refused(SMALL.replace("steps = 100", ""), "training.steps is missing, and so is rounds");
        refused(
                SMALL.replace("files = [\"tales.txt\"]", "files = [\"a.jsonl\"]\nkind = \"chat\""),
                "\"tales\" holds conversations, and chat.template is missing");
        refused(SMALL + "[chat]\ntemplate = \"gone.jinja\"\n", "there is no such file");
    }

    @Test
    void whatIsNoTomlIsRefusedWithItsLine() {
        refused(SMALL.replace("layers = 1", "layers = "), "small.toml line 9: is not TOML: ");
        refused(SMALL + "[shape]\n", "small.toml line 20: is not TOML: ");
    }

    @Test
    void aSettingThatNamesNothingIsRefused() {
        assertThatThrownBy(() -> read(SMALL, "training.step=7"))
                .hasMessageStartingWith(
                        "--set training.step: training.step is no key of a recipe; did you mean steps?");
        assertThatThrownBy(() -> read(SMALL, "steps")).hasMessageStartingWith("--set takes section.key=value");
        assertThatThrownBy(() -> read(SMALL, "data.source.books.weight=2"))
                .hasMessageContaining("none is called \"books\"");
        assertThatThrownBy(() -> read(SMALL, "model.name.first=2")).hasMessageContaining("is a value, not a section");
    }

    private Recipe read(String text, String... overrides) throws IOException {
        Files.writeString(file, text);
        return Recipe.read(file, List.of(overrides), null);
    }

    private void refused(String text, String message) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(DalangException.class).hasMessageContaining(message);
    }
}
