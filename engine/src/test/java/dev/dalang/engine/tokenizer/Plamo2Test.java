package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The ids agree with llama.cpp's for the same vocabulary. */
class Plamo2Test {

    private static Map<String, Value> vocabulary(int bytes) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<bos>", "<eos>", "<pad>"));
        List<Long> types = new ArrayList<>(List.of(2L, 3L, 3L, 3L));
        List<Double> scores = new ArrayList<>(List.of(0.0, 0.0, 0.0, 0.0));
        for (int b = 0; b < bytes; b++) {
            tokens.add(Vocabulary.byteToken(b));
            types.add(6L);
            scores.add(0.0);
        }
        Map<String, Double> words = new LinkedHashMap<>();
        words.put("a", -1.0);
        words.put("b", -1.0);
        words.put("ab", -1.5);
        words.put("ba", -1.5);
        words.put("abc", -9.0);
        words.forEach((word, score) -> {
            tokens.add(word);
            types.add(1L);
            scores.add(score);
        });
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", TestVocabularies.string("plamo2"));
        values.put("tokenizer.ggml.tokens", TestVocabularies.strings(tokens));
        values.put("tokenizer.ggml.token_type", TestVocabularies.integers(types));
        values.put("tokenizer.ggml.scores", TestVocabularies.reals(scores));
        return values;
    }

    @Test
    void theHighestSumOfScoresFromTheEnd() {
        Tokenizer tokenizer = Tokenizers.fromGguf(TestVocabularies.metadata(vocabulary(256)));
        int a = 260;
        int ab = 262;
        assertThat(tokenizer.encode("abab", true)).containsExactly(ab, ab);
        // A tie: the longer first token wins.
        assertThat(tokenizer.encode("aba", true)).containsExactly(ab, a);
        // Better one costly token than a character without one.
        assertThat(tokenizer.encode("abc", true)).containsExactly(264);
        assertThat(tokenizer.encode("\uFEFFa", true)).containsExactly(a);
        assertThat(tokenizer.encode("é😀", true))
                .containsExactly(4 + 0xC3, 4 + 0xA9, 4 + 0xF0, 4 + 0x9F, 4 + 0x98, 4 + 0x80);
        assertThat(tokenizer.encode("<eos>", true)).containsExactly(2);
        assertThat(tokenizer.encode("<eos>", false)).doesNotContain(2);
        assertThat(tokenizer.decode(tokenizer.encode("abé abc", true), false)).isEqualTo("abé abc");
    }

    @Test
    void everyByteMustBeThere() {
        assertThatThrownBy(() -> Tokenizers.fromGguf(TestVocabularies.metadata(vocabulary(255))))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("<0xFF>");
    }
}
