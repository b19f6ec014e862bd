package dev.dalang.hub.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Names from outside. */
class NamesTest {

    @Provide
    Arbitrary<String> nasty() {
        return Arbitraries.of(
                        "a", "b.gguf", ".", "..", "/", "\\", "\0", "\n", "%2e", ":", "con", "é", " ", "-", "~", "$",
                        "sha256:")
                .list()
                .ofMaxSize(8)
                .map(parts -> String.join("", parts));
    }

    /** Whatever is taken as a file's name stays one file in the folder that it is put in. */
    @Property
    void aFileNameIsOnePartOfAPath(@ForAll("nasty") String text) {
        if (!FileName.isHarmless(text)) return;
        Path folder = Path.of("/folder");
        Path file = folder.resolve(new FileName(text).text()).normalize();
        assertThat(file.getParent()).isEqualTo(folder);
        assertThat(file.getFileName()).hasToString(text);
    }

    @Example
    void fileNames() {
        for (String good : List.of("model.gguf", "model-00001-of-00002.safetensors", "LICENSE", "a_b+c.d", "_x")) {
            assertThat(FileName.isHarmless(good)).as(good).isTrue();
        }
        for (String bad :
                List.of("", ".", "..", ".hidden", "a..b", "a/b", "a\\b", "NUL", "con.gguf", "a ", "x.", "-a", "a\0b")) {
            assertThat(FileName.isHarmless(bad)).as(bad).isFalse();
        }
    }

    @Example
    void quantisations() {
        assertThat(Map.of(
                        "Qwen3-4B-Q4_K_M.gguf", "Q4_K_M",
                        "qwen2.5-0.5b-instruct-q8_0.gguf", "Q8_0",
                        "model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL",
                        "Q6_K/big-Q6_K-00001-of-00003.gguf", "Q6_K",
                        "x.IQ2_XXS.gguf", "IQ2_XXS",
                        "gpt-oss-20b-mxfp4.gguf", "MXFP4",
                        "model-fp16.gguf", "F16",
                        "model-bf16.gguf", "BF16",
                        "phi-3-mini.gguf", ""))
                .allSatisfy(
                        (file, quant) -> assertThat(Quants.of(file)).as(file).isEqualTo(quant));
        assertThat(Quants.variants(List.of(
                        "a-Q4_0.gguf",
                        "Q8_0/a-Q8_0-00001-of-00002.gguf",
                        "Q8_0/a-Q8_0-00002-of-00002.gguf",
                        "b-Q4_0.gguf",
                        "plain.gguf")))
                .containsOnlyKeys("Q4_0", "Q8_0", "b-Q4_0", "plain")
                .hasEntrySatisfying("Q8_0", parts -> assertThat(parts).hasSize(2));
        assertThat(Quants.customary(List.of("Q8_0", "Q4_K_M", "F16"))).isEqualTo("Q4_K_M");
        assertThat(Quants.customary(List.of("weird"))).isEqualTo("weird");
    }
}
