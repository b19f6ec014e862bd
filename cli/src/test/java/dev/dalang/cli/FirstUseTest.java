package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is odd is said once, before the first use; licences follow what is made of a file. */
class FirstUseTest {

    @TempDir
    Path folder;

    private Path odd() {
        Path file = folder.resolve("odd.gguf");
        new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "Qwen3 8B")
                .put("tokenizer.chat_template", "{{ x.__class__.__mro__ }}")
                .tensor("token_embd.weight", new float[64], 64)
                .write(file);
        return file;
    }

    @Test
    void oddThingsAreSaidBeforeTheFirstUseAndOnlyThen() {
        Shell shell = new Shell(folder.resolve("home"));
        Path file = odd();
        String first = shell.run("run", file, "hello").err();
        assertThat(first)
                .contains("suspicious: tokenizer.chat_template reaches for the inside")
                .contains("suspicious: the file's architecture is llama, but qwen3:8b is qwen3");
        assertThat(shell.run("run", file, "hello").err()).doesNotContain("suspicious");
        assertThat(shell.run("show", file).out()).contains("trust", "it says that it is qwen3:8b", "suspicious");
        assertThat(shell.run("show", file, "--json").out()).contains("\"level\": \"suspicious\"");
    }

    @Test
    void aQuantisationKeepsTheLicenceAndThatOfItsBase() {
        Shell shell = new Shell(folder.resolve("home"));
        Path file = folder.resolve("f32.gguf");
        new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.license", "mit")
                .put("general.base_model.0.name", "Llama 3.1 8B Instruct")
                .put("general.base_model.0.repo_url", "https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct")
                .put("llama.block_count", 0)
                .tensor("token_embd.weight", new float[64], 32, 2)
                .write(file);
        Path target = folder.resolve("home/models/q8.gguf");
        target.getParent().toFile().mkdirs();
        Shell.Result r = shell.run("quantize", file, target, "--type", "Q8_0");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(shell.run("show", target, "--metadata").out())
                .contains("general.license (STRING) = mit", "dalang.licences (STRING) = mit + Llama-3.1");
        assertThat(shell.run("licences").out()).contains("MIT").contains("and Llama-3.1");
        assertThat(shell.run("licences", "--format", "spdx").out()).contains("MIT AND LicenseRef-Llama-3.1");
    }
}
