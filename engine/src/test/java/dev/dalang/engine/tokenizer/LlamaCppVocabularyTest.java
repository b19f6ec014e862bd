package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.testing.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** llama.cpp's vocabularies with the ids that the models' own tokenizers give for its samples. */
class LlamaCppVocabularyTest {

    static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @ParameterizedTest
    @ValueSource(strings = {"bert-bge", "deepseek-llm", "gpt-2", "llama-spm", "mpt", "phi-3", "starcoder"})
    void givesTheReferenceIds(String name) throws IOException {
        Path file = Shared.require("external/tokenizers/llama.cpp/ggml-vocab-" + name + ".gguf");
        check(open(file), samples(Path.of(file + ".inp")), Path.of(file + ".out"));
    }

    static Tokenizer open(Path file) {
        try (Gguf gguf = Gguf.open(file)) {
            return Tokenizers.fromGguf(gguf.metadata());
        }
    }

    static List<String> samples(Path file) throws IOException {
        List<String> samples =
                new ArrayList<>(Arrays.asList(Files.readString(file).split(SEPARATOR, -1)));
        samples.removeLast();
        assertThat(samples).hasSize(46);
        return samples;
    }

    static void check(Tokenizer tokenizer, List<String> samples, Path expected) throws IOException {
        List<String> lines = Files.readAllLines(expected);
        assertThat(lines).hasSize(samples.size());
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            String ids = Arrays.stream(tokenizer.encode(samples.get(i), false))
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining(" "));
            if (!ids.equals(lines.get(i).trim())) {
                wrong.add("'" + samples.get(i) + "': " + ids + " instead of "
                        + lines.get(i).trim());
            }
        }
        assertThat(wrong).isEmpty();
    }
}
