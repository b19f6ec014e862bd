package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code dalang tune} on a tiny model of random weights. */
class TuneCommandTest {

    @TempDir
    Path home;

    private Shell shell;
    private Path model;
    private Path out;

    @BeforeEach
    void model() {
        shell = new Shell(home);
        model = home.resolve("tiny.gguf");
        out = home.resolve("out");
        assertThat(shell.run("debug", "model", model).code()).isZero();
    }

    private Path letters() {
        StringBuilder lines = new StringBuilder();
        for (char c = 'a'; c < 'k'; c++) lines.append(line(String.valueOf(c), c + "!" + c));
        return shell.write("letters.jsonl", lines.toString());
    }

    private static String line(String question, String answer) {
        return "{\"instruction\": \"%s\", \"output\": \"%s\"}\n".formatted(question, answer);
    }

    private Shell.Result tune(Object... more) {
        Object[] args = new Object[more.length + 10];
        Object[] usual = {"tune", model, "--output", out, "--rank", 4, "--lr", 0.01, "--threads", 2};
        System.arraycopy(usual, 0, args, 0, usual.length);
        System.arraycopy(more, 0, args, usual.length, more.length);
        return shell.run(args);
    }

    @Test
    void learnsAndLeavesAnAdapterThatRunUses() throws IOException {
        Path merged = home.resolve("merged.gguf");
        Shell.Result r = tune(
                "--data", letters(), "--epochs", 40, "--validation", 0, "--answers", 10, "--yes", "--merge", merged);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).isEqualTo(out + "\n" + merged + "\n");
        assertThat(r.err())
                .contains("10 examples to learn from, 0 to measure with")
                .contains("memory: about")
                .contains("time: about")
                .contains("the result is called nonsense-tuned")
                .contains("answers as wished, word by word: 0 before, 10 after, of 10");
        assertThat(out.resolve("checkpoints")).doesNotExist();
        assertThat(Files.readString(out.resolve("adapter_config.json"))).contains("\"r\":4,\"lora_alpha\":8");
        assertThat(Files.readString(out.resolve("report.html")))
                .contains("nonsense-tuned")
                .contains("<svg");
        Object[] question = {"run", model, "c", "--temperature", 0, "--max-tokens", 8, "--lora"};
        Object[] withPeft = Arrays.copyOf(question, question.length + 1);
        withPeft[question.length] = out;
        assertThat(shell.run(withPeft).out()).isEqualTo("c!c\n");
        assertThat(shell.run("run", merged, "c", "--temperature", 0, "--max-tokens", 8)
                        .out())
                .isEqualTo("c!c\n");
    }

    @Test
    void learnsPreferences() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (char c = 'a'; c < 'i'; c++) {
            lines.append("{\"prompt\": \"%c\", \"chosen\": \"yes\", \"rejected\": \"no\"}\n".formatted(c));
        }
        Path data = shell.write("pairs.jsonl", lines.toString());
        Shell.Result r = tune("--data", data, "--epochs", 10, "--validation", 0.25, "--yes", "--json", "--answers", 1);
        assertThat(r.code()).as(r.err()).isZero();
        Map<?, ?> last = (Map<?, ?>) Json.parse(r.out().lines().toList().getLast(), "the last event");
        assertThat(last.get("event")).isEqualTo("tuned");
        assertThat(last.get("method")).isEqualTo("dpo");
        assertThat(last.get("preferred")).isEqualTo(1.0);
    }

    @Test
    void badLinesAreShownAndRefusedOrSkipped() {
        Path data = shell.write(
                "bad.jsonl",
                line("a", "b") + "{\"instruction\": \n" + line("c", " ") + line("d", "x".repeat(2000))
                        + line("e", "f"));
        Shell.Result refused = tune("--data", data, "--yes");
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err())
                .contains("line 2 is not sound JSON")
                .contains("line 3 has an empty turn")
                .contains("line 4 has 2")
                .contains("more than the context of 1024")
                .contains("3 of 5 examples cannot be used; --on-bad skip leaves them out");
        assertThat(out).doesNotExist();
        Shell.Result skipped = tune("--data", data, "--yes", "--on-bad", "skip", "--epochs", 1, "--answers", 0);
        assertThat(skipped.code()).as(skipped.err()).isZero();
        assertThat(skipped.err())
                .contains("3 of 5 examples cannot be used and are left out")
                .contains("1 example to learn");
    }

    @Test
    void nobodyIsAskedWithoutATerminal() {
        Shell.Result r = tune("--data", letters());
        assertThat(r.code()).isEqualTo(ExitCode.USAGE);
        assertThat(r.err()).contains("--yes begins");
        shell.inIsTerminal = true;
        shell.errIsTerminal = true;
        shell.stdin = "n\n";
        assertThat(tune("--data", letters(), "--plain").code()).isZero();
        assertThat(out).doesNotExist();
    }

    @Test
    void aDryRunWritesNothing() {
        Shell.Result r = tune("--data", letters(), "--dry-run", "--json");
        assertThat(r.code()).as(r.err()).isZero();
        Map<?, ?> facts = (Map<?, ?>) Json.parse(r.out(), "the plan");
        assertThat(facts.get("steps")).isNotNull();
        assertThat(out).doesNotExist();
    }

    @Test
    void theLicenceOfTheBaseIsSaidAndGoesAlong() throws IOException {
        Path llama = home.resolve("llama.gguf");
        try (Gguf tiny = Gguf.open(model)) {
            GgufWriter writer = new GgufWriter().putAll(tiny.metadata()).put("general.license", "llama3.2");
            for (TensorInfo t : tiny.tensors().values()) {
                writer.tensor(t.name(), t.type(), t.shape(), TensorData.of(tiny.data(t)));
            }
            writer.write(llama);
        }
        model = llama;
        Shell.Result wrong = tune("--data", letters(), "--yes", "--name", "mine");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("begins with \"Llama\"");
        Path merged = home.resolve("merged.gguf");
        Shell.Result r =
                tune("--data", letters(), "--yes", "--epochs", 1, "--merge", merged, "--type", "F16", "--answers", 0);
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.err()).contains("Built with Llama").contains("the result is called Llama-nonsense-tuned");
        assertThat(Files.readString(out.resolve("README.md")))
                .contains("license: Llama-3.2")
                .contains("Built with Llama");
        for (Path made : List.of(merged, out.resolve("adapter.gguf"))) {
            try (Gguf file = Gguf.open(made)) {
                Metadata meta = file.metadata();
                assertThat(meta.string("general.license")).isEqualTo("llama3.2");
                assertThat(meta.string("general.name")).startsWith("Llama");
                assertThat(meta.string("dalang.base_model.0.digest")).startsWith("sha256:");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--validation|1.5|--validation must be",
                "--type|Q8_0|--type is for --merge",
                "--alpha|0|alpha is 0",
                "--format|parquet|no data format is called 'parquet'",
                "--targets|w_pack|no matrix called 'w_pack'",
                "--resume||no interrupted run",
            })
    void wrongFlagsAreNamed(String flag, String value, String problem) {
        Shell.Result r = value == null
                ? tune("--data", letters(), "--yes", flag)
                : tune("--data", letters(), "--yes", flag, value);
        assertThat(r.code()).isNotZero();
        assertThat(r.err()).contains(problem);
        assertThat(out).doesNotExist();
    }

    @Test
    void anInterruptedRunGoesOn() throws IOException {
        shell.interrupt.cancel();
        assertThat(tune("--data", letters(), "--yes").code()).isEqualTo(ExitCode.INTERRUPTED);
        shell = new Shell(home);
        Shell.Result whole = tune("--data", letters(), "--yes", "--epochs", 4, "--answers", 0);
        assertThat(whole.code()).as(whole.err()).isZero();
        Shell.Result again = tune("--data", letters(), "--yes");
        assertThat(again.code()).isEqualTo(ExitCode.FAILED);
        assertThat(again.err()).contains("holds an adapter already; --force replaces it");
        assertThat(tune("--data", letters(), "--yes", "--force", "--epochs", 1, "--answers", 0)
                        .code())
                .isZero();
    }
}
