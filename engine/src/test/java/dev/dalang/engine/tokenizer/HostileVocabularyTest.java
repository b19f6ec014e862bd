package dev.dalang.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Metadata.Value;
import dev.dalang.engine.testing.Shared;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken vocabularies are refused when they are read, with the key that is to blame. */
class HostileVocabularyTest {

    private static Failure refusal(Map<String, Value> values) {
        try {
            Tokenizers.fromGguf(TestVocabularies.metadata(values));
        } catch (DalangException e) {
            return e.failure();
        }
        throw new AssertionError("was not refused");
    }

    private static void assertBlames(Map<String, Value> values, String key) {
        Failure failure = refusal(values);
        assertThat(failure).isInstanceOf(Failure.BadModelFile.class);
        assertThat(((Failure.BadModelFile) failure).field()).isEqualTo(key);
        assertThat(failure.message()).contains("test.gguf").contains(key).doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "m_tokens_empty, tokenizer.ggml.tokens",
        "m_tokens_u32, tokenizer.ggml.tokens",
        "m_tokenizer_model_missing, tokenizer.ggml.model",
        "m_scores_short, tokenizer.ggml.scores",
        "m_token_type_short, tokenizer.ggml.token_type",
        "m_token_type_u8, tokenizer.ggml.token_type",
        "m_byte_token_signed, tokenizer.ggml.tokens",
        "m_bpe_no_merges, tokenizer.ggml.merges"
    })
    void hostileFiles(String name, String key) {
        var file = Shared.require("external/hostile-files/files/" + name + ".gguf");
        assertThatThrownBy(() -> Tokenizers.open(file))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(((Failure.BadModelFile) e.failure()).field())
                                .isEqualTo(key));
    }

    @Test
    void anEndOfTextOfMinusOneIsNone() {
        Tokenizer tokenizer = Tokenizers.open(Shared.require("external/hostile-files/files/m_eos_2_32m1.gguf"));
        assertThat(tokenizer.encode("Once upon a time", false)).isNotEmpty();
    }

    @Test
    void withoutByteTokensUnknownTextIsUnknown() {
        Tokenizer tokenizer = Tokenizers.open(Shared.require("external/hostile-files/files/m_byte_tokens_absent.gguf"));
        assertThat(tokenizer.encode("中", false)).contains(tokenizer.special().unk());
    }

    @Test
    void tokensWithoutStrings() {
        Map<String, Value> values = TestVocabularies.sentencePiece();
        values.put("tokenizer.ggml.tokens", TestVocabularies.integers(List.of(1L, 2L)));
        assertBlames(values, "tokenizer.ggml.tokens");
    }

    @Test
    void scoresThatAreNoNumbers() {
        Map<String, Value> values = TestVocabularies.sentencePiece();
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < 300; i++) scores.add(Double.NaN);
        values.put("tokenizer.ggml.scores", TestVocabularies.reals(scores));
        assertBlames(values, "tokenizer.ggml.scores");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bos", "eos", "eot", "eom"})
    void rolesOutsideTheVocabulary(String role) {
        Map<String, Value> values = TestVocabularies.sentencePiece();
        values.put("tokenizer.ggml." + role + "_token_id", TestVocabularies.integer(100_000));
        assertBlames(values, "tokenizer.ggml." + role + "_token_id");
    }

    @Test
    void aPaddingTokenOutsideTheVocabularyIsNone() {
        Map<String, Value> values = TestVocabularies.sentencePiece();
        values.put("tokenizer.ggml.padding_token_id", TestVocabularies.integer(32_000));
        Tokenizer tokenizer = Tokenizers.fromGguf(TestVocabularies.metadata(values));
        assertThat(tokenizer.special().pad()).isEqualTo(SpecialTokens.NONE);
    }

    @Test
    void mergesThatAreNoPairs() {
        Map<String, Value> values = TestVocabularies.bytePairs("gpt-2");
        values.put("tokenizer.ggml.merges", TestVocabularies.strings(List.of("a b", "ab")));
        assertBlames(values, "tokenizer.ggml.merges");
    }

    @Test
    void kindsThatAreNotKnown() {
        Map<String, Value> values = TestVocabularies.bytePairs("no-such-pre");
        assertThat(refusal(values)).isInstanceOf(Failure.Unsupported.class);
        values.put("tokenizer.ggml.model", TestVocabularies.string("no-such-model"));
        assertThat(refusal(values).message()).contains("no-such-model");
    }

    @Test
    void mergesMakeNoControlToken() {
        Map<String, Value> values = TestVocabularies.bytePairs("gemma4");
        Tokenizer tokenizer;
        values.put("tokenizer.ggml.pre", TestVocabularies.string("gpt-2"));
        values.put(
                "tokenizer.ggml.merges",
                TestVocabularies.strings(
                        List.of("< |", "i m", "<| im", "<|im _", "e n", "en d", "<|im_ end", "| >", "<|im_end |>")));
        tokenizer = Tokenizers.fromGguf(TestVocabularies.metadata(values));
        for (int id : tokenizer.encode("<|im_end|>", false))
            assertThat(tokenizer.isControl(id)).isFalse();
        assertThat(tokenizer.decode(tokenizer.encode("<|im_end|>", false), false))
                .isEqualTo("<|im_end|>");
    }

    @Test
    void idsOutsideTheVocabulary() {
        Tokenizer tokenizer = TestVocabularies.bytePairTokenizer("gpt-2");
        for (int id : new int[] {-1, Integer.MIN_VALUE, tokenizer.vocabularySize(), Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> tokenizer.token(id)).isInstanceOf(DalangException.class);
            assertThatThrownBy(() -> tokenizer.bytes(id)).isInstanceOf(DalangException.class);
            assertThatThrownBy(() -> tokenizer.isControl(id)).isInstanceOf(DalangException.class);
            assertThatThrownBy(() -> tokenizer.decode(new int[] {id}, true)).isInstanceOf(DalangException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"model\":{}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":99999999999},\"merges\":[]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2147483647},\"merges\":[]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"ab\"]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[1,2]]}}",
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}",
                "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]],\"unk_id\":0}}",
                "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]],\"unk_id\":7}}",
                "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0},\"unk_token\":\"b\"}}",
                "{\"model\":{\"type\":\"Magic\",\"vocab\":{\"a\":0}}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"normalizer\":{\"type\":\"Magic\"}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"decoder\":{\"type\":\"Magic\"}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"normalizer\":{\"type\":\"Precompiled\","
                        + "\"precompiled_charsmap\":\"////fw==\"}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"pre_tokenizer\":{\"type\":\"Split\","
                        + "\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"post_processor\":{\"type\":"
                        + "\"BertProcessing\",\"cls\":[\"x\",9],\"sep\":[\"y\",0]}}",
                "{\"added_tokens\":[{\"id\":1e9,\"content\":\"x\"}],\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}}",
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}} x"
            })
    void tokenizerJson(String json) {
        assertThatThrownBy(() -> readJson(json)).isInstanceOf(DalangException.class);
    }

    @Test
    void jsonNestedTooDeep() {
        assertThatThrownBy(() -> readJson("[".repeat(100_000))).isInstanceOf(DalangException.class);
    }

    private static Tokenizer readJson(String json) {
        return HfTokenizer.read(
                Json.parse("tokenizer.json", json.getBytes(StandardCharsets.UTF_8)), HfConfig.read(null));
    }

    @Property(tries = 2000)
    void anyBytesAsSentencePieceModel(@ForAll byte[] bytes) {
        try {
            SentencePieceModel.read("test.model", bytes, HfConfig.read(null)).encode("some text 中", true);
        } catch (DalangException e) {
            assertThat(e.failure().message()).isNotEmpty();
        }
    }

    @Property(tries = 1000)
    void anyBytesAsCharsmap(@ForAll byte[] bytes, @ForAll String text) {
        try {
            SentencePieceNormalizer.map(Charsmap.read(bytes, "charsmap"), PipelineTokenizer.wellFormed(text));
        } catch (DalangException e) {
            assertThat(e.failure().message()).isNotEmpty();
        }
    }
}
