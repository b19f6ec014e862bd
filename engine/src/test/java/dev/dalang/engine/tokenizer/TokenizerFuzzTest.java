package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata.Value;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Searches, guided by coverage, for a vocabulary and a text that break a tokenizer: {@code mvn -Pfuzz test}. A
 * vocabulary is refused with a {@link DalangException} of one line, or encodes and decodes anything.
 */
class TokenizerFuzzTest {

    private static final List<String> PRE = List.of("gpt-2", "llama-bpe", "qwen2", "deepseek-llm", "tekken", "gpt-4o");

    static Stream<byte[]> seeds() {
        return Stream.of(
                "a\nb\n ab\n\0hello world 123".getBytes(StandardCharsets.UTF_8),
                "<0x41>\n\u2581the\n\u4e2d\n\0\u4e2d the \ud83d\ude00".getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "15s")
    void anyVocabularyAndText(byte[] bytes) {
        // First byte: the kind. Then the vocabulary, a token a line, up to a zero byte; then the text.
        if (bytes.length == 0) return;
        String all = new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
        int cut = all.indexOf('\0');
        List<String> extra = Arrays.asList(all.substring(0, Math.max(0, cut)).split("\n", -1));
        String text = all.substring(cut + 1);
        boolean pieces = bytes[0] % 2 == 0;
        Map<String, Value> values = new LinkedHashMap<>(
                pieces
                        ? TestVocabularies.sentencePiece()
                        : TestVocabularies.bytePairs(PRE.get((bytes[0] & 0xFF) % PRE.size())));
        if (bytes[0] % 3 == 0) values.put("tokenizer.ggml.tokens", TestVocabularies.strings(extra));
        else if (!pieces) values.put("tokenizer.ggml.merges", TestVocabularies.strings(extra));
        try {
            Tokenizer tokenizer = Tokenizers.fromGguf(TestVocabularies.metadata(values));
            for (boolean special : new boolean[] {false, true}) {
                int[] ids = tokenizer.encode(text, special);
                for (int id : ids) assertThat(id).isBetween(0, tokenizer.vocabularySize() - 1);
                assertThat(tokenizer.decode(ids, true)).isNotNull();
            }
        } catch (DalangException refused) {
            assertThat(refused.getMessage()).isNotBlank().doesNotContain("\n");
        }
    }
}
