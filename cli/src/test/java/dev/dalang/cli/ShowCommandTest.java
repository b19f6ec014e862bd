package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.GgufWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShowCommandTest {

    @TempDir
    Path home;

    private Shell shell;
    private Path file;

    @BeforeEach
    void model() {
        shell = new Shell(home);
        file = home.resolve("m.gguf");
        new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "Petruk \u001b[31m")
                .put("general.license", "apache-2.0")
                .put("general.file_type", 15)
                .put("llama.block_count", 2)
                .put("llama.context_length", 4096)
                .put("llama.embedding_length", 8)
                .put("llama.feed_forward_length", new int[] {16, 32})
                .put("llama.attention.head_count", 4)
                .put("llama.attention.head_count_kv", new int[] {2, 2})
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.freq_base", 500000f)
                .put("llama.rope.scaling.type", "yarn")
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "llama-bpe")
                .put("tokenizer.ggml.tokens", new String[] {"a", "b", "<|end|>"})
                .put("tokenizer.ggml.eos_token_id", 2)
                .put("tokenizer.ggml.padding_token_id", 99)
                .put("tokenizer.chat_template", "{% for m in messages %}\n{{ m.content }}{% endfor %}")
                .tensor("token_embd.weight", new float[24], 8, 3)
                .tensor("blk.0.ffn_gate.weight", new float[8], 8, 1)
                .write(file);
    }

    @Test
    void tellsPeopleWhatIsInside() {
        Shell.Result result = shell.run("show", file);
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .containsPattern("architecture +llama")
                .containsPattern("parameters +32")
                .containsPattern("quantization +Q4_K_M")
                .containsPattern("layers +2")
                .containsPattern("context length +4096")
                .containsPattern("feed forward length +16, 32")
                .containsPattern("activation +SwiGLU")
                .containsPattern("kv heads +2 \\(each of 2\\)")
                .containsPattern("rms norm epsilon +1.0E-5")
                .containsPattern("tied output +yes")
                .containsPattern("base +500000\n")
                .containsPattern("scaling +yarn")
                .containsPattern("kind +gpt2\n +algorithm +byte-level BPE\n")
                .containsPattern("pre tokenizer +llama-bpe")
                .containsPattern("vocabulary size +3")
                .containsPattern("eos +2 +<\\|end\\|>")
                .containsPattern("padding +99\n")
                .containsPattern("chat template +\\{% for m in messages %}")
                .containsPattern("F32 +100.0 % of bytes, 128 B in 2 tensors")
                .containsPattern("kernels +(native|vector|scalar): ")
                .containsPattern("license +apache-2.0")
                .doesNotContain("\u001b");
    }

    @Test
    void tellsProgramsTheSame() {
        Map<?, ?> tree = (Map<?, ?>) Json.parse(
                shell.run("show", file, "--json", "--tensors", "--metadata").out(), "show");
        assertThat((Map<?, ?>) tree.get("shape"))
                .satisfies(s -> assertThat(s.get("kv_heads")).isEqualTo(List.of(2L, 2L)))
                .satisfies(s -> assertThat(s.get("layers")).isEqualTo(2L));
        assertThat((List<?>) tree.get("tensor_list"))
                .first()
                .isEqualTo(Map.of("name", "token_embd.weight", "type", "F32", "shape", List.of(8L, 3L), "bytes", 96L));
        assertThat(((Map<?, ?>) tree.get("metadata")).get("general.license")).isEqualTo("apache-2.0");
    }

    @Test
    void listsKeysAndTensors() {
        Shell.Result result = shell.run("show", file, "--metadata", "--tensors");
        assertThat(result.out())
                .contains("llama.context_length (UINT32) = 4096", "token_embd.weight", "8 x 3")
                .doesNotContain("\u001b");
    }

    @Test
    void theTemplateComesAsItIs() {
        assertThat(shell.run("show", file, "--template").out())
                .isEqualTo("{% for m in messages %}\n{{ m.content }}{% endfor %}");
        Path bare = home.resolve("bare.gguf");
        new GgufWriter().put("general.architecture", "llama").write(bare);
        Shell.Result none = shell.run("show", bare, "--template");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("no chat template");
    }

    @Test
    void anUnknownFamilyIsShownAllTheSame() {
        Path odd = home.resolve("odd.gguf");
        new GgufWriter()
                .put("general.architecture", "wayang")
                .put("wayang.block_count", 3)
                .write(odd);
        assertThat(shell.run("show", odd).out())
                .containsPattern("layers +3")
                .containsPattern("parameters +0")
                .doesNotContain("base", "chat template")
                .doesNotContain("activation");
    }

    @Test
    void whatAFileLeavesOutIsSaid() {
        Path bare = home.resolve("bare.gguf");
        new GgufWriter()
                .put("general.architecture", "llama")
                .put("llama.rope.dimension_count", 8)
                .put("tokenizer.ggml.model", "llama")
                .write(bare);
        assertThat(shell.run("show", bare).out())
                .containsPattern("base +10000\n")
                .containsPattern("chat template +none\n");
        Map<?, ?> tree =
                (Map<?, ?>) Json.parse(shell.run("show", bare, "--json").out(), "show");
        assertThat(((Map<?, ?>) tree.get("tokenizer")).get("chat_template")).isNull();
    }

    @Test
    void aValueOfTheWrongTypeIsOneLine() {
        Path wrong = home.resolve("wrong.gguf");
        new GgufWriter().put("general.architecture", 7).write(wrong);
        Shell.Result result = shell.run("show", wrong);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains("general.architecture");
    }
}
